import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningServer, serve } from '../../apps/collector/src/server.ts'
import { createLimits } from '../../apps/collector/src/services/limits.ts'
import {
  ENGINES,
  openTestCollector,
  type TestCollector,
} from '../../apps/collector/test/test-collector.ts'

interface Result {
  id: string
  outcome: string
  reason?: string
  verdict?: { status: string }
}

/** What a stranger with the publishable key tries; each once succeeded. */
describe.each(ENGINES)('a stranger with the publishable key (%s)', (engine) => {
  let collector: TestCollector

  beforeAll(async () => {
    collector = await openTestCollector(engine, { limits: createLimits() })
    const partner = { email: 'jane@partner.test', name: 'Jane', code: 'JANE' }
    expect((await collector.send('POST', '/v1/partners', partner)).status).toBe(201)
  })
  afterAll(() => collector.closeAll())

  const say = async (events: unknown[]): Promise<Result[]> => {
    const answer = await collector.events(events, collector.program.publishableKey)
    expect(answer.status).toBe(200)
    return ((await answer.json()) as { results: Result[] }).results
  }

  test('learns from one request of guesses no more than its misses allow', async () => {
    const guesses = Array.from({ length: 400 }, (_, n) => `GUESS${n}`)
    const events = [...guesses, 'JANE'].map((code, n) => ({
      id: `guess${n}`,
      type: 'code',
      visitor: `guesser${n}`,
      code,
    }))
    const results = await say(events)
    const told = results.filter(({ verdict }) => verdict?.status !== 'deferred')
    expect(told.length).toBeLessThanOrEqual(20)
  })

  test.each([5_000, 100_000])('spoils no batch with an event nested %i deep', async (depth) => {
    const good = JSON.stringify({ id: `good${depth}`, type: 'visit', visitor: 'v', code: 'JANE' })
    const nested = '['.repeat(depth) + ']'.repeat(depth)
    const body = `{"events":[${good},{"id":"deep","type":"visit","x":${nested}}]}`
    for (const key of [collector.program.publishableKey, collector.program.secretKey]) {
      const answer = await collector.app.request('/v1/events', {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body,
      })
      expect(answer.status).toBe(200)
      const { results } = (await answer.json()) as { results: Result[] }
      expect(results.map(({ outcome }) => outcome)).toEqual(['stored', 'rejected'])
    }
  })

  test('stores 500 installs of 16 unknown codes in one request', async () => {
    const claimsOf = (n: number) =>
      Array.from({ length: 16 }, (_, m) => ({ source: 'flag', value: `X${n}Y${m}` }))
    const installs = Array.from({ length: 500 }, (_, n) => ({
      id: `claims${n}`,
      type: 'install',
      install: `i${n}`,
      product: 'p',
      claims: claimsOf(n),
    }))
    const results = await say(installs)
    expect(results.every(({ outcome }) => outcome === 'stored')).toBe(true)
  })

  test('cannot stand before the vendor when an event is sent again by its id', async () => {
    const sale = {
      id: 'sale:in_1',
      type: 'sale',
      customer: 'cus_1',
      order: 'in_1',
      currency: 'EUR',
    }
    await collector.events([{ ...sale, amount: 49.5 }])
    for (let n = 0; n < 3; n++) await say([{ ...sale, customer: 'mallory', amount: 1 }])
    const corrected = { ...sale, amount: 4950 }
    const answer = await collector.send('POST', '/v1/events/sale:in_1/replay', corrected)
    expect(await answer.json()).toMatchObject({ id: 'sale:in_1', outcome: 'stored' })
  })

  test('has no more kept of contradictions than of refusals', async () => {
    const visit = { id: 'same', type: 'visit', code: 'JANE' }
    await say([{ ...visit, visitor: 'v' }])
    for (let n = 0; n < 6; n++) {
      const others = Array.from({ length: 500 }, (_, m) => ({ ...visit, visitor: `v${n}.${m}` }))
      await say(others)
    }
    const { db } = collector.deps.store
    const { kept } = await db
      .selectFrom('set_aside')
      .select((select) => select.fn.countAll<number>().as('kept'))
      .where('trust', '=', 'open')
      .executeTakeFirstOrThrow()
    expect(Number(kept)).toBeLessThanOrEqual(2_000)
  })

  test('makes no later event dear by tying many customers to one busy visitor', async () => {
    const key = collector.program.publishableKey
    const ties = Array.from({ length: 500 }, (_, n) => ({
      id: `tie${n}`,
      type: 'identify',
      customer: `crowd${n}`,
      visitor: 'crowd',
    }))
    const visits = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => ({
        id: `busy${from + n}`,
        type: 'visit',
        visitor: 'crowd',
        code: 'JANE',
      }))
    // Stored, or past a budget: both are well.
    for (const events of [ties, visits(0, 400), visits(400, 400)]) {
      expect([200, 429]).toContain((await collector.events(events, key)).status)
    }
    const begun = performance.now()
    await collector.events(visits(800, 1), key)
    expect(performance.now() - begun).toBeLessThan(1_000)
  })
})

describe('sockets that announce much and send little', () => {
  let collector: TestCollector
  let server: RunningServer
  const sockets: Socket[] = []

  beforeAll(async () => {
    collector = await openTestCollector('sqlite')
    server = await serve(collector, '127.0.0.1', 0)
  })
  afterAll(async () => {
    for (const socket of sockets) socket.destroy()
    await server.stop()
  })

  test('keep nobody from sending events', async () => {
    const { port } = new URL(server.url)
    const head =
      'POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 524288\r\n\r\n{'
    for (let n = 0; n < 64; n++) {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => {})
      await new Promise<void>((resolve) => socket.write(head, () => resolve()))
      sockets.push(socket)
    }
    // A request on a later connection is read after the heads that came before it.
    await fetch(`${server.url}/healthz`)
    // A backend with its key, and a browser of the same network.
    for (const key of [collector.program.secretKey, collector.program.publishableKey]) {
      const answer = await fetch(`${server.url}/v1/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({ events: [{ id: 'v1', type: 'visit', visitor: 'v', code: 'JANE' }] }),
      })
      expect(answer.status).toBe(200)
    }
  })
})
