import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  Sentby,
  SentbyError,
  type SentbyEvent,
  type SentbyOptions,
  ValidationError,
} from '../src/index.ts'
import { type Collector, startCollector } from './collector-server.ts'

let collector: Collector
beforeAll(async () => {
  collector = await startCollector()
})
afterAll(() => collector.close())

const SALE = {
  type: 'sale',
  customer: 'cus_9',
  order: 'in_1',
  amount: 4900,
  currency: 'EUR',
} as const

/** What a program without types may pass. */
function send(event: unknown, key = 'sk_test'): Promise<unknown> {
  const sentby = new Sentby({ key, endpoint: collector.endpoint })
  const { type } = event as SentbyEvent
  return (sentby[type] as (fields: unknown) => Promise<unknown>)({ ...(event as object) })
}

async function refusal(call: Promise<unknown>): Promise<ValidationError> {
  const error = await call.catch((reason: unknown) => reason)
  if (error instanceof ValidationError) return error
  throw new Error(`no ValidationError but ${String(error)}`)
}

describe('an event that is certainly wrong is refused before it is sent', () => {
  const cases: [string, object, string, string][] = [
    ['an amount with decimals', { ...SALE, amount: 49.5 }, '/amount', 'minor units'],
    ['a negative amount', { ...SALE, amount: -1 }, '/amount', 'minor units'],
    ['an unsafe integer', { ...SALE, amount: 2 ** 53 }, '/amount', 'minor units'],
    ['NaN', { ...SALE, amount: Number.NaN }, '/amount', 'minor units'],
    ['an amount as text', { ...SALE, amount: '4900' }, '/amount', 'minor units'],
    ['a bigint', { ...SALE, amount: 4900n }, '/amount', 'minor units'],
    ['no amount', { ...SALE, amount: undefined }, '/amount', 'minor units'],
    ['a fee with decimals', { ...SALE, fee: 0.3 }, '/fee', 'minor units'],
    ['a tax below zero', { ...SALE, tax: -1 }, '/tax', 'minor units'],
    ['a discount as null', { ...SALE, discount: null }, '/discount', 'minor units'],
    [
      'a partial refund with decimals',
      { type: 'refund', refund: 're_1', order: 'in_1', amount: 0.1 },
      '/amount',
      'minor units',
    ],
    ['no order', { ...SALE, order: undefined }, '/order', 'needed'],
    ['an empty customer', { ...SALE, customer: '' }, '/customer', 'needed'],
    ['a customer as a number', { ...SALE, customer: 9 }, '/customer', 'needed'],
    ['an id beyond the grammar', { ...SALE, id: 'a b' }, '/id', '128'],
    ['an empty id', { ...SALE, id: '' }, '/id', '128'],
    ['an id of 129 characters', { ...SALE, id: 'x'.repeat(129) }, '/id', '128'],
    ['a date that is none', { ...SALE, at: new Date('never') }, '/at', 'invalid Date'],
    [
      'a period that ends never',
      { ...SALE, period: { start: new Date(0), end: new Date('never') } },
      '/period/end',
      'invalid Date',
    ],
    ['a code of nobody', { type: 'code', code: 'JANE' }, '', 'exactly one'],
    [
      'a code of two',
      { type: 'code', code: 'JANE', visitor: 'v_1', install: 'i_1' },
      '',
      'exactly one',
    ],
    [
      'an assignment to undefined',
      { type: 'assign', customer: 'cus_9', reason: 'why' },
      '/partner',
      'null for nobody',
    ],
    ['what JSON cannot hold', { ...SALE, plan: 1n }, '', 'JSON'],
  ]

  test.each(cases)('%s', async (_name, event, pointer, words) => {
    const before = collector.seen.length
    const error = await refusal(send(event))
    expect(error).toMatchObject({ code: 'invalid_event', retryable: false, status: undefined })
    expect(error.errors).toHaveLength(1)
    expect(error.errors[0]?.pointer).toBe(pointer)
    expect(error.errors[0]?.detail).toContain(words)
    expect(error.message).toContain(words)
    expect(collector.seen.length).toBe(before)
  })

  test('all that is wrong is said at once', async () => {
    const error = await refusal(send({ type: 'sale', amount: 0.5 }))
    expect(error.errors.map(({ pointer }) => pointer)).toEqual([
      '/customer',
      '/order',
      '/currency',
      '/amount',
    ])
  })

  test.each([
    ['nothing was paid', { ...SALE, order: 'in_0', amount: 0, tax: 0 }],
    ['the largest amount', { ...SALE, order: 'in_2', amount: Number.MAX_SAFE_INTEGER }],
    ['a currency in lower case', { ...SALE, order: 'in_3', currency: 'eur' }],
  ])('what is only unusual is not: %s', async (_name, event) => {
    await expect(send(event)).resolves.toMatchObject({ outcome: 'stored' })
  })

  test.each([
    SALE,
    { type: 'refund', refund: 're_1', order: 'in_1' },
    { type: 'cancel', customer: 'cus_9' },
    { type: 'lead', lead: 'l_1', code: 'JANE' },
    { type: 'assign', customer: 'cus_9', partner: null, reason: 'why' },
  ])('$type needs a secret key', async (event) => {
    const error = await send(event, 'pk_test').catch((reason) => reason)
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({ code: 'secret_key_required' })
  })

  test.each([
    ['sk_test', 32 * 1024],
    ['pk_test', 2 * 1024],
  ])('with %s an event may have %i bytes and not one more', async (key, most) => {
    const sized = (bytes: number) => {
      const event = { type: 'identify', id: 'e', customer: 'cus_9', name: '' }
      const room = bytes - JSON.stringify(event).length
      return { ...event, name: 'é'.repeat(Math.floor(room / 2)) + 'e'.repeat(room % 2) }
    }
    const error = await send(sized(most + 1), key).catch((reason) => reason)
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({ code: 'too_large', id: 'e' })
    const before = collector.seen.length
    await send(sized(most), key).catch(() => undefined)
    expect(collector.seen.length).toBe(before + 1)
  })
})

