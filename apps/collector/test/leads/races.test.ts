import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Told } from '../resources/programs.ts'
import { call } from '../resources/programs.ts'
import { ENGINES, openTestCollector } from '../test-collector.ts'
import { LeadWorld, submitUnder } from './world.ts'

describe.each(ENGINES)('many at once about one lead on %s', (engine) => {
  let world: LeadWorld
  beforeAll(async () => {
    world = await new LeadWorld(await openTestCollector(engine)).open()
  })
  afterAll(() => world.collector.closeAll())

  const statuses = (told: readonly Told[]) => told.map(({ status }) => status)

  test('of 16 who accept or decline on the same history one decides, and the others are stale', async () => {
    const collectors = [world.collector]
    if (engine === 'postgres') {
      const other = await world.collector.another()
      collectors.push({ ...world.collector, app: other.app, send: sendTo(other.app) })
    }
    for (let round = 0; round < 4; round++) {
      const lead = `race-${round}`
      await world.submit({ lead, email: `a@${lead}.test` })
      const told = await Promise.all(
        Array.from({ length: 16 }, (_, n) => {
          const path = `/v1/leads/${lead}/${n % 2 ? 'accept' : 'decline'}`
          const body = n % 2 ? { customer: `c_${n}` } : { reason: `because ${n}` }
          return call(collectors[n % collectors.length] ?? world.collector, 'POST', path, body)
        }),
      )
      expect(statuses(told).sort()).toEqual([200, ...Array(15).fill(409)])
      const winner = told.find(({ status }) => status === 200)
      expect(await world.lead(lead)).toMatchObject(winner?.body)
      expect(await world.factsOf(lead)).toHaveLength(2)
    }
  })

  test('16 who decide the same all hear that it is decided, and one fact says so', async () => {
    await world.submit({ lead: 'same', email: 'a@same.test' })
    const told = await Promise.all(
      Array.from({ length: 16 }, () => world.decide('same', 'accept', { customer: 'c_same' })),
    )
    expect(new Set(statuses(told))).toEqual(new Set([200]))
    expect(await world.factsOf('same')).toHaveLength(2)
  })

  test('16 requests under one Idempotency-Key file one lead', async () => {
    const lead = { code: 'ANN', name: 'Lea', email: 'a@keys.test' }
    const told = await Promise.all(
      Array.from({ length: 16 }, () => submitUnder(world.collector, `race-${engine}`, lead)),
    )
    expect(new Set(statuses(told))).toEqual(new Set([201]))
    const [id] = new Set(told.map(({ body }) => body.id))
    expect(new Set(told.map(({ body }) => body.id)).size).toBe(1)
    expect(await world.factsOf(id)).toHaveLength(1)
  })

  test('16 who file other leads under one id: one stands', async () => {
    const told = await Promise.all(
      Array.from({ length: 16 }, (_, n) => world.submit({ lead: 'one', email: `a${n}@one.test` })),
    )
    expect(statuses(told).sort()).toEqual([201, ...Array(15).fill(409)])
    expect((await world.lead('one')).email).toBe(told.find((t) => t.status === 201)?.body.email)
  })

  function sendTo(app: typeof world.collector.app): typeof world.collector.send {
    const { secretKey } = world.collector.program
    return async (method, path, body, key = secretKey) =>
      app.request(path, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
  }
})
