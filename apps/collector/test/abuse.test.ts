/** What strangers send to cost memory, time or answers (RULES S1, S2, S3): each limit at it and one past it. */
import { LIMITS } from '@sentby/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forgetUnknownCodes } from '../src/jobs/forget-unknown-codes.ts'
import { isBot } from '../src/middleware/bots.ts'
import { createLimits } from '../src/services/limits.ts'
import { ENGINES, openTestCollector, type TestCollector } from './test-collector.ts'

interface Result {
  outcome: string
  errors?: { pointer: string; detail: string }[]
  verdict?: { status: string; code?: string; partner?: { name: string } }
}

const DAY_MS = 24 * 60 * 60 * 1000
const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown

describe.each(ENGINES)('a collector that strangers send to (%s)', (engine) => {
  let collector: TestCollector
  let open: string

  beforeAll(async () => {
    const rates = {
      misses: { points: 20, duration: 600 },
      openSetAside: { points: 3, duration: 60 },
    }
    collector = await openTestCollector(engine, { limits: createLimits(rates) })
    open = collector.program.publishableKey
    const partner = { email: 'jane@example.com', name: 'Jane', code: 'JANE' }
    expect((await collector.send('POST', '/v1/partners', partner)).status).toBe(201)
  })
  afterAll(() => collector.closeAll())

  const results = async (events: unknown[], key?: string) => {
    const response = await collector.events(events, key)
    expect(response.status).toBe(200)
    return ((await response.json()) as { results: Result[] }).results
  }
  const keptBody = async (id: string) => {
    const { db } = collector.deps.store
    const row = await db.selectFrom('set_aside').select('body').where('event_id', '=', id).execute()
    return row[0]?.body
  }

  test('an event nested 16 deep is kept as it came; one level more and its text is not', async () => {
    // The event itself is one level.
    const at = { id: 'deep16', type: 'visit', x: nested(LIMITS.nesting - 1) }
    const past = { id: 'deep17', type: 'visit', x: nested(LIMITS.nesting) }
    const told = await results([at, past])
    expect(told.map(({ outcome }) => outcome)).toEqual(['rejected', 'rejected'])
    expect(await keptBody('deep16')).toBe(JSON.stringify(at))
    expect(await keptBody('deep17')).toBe('')
    const again = await collector.send('POST', '/v1/events/deep17/replay')
    expect(again.status).toBe(422)
    const log = await collector.send('GET', '/v1/events?outcome=rejected')
    expect(log.status).toBe(200)
  })

  test('a large event nested too deeply is told so, and a replay refuses one', async () => {
    const deep = { id: 'large', type: 'visit', x: nested(20), y: 'y'.repeat(40_000) }
    const [told] = await results([deep])
    expect(told).toMatchObject({ outcome: 'rejected', errors: [{ detail: 'nested too deeply' }] })
    const again = await collector.send('POST', '/v1/events/large/replay', { x: nested(20) })
    expect(await again.json()).toMatchObject({
      code: 'invalid_request',
      detail: 'nested too deeply',
    })
  })

  test('20 misses are told, the 21st answer and all after it are deferred, right ones too', async () => {
    const codes = ['JANE', ...Array.from({ length: 20 }, (_, n) => `MISS${n}`), 'JANE', 'MISS99']
    const guesses = codes.map((code, n) => ({ id: `g${n}`, type: 'code', visitor: `g${n}`, code }))
    const told = (await results(guesses, open)).map(({ verdict }) => verdict)
    expect(told[0]).toEqual({ status: 'accepted', code: 'JANE', partner: { name: 'Jane' } })
    expect(new Set(told.slice(1, 21).map((verdict) => verdict?.status))).toEqual(
      new Set(['unknown_code']),
    )
    expect(told.slice(21)).toEqual([
      { status: 'deferred', code: 'JANE' },
      { status: 'deferred', code: 'MISS99' },
    ])
    const vendor = await results([{ id: 'mine', type: 'code', visitor: 'm', code: 'JANE' }])
    expect(vendor[0]?.verdict?.status).toBe('accepted')
    const asked = await collector.app.request(`/v1/codes/JANE?key=${open}`)
    expect(asked.status).toBe(429)
  })

  test('requests at the same time share the misses', async () => {
    const { limits } = collector.deps
    const left = await Promise.all([1, 2, 3].map(() => limits.takeMisses('key', 'network', 12)))
    expect(left).toEqual([20, 8, 0])
    expect(await limits.takeMisses('key', 'another', 0)).toBe(20)
  })

  test('contradictions and refusals share the budget of what is set aside', async () => {
    const visit = { id: 'same', type: 'visit', code: 'JANE' }
    const others = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => ({ ...visit, visitor: `v${from + n}` }))
    await results([{ ...visit, visitor: 'v' }], open)
    await results([{ id: 'no', type: 'cancel', customer: 'c' }, ...others(0, 1)], open)
    const told = await results(others(1, 2), open)
    expect(told.map(({ outcome }) => outcome)).toEqual(['conflict', 'conflict'])
    const rows = await collector.deps.store.db
      .selectFrom('set_aside')
      .select(['event_id', 'outcome'])
      .where('trust', '=', 'open')
      .orderBy('id')
      .execute()
    expect(rows.map(({ outcome }) => outcome).sort()).toEqual(['conflict', 'conflict', 'rejected'])
    expect(await collector.deps.limits.setAsideLeft(collector.program.id, 'publishable')).toBe(0)
  })

  test('an open event of a trusted id stands before the vendor neither pending nor stored', async () => {
    const sale = { id: 'sale:in_7', type: 'sale', customer: 'c', order: 'in_7', currency: 'EUR' }
    await results([{ ...sale, amount: 100 }])
    const { db } = collector.deps.store
    const [known] = await db.selectFrom('set_aside').selectAll().limit(1).execute()
    if (!known) throw new Error('something was set aside before')
    const foreign = { ...known, id: 'sta_foreign', event_id: sale.id, trust: 'open' as const }
    await db
      .insertInto('set_aside')
      .values({ ...foreign, body: '{}', replayed_at: null })
      .execute()
    const again = await collector.send('POST', '/v1/events/sale:in_7/replay')
    expect(await again.json()).toEqual({ id: 'sale:in_7', outcome: 'duplicate' })
    const other = await collector.send('POST', '/v1/events/sale:in_7/replay', {
      ...sale,
      amount: 1,
    })
    expect(await other.json()).toMatchObject({ outcome: 'conflict' })
    const byId = await collector.send('POST', '/v1/events/sta_foreign/replay')
    expect(await byId.json()).toMatchObject({ outcome: 'rejected', reason: 'invalid_event' })
  })

  test('claims are kept without what follows ? or #, and judged as they are kept', async () => {
    const claims = [
      { source: 'url', value: 'https://acme.test/dl?email=joe@example.com' },
      { source: 'filename', value: 'JANE#joe@example.com' },
      { source: 'prompt', value: 'who? me' },
    ]
    const install = { id: 'inst', type: 'install', install: 'i', product: 'p', claims }
    const [told] = await results([install])
    expect(told?.verdict).toMatchObject({ status: 'accepted', code: 'JANE' })
    const { content } = await collector.deps.store.db
      .selectFrom('fact')
      .select('content')
      .where('id', '=', 'inst')
      .executeTakeFirstOrThrow()
    expect(JSON.parse(content).claims.map((claim: { value: string }) => claim.value)).toEqual([
      'https://acme.test/dl',
      'JANE',
      'who? me',
    ])
  })

  test('unknown codes are kept for 30 days to the millisecond', async () => {
    const { store, directory } = collector.deps
    const now = '2026-01-01T00:00:00.000Z'
    expect((await collector.send('PUT', '/v1/test-clock', { now })).status).toBe(200)
    const codes = Array.from({ length: 1001 }, (_, n) => `NOBODY${n}`)
    const visits = codes.map((code) => ({ id: code, type: 'visit', visitor: 'v', code }))
    for (const from of [0, 500, 1000]) await results(visits.slice(from, from + 500))
    const rows = await store.db
      .selectFrom('unresolved')
      .select('received')
      .where('code', 'like', 'NOBODY%')
      .execute()
    const times = rows.map(({ received }) => Date.parse(received))
    const month = 30 * DAY_MS
    const forgetAt = (ms: number) =>
      forgetUnknownCodes({ store, directory, clock: { now: () => ms } })
    expect(await forgetAt(Math.min(...times) + month)).toBe(0)
    expect(await forgetAt(Math.max(...times) + month + 1)).toBe(1001)
    expect(await forgetAt(Math.max(...times) + month + 1)).toBe(0)
  })

  test('a secret key is not taken from an address', async () => {
    const { secretKey } = collector.program
    const answer = await collector.app.request(`/v1/codes/JANE?key=${secretKey}`)
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ code: 'wrong_key_kind' })
    const asked = await collector.send('GET', '/v1/codes/JANE')
    expect(await asked.json()).toMatchObject({ valid: true })
  })
})

test('a User-Agent of 512 characters is judged whole, a longer one by its first 512', () => {
  const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/143.0 Safari/537.36 '
  const ending = (length: number) => `${chrome.repeat(9).slice(0, length - 9)}Googlebot`
  expect(isBot(ending(512))).toBe(true)
  expect(isBot(`${chrome.repeat(9).slice(0, 512)}Googlebot`)).toBe(false)
})

test('a click is remembered by its whole User-Agent', async () => {
  const collector = await openTestCollector('sqlite')
  const { clicks } = collector.deps
  const agent = 'x'.repeat(16_000)
  expect(clicks.isRepeated('p', 'JANE', 'n', `${agent}1`)).toBe(false)
  expect(clicks.isRepeated('p', 'JANE', 'n', `${agent}2`)).toBe(false)
  expect(clicks.isRepeated('p', 'JANE', 'n', `${agent}1`)).toBe(true)
  await collector.closeAll()
})

test('the page of an unknown link is not cached', async () => {
  const collector = await openTestCollector('sqlite')
  const response = await collector.app.request('/p/nobody/r/JANE')
  expect(response.status).toBe(404)
  expect(response.headers.get('cache-control')).toBe('no-store')
  await collector.closeAll()
})