describe('a client with a wrong option is refused at once', () => {
  const GOOD: SentbyOptions = { key: 'sk_test', endpoint: 'https://go.acme.test' }
  test.each<[string, object, RegExp]>([
    ['no key', { key: undefined }, /key is missing/],
    ['an empty key', { key: '' }, /key is missing/],
    ['a key of another shop', { key: 'rk_live_1' }, /begins with sk_/],
    ['a key with a line break', { key: 'sk_test\n' }, /line break/],
    ['a key with a header inside', { key: 'sk_test\r\nx: y' }, /line break/],
    ['a bare prefix', { key: 'sk_' }, /begins with sk_/],
    ['no endpoint', { endpoint: undefined }, /endpoint/],
    ['an endpoint without a scheme', { endpoint: 'go.acme.test' }, /endpoint/],
    ['an endpoint of files', { endpoint: 'file:///etc' }, /http/],
    ['an endpoint with a password', { endpoint: 'https://a:b@go.acme.test' }, /user/],
    ['an endpoint with a query', { endpoint: 'https://go.acme.test?a=1' }, /query/],
    ['a timeout of zero', { timeoutMs: 0 }, /timeoutMs/],
    ['a timeout as text', { timeoutMs: '10' }, /timeoutMs/],
    ['a timeout beyond a timer', { timeoutMs: 2 ** 31 }, /timeoutMs/],
    ['a deadline of NaN', { deadlineMs: Number.NaN }, /deadlineMs/],
    ['half a retry', { maxRetries: 0.5 }, /maxRetries/],
    ['a retry less than none', { maxRetries: -1 }, /maxRetries/],
    ['a queue for nothing', { maxQueueSize: 0 }, /maxQueueSize/],
    ['a cookie domain that is a header', { cookieDomain: 'a.test; Secure' }, /cookieDomain/],
  ])('%s', (_name, wrong, message) => {
    let error: unknown
    try {
      new Sentby({ ...GOOD, ...wrong } as SentbyOptions)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(SentbyError)
    expect(error).toMatchObject({ code: 'invalid_option', retryable: false })
    expect((error as Error).message).toMatch(message)
    expect((error as Error).message).not.toContain('sk_test')
  })

  test('a client in a log shows no key', async () => {
    const { inspect } = await import('node:util')
    const sentby = new Sentby({ ...GOOD, key: 'sk_hidden', identitySecret: 'ids_hidden' })
    expect(inspect(sentby, { depth: 9, showHidden: true }) + JSON.stringify(sentby)).not.toContain(
      'hidden',
    )
  })
})
