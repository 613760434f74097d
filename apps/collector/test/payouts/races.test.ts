import type { ClosedAnswer, PayoutAnswer } from '@sentby/contract'
import type { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ENGINES } from '../test-collector.ts'
import { openWorld, type World } from './world.ts'

const AT_ONCE = 32

describe.each(ENGINES)('at the same time on %s', (engine) => {
  let world: World
  let apps: Hono[]

  beforeEach(async () => {
    world = await openWorld(engine)
    apps = [world.collector.app]
    // SQLite has one collector a file.
    while (engine === 'postgres' && apps.length < 3) {
      const { app, deps } = await world.collector.another()
      deps.testClock?.set(world.collector.deps.clock.now())
      apps.push(app)
    }
  })

  afterEach(async () => {
    expect(await world.faults()).toEqual([])
    await world.close()
  })

  const ask = async <Body>(n: number, path: string, body: object, key?: string) => {
    const response = await apps[n % apps.length]?.request(path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${world.collector.program.secretKey}`,
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      body: JSON.stringify(body),
    })
    return { status: response?.status, body: (await response?.json()) as Body }
  }
  const askAll = <Body>(path: string, body: (n: number) => object, key?: string) =>
    Promise.all(Array.from({ length: AT_ONCE }, (_, n) => ask<Body>(n, path, body(n), key)))

  test('of 32 requests to pay the whole balance exactly one pays it', async () => {
    const partners: string[] = []
    for (const name of ['Max', 'Lea', 'Noa']) {
      const partner = await world.partner(name)
      for (let n = 0; n < 3; n++) await world.reward(partner, 1000 + n)
      partners.push(partner)
    }
    const answers = await askAll<ClosedAnswer>('/v1/payouts', () => ({}))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201))
    const paying = answers.filter(({ body }) => body.payouts.length > 0)
    expect(paying).toHaveLength(1)
    expect(paying[0]?.body.payouts.map((row) => row.amount)).toEqual([3003, 3003, 3003])
    for (const partner of partners) {
      expect(await world.balance(partner)).toEqual([
        expect.objectContaining({ approved: 0, reserved: 3003 }),
      ])
    }
  })

  test('32 requests under one Idempotency-Key are one', async () => {
    await world.reward(await world.partner('Max'), 1000)
    const answers = await askAll<ClosedAnswer>('/v1/payouts', () => ({}), 'once')
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(answers[0]?.body.payouts).toHaveLength(1)
  })

  test('of paid and failed one holds, and the money is in one place', async () => {
    const max = await world.partner('Max')
    await world.reward(max, 1000)
    const { body } = await ask<ClosedAnswer>(0, '/v1/payouts', {})
    const path = `/v1/payouts/${body.payouts[0]?.id}/mark`
    const answers = await askAll<PayoutAnswer>(path, (n) => ({
      status: n % 2 === 0 ? 'paid' : 'failed',
      reason: 'the bank says so',
    }))
    const held = new Set(answers.flatMap((one) => (one.status === 200 ? [one.body.status] : [])))
    expect(held.size).toBe(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(AT_ONCE / 2)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(AT_ONCE / 2)
    const isPaid = held.has('paid')
    expect(await world.balance(max)).toEqual([
      expect.objectContaining({
        approved: isPaid ? 0 : 1000,
        reserved: 0,
        settled: isPaid ? 1000 : 0,
      }),
    ])
  })
})
