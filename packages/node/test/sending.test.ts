import type { SentbyEventInput } from '@sentby/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ConflictError, Sentby, type SentbyOptions, ValidationError } from '../src/index.ts'
import { VERSION } from '../src/version.ts'
import { type Collector, startCollector } from './collector-server.ts'

let collector: Collector
beforeAll(async () => {
  collector = await startCollector()
})
afterAll(() => collector.close())
beforeEach(() => {
  collector.seen.length = 0
  collector.stored.clear()
})

function client(options: Partial<SentbyOptions> = {}): Sentby {
  return new Sentby({ key: 'sk_test', endpoint: collector.endpoint, random: () => 0, ...options })
}

const SALE = { customer: 'cus_9', order: 'in_1', amount: 4900, currency: 'EUR' }
const LATER = '2026-12-22T10:00:00.000Z'

const METHODS: [string, (sentby: Sentby) => Promise<{ outcome: string }>, SentbyEventInput][] = [
  [
    'visit',
    (sentby) => sentby.visit({ id: 'e', visitor: 'v_1', code: 'JANE', utm: { utm_source: 'x' } }),
    { type: 'visit', id: 'e', visitor: 'v_1', code: 'JANE', utm: { utm_source: 'x' } },
  ],
  [
    'code',
    (sentby) => sentby.code({ id: 'e', customer: 'cus_9', code: 'JANE', source: 'coupon' }),
    { type: 'code', id: 'e', customer: 'cus_9', code: 'JANE', source: 'coupon' },
  ],
  [
    'install',
    (sentby) =>
      sentby.install({
        id: 'e',
        install: 'i_1',
        product: 'acme',
        claims: [{ source: 'env', value: 'JANE' }],
      }),
    {
      type: 'install',
      id: 'e',
      install: 'i_1',
      product: 'acme',
      claims: [{ source: 'env', value: 'JANE' }],
    },
  ],
  [
    'identify',
    (sentby) => sentby.identify({ id: 'e', customer: 'cus_9', visitor: 'v_1' }),
    { type: 'identify', id: 'e', customer: 'cus_9', visitor: 'v_1' },
  ],
  [
    'signup',
    (sentby) => sentby.signup({ customer: 'cus_9', visitor: undefined }),
    { type: 'signup', id: 'signup:cus_9', customer: 'cus_9' },
  ],
  [
    'sale',
    (sentby) =>
      sentby.sale({ ...SALE, at: new Date(LATER), period: { start: new Date(LATER), end: LATER } }),
    { type: 'sale', id: 'sale:in_1', ...SALE, at: LATER, period: { start: LATER, end: LATER } },
  ],
  [
    'refund',
    (sentby) => sentby.refund({ refund: 're_1', order: 'in_1', amount: 0 }),
    { type: 'refund', id: 'refund:re_1', refund: 're_1', order: 'in_1', amount: 0 },
  ],
  [
    'cancel',
    (sentby) => sentby.cancel({ id: 'e', customer: 'cus_9', subscription: 'sub_1' }),
    { type: 'cancel', id: 'e', customer: 'cus_9', subscription: 'sub_1' },
  ],
  [
    'lead',
    (sentby) => sentby.lead({ lead: 'l_1', code: 'JANE', company: 'Ünïcode GmbH' }),
    { type: 'lead', id: 'lead:l_1:new', lead: 'l_1', code: 'JANE', company: 'Ünïcode GmbH' },
  ],
  [
    'assign',
    (sentby) => sentby.assign({ id: 'e', customer: 'cus_9', partner: null, reason: 'a friend' }),
    { type: 'assign', id: 'e', customer: 'cus_9', partner: null, reason: 'a friend' },
  ],
]

describe('one event', () => {
  test.each(METHODS)('%s sends what the contract takes', async (_name, call, onTheWire) => {
    const { outcome } = await call(client())

    expect(['stored', 'parked']).toContain(outcome)
    expect(collector.seen).toHaveLength(1)
    expect(collector.seen[0]?.events).toEqual([onTheWire])
  })

  test('a request carries the key in its header and nowhere else, and the time of sending', async () => {
    const now = Date.parse('2026-11-22T10:00:00.000Z')
    await client({ now: () => now }).sale(SALE)

    const [request] = collector.seen
    expect(request?.path).toBe('/v1/events')
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer sk_test',
      'content-type': 'application/json',
      'user-agent': `sentby-node/${VERSION}`,
    })
    expect(request?.text).not.toContain('sk_test')
    expect(request?.sentAt).toBe('2026-11-22T10:00:00.000Z')
  })

  test('an endpoint below a path keeps it, with or without a slash at the end', async () => {
    for (const tail of ['/partners', '/partners/', '/partners//']) {
      await client({ endpoint: collector.endpoint + tail }).sale(SALE)
    }
    expect(collector.seen.map(({ path }) => path)).toEqual(Array(3).fill('/partners/v1/events'))
  })

  test('an own fetch takes the place of the global one', async () => {
    const urls: unknown[] = []
    const own: typeof fetch = (input, init) => {
      urls.push(input)
      return fetch(input, init)
    }
    await client({ fetch: own }).sale(SALE)
    expect(urls).toEqual([`${collector.endpoint}/v1/events`])
  })

  test('no event carries a time that the caller did not give', async () => {
    await client().visit({ visitor: 'v_1', code: 'JANE' })
    expect(collector.seen[0]?.events[0]).not.toHaveProperty('at')
  })

  test('a publishable key sends what anybody may say', async () => {
    await expect(client({ key: 'pk_test' }).signup({ customer: 'cus_9' })).resolves.toEqual({
      id: 'signup:cus_9',
      outcome: 'stored',
    })
  })
})

describe('what a call resolves to', () => {
  test('the verdict about the code, with the partner that lets its name show', async () => {
    await expect(client().code({ id: 'e', visitor: 'v_1', code: 'ja-ne' })).resolves.toEqual({
      id: 'e',
      outcome: 'stored',
      verdict: { status: 'accepted', code: 'JANE', partner: { name: 'Jane' } },
    })
  })

  test('an unknown code is a verdict, not an error', async () => {
    await expect(client().code({ id: 'e', visitor: 'v_1', code: 'NOBODY' })).resolves.toMatchObject(
      {
        outcome: 'stored',
        verdict: { status: 'unknown_code' },
      },
    )
  })

  test('the same sale from another process is a duplicate and resolves', async () => {
    await client().sale(SALE)
    await expect(client().sale({ ...SALE, at: LATER })).resolves.toEqual({
      id: 'sale:in_1',
      outcome: 'duplicate',
    })
    expect(collector.stored.size).toBe(1)
  })

  test('a refund before its sale is parked and resolves', async () => {
    await expect(client().refund({ refund: 're_1', order: 'in_9' })).resolves.toEqual({
      id: 'refund:re_1',
      outcome: 'parked',
      reason: 'waits_for_sale',
    })
  })
})

describe('what a call rejects with', () => {
  test('another amount under the same order is a ConflictError, and the first stands', async () => {
    await client().sale(SALE)
    const error = await client()
      .sale({ ...SALE, amount: 1 })
      .catch((reason) => reason)

    expect(error).toBeInstanceOf(ConflictError)
    expect(error).toMatchObject({
      name: 'ConflictError',
      code: 'conflict',
      retryable: false,
      id: 'sale:in_1',
    })
    expect(collector.stored.get('sale:in_1')).toContain('"amount":4900')
  })

  test('a rejected event is a ValidationError that says what to change', async () => {
    const error = await client()
      .sale({ ...SALE, currency: 'EURO' })
      .catch((reason) => reason)

    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({ code: 'invalid_event', retryable: false, id: 'sale:in_1' })
    expect(error.errors[0].pointer).toBe('/currency')
    expect(error.message).toContain('/currency')
    expect(collector.seen).toHaveLength(1)
  })
})
