import type { ErrorCode } from '@sentby/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  ApiError,
  ConnectionError,
  RateLimitError,
  Sentby,
  type SentbyOptions,
  TimeoutError,
  ValidationError,
} from '../src/index.ts'
import { type Collector, type Fault, startCollector } from './collector-server.ts'

let collector: Collector
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(() => collector.close())

const SALE = { customer: 'cus_9', order: 'in_1', amount: 4900, currency: 'EUR' }

function client(options: Partial<SentbyOptions> = {}): Sentby {
  return new Sentby({ key: 'sk_test', endpoint: collector.endpoint, random: () => 0, ...options })
}

function status(code: number, headers: Record<string, string> = {}, body = ''): Fault {
  return { kind: 'status', status: code, headers, body }
}

const times = (count: number, fault: Fault) => Array<Fault>(count).fill(fault)

async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('a call goes on trying', () => {
  test.each<[string, Fault]>([
    ['a 408', status(408)],
    ['a 425', status(425)],
    ['a 429', status(429)],
    ['a 500', status(500)],
    ['a 503 as the collector says it', { kind: 'problem', code: 'overloaded' }],
    ['a gateway page', status(502, { 'content-type': 'text/html' }, '<h1>Bad Gateway</h1>')],
    ['a connection that breaks', { kind: 'reset' }],
    ['a 200 that is no answer', status(200, {}, '<h1>Welcome to the hotel</h1>')],
    ['a 200 with a result too few', status(200, {}, '{"results":[]}')],
    [
      "a 200 with another event's result",
      status(200, {}, '{"results":[{"id":"sale:in_2","outcome":"stored"}]}'),
    ],
  ])('after %s', async (_name, fault) => {
    collector.fail(fault)
    await expect(client().sale(SALE)).resolves.toEqual({ id: 'sale:in_1', outcome: 'stored' })
    expect(collector.seen).toHaveLength(2)
  })

  test('a reply that was lost after the commit is made good by the id: one sale, no error', async () => {
    collector.fail({ kind: 'lost reply' })
    await expect(client().sale(SALE)).resolves.toEqual({ id: 'sale:in_1', outcome: 'duplicate' })
    expect(collector.stored.size).toBe(1)
  })

  test('a random id is made once and kept over all tries', async () => {
    collector.fail({ kind: 'lost reply' }, status(503))
    await client().visit({ visitor: 'v_1', code: 'JANE' })
    expect(collector.seen).toHaveLength(3)
    expect(new Set(collector.seen.map(({ events }) => events[0]?.id)).size).toBe(1)
    expect(collector.stored.size).toBe(1)
  })

  test('a silent collector costs one timeout', async () => {
    collector.fail({ kind: 'silence' })
    await expect(client({ timeoutMs: 500 }).sale(SALE)).resolves.toMatchObject({
      outcome: 'stored',
    })
  })

  test('Retry-After is obeyed, in seconds', async () => {
    collector.fail({ kind: 'problem', code: 'rate_limited', headers: { 'retry-after': '1' } })
    const start = performance.now()
    await client().sale(SALE)
    expect(performance.now() - start).toBeGreaterThanOrEqual(990)
  })
})

describe('a call gives up', () => {
  test('after maxRetries more tries, with the last error', async () => {
    collector.fail(...times(3, status(500)), status(503, { 'x-request-id': 'req_7' }))
    const error = await failure(client({ maxRetries: 3 }).sale(SALE))
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({
      status: 503,
      code: 'http_503',
      retryable: true,
      requestId: 'req_7',
    })
    expect(collector.seen).toHaveLength(4)
  })

  test('at once, with maxRetries 0', async () => {
    collector.fail(status(503))
    await failure(client({ maxRetries: 0 }).sale(SALE))
    expect(collector.seen).toHaveLength(1)
  })

  test('at once, when the collector asks for a longer wait than the deadline leaves', async () => {
    collector.fail({ kind: 'problem', code: 'budget_spent', headers: { 'retry-after': '3600' } })
    const error = await failure(client().sale(SALE))
    expect(error).toBeInstanceOf(RateLimitError)
    expect(error).toMatchObject({
      name: 'RateLimitError',
      code: 'budget_spent',
      status: 429,
      retryable: true,
      retryAfterMs: 3_600_000,
    })
    expect(collector.seen).toHaveLength(1)
  })

  test('when the deadline of the whole call is over', async () => {
    collector.fail(...times(60, { kind: 'silence' }))
    const start = performance.now()
    const sentby = client({ timeoutMs: 100, deadlineMs: 290, maxRetries: 50 })
    expect(await failure(sentby.sale(SALE))).toBeInstanceOf(TimeoutError)
    expect(performance.now() - start).toBeLessThan(3_000)
    expect(collector.seen.length).toBeLessThanOrEqual(3)
  })

  test('on a body that never ends, as on no answer at all', async () => {
    collector.fail({ kind: 'half an answer' })
    const error = await failure(client({ timeoutMs: 100, maxRetries: 0 }).sale(SALE))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ code: 'timeout', retryable: true })
  })

  test('with a ConnectionError that names the cause, when nobody listens', async () => {
    await collector.close()
    const error = await failure(client({ maxRetries: 1 }).sale(SALE))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error).toMatchObject({ code: 'connection_failed', retryable: true })
    expect((error as Error).message).toContain('ECONNREFUSED')
    expect((error as Error).cause).toBeInstanceOf(Error)
  })
})

describe('a refused request is never repeated', () => {
  test.each<[ErrorCode, number]>([
    ['malformed_json', 400],
    ['unknown_key', 401],
    ['wrong_key_kind', 403],
    ['not_found', 404],
    ['in_progress', 409],
    ['too_large', 413],
    ['unsupported_media_type', 415],
    ['invalid_request', 422],
  ])('%s (%i) is an ApiError with that code', async (code, expected) => {
    collector.fail({ kind: 'problem', code })
    const error = await failure(client().sale(SALE))
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ code, status: expected, retryable: false, requestId: 'req_1' })
    expect((error as Error).message).toContain('a detail')
    expect(collector.seen).toHaveLength(1)
  })

  test('a 422 that names fields is a ValidationError', async () => {
    collector.fail({ kind: 'problem', code: 'invalid_request', pointer: '/events' })
    const error = await failure(client().sale(SALE))
    expect(error).toBeInstanceOf(ValidationError)
    expect(error).toMatchObject({
      code: 'invalid_request',
      status: 422,
      errors: [{ pointer: '/events', detail: 'bad' }],
    })
  })

  test('a 5xx that says it is final is final', async () => {
    collector.fail(status(501, {}, '{"code":"not_built","retryable":false}'))
    expect(await failure(client().sale(SALE))).toMatchObject({
      code: 'not_built',
      retryable: false,
    })
    expect(collector.seen).toHaveLength(1)
  })

  test('a redirect is not followed: the error names the address, and no other host gets the key', async () => {
    const other = await startCollector()
    try {
      collector.fail(status(308, { location: `${other.endpoint}/v1/events` }))
      const error = await failure(client().sale(SALE))
      expect(error).toMatchObject({ code: 'redirected', status: 308, retryable: false })
      expect((error as Error).message).toContain(other.endpoint)
      expect(other.seen).toHaveLength(0)
    } finally {
      await other.close()
    }
  })
})

describe('an AbortSignal ends a call', () => {
  test('before anything is sent', async () => {
    const error = await failure(client().sale(SALE, { signal: AbortSignal.abort() }))
    expect(error).toMatchObject({ name: 'AbortError' })
    expect(error).toBeInstanceOf(DOMException)
    expect(collector.seen).toHaveLength(0)
  })

  test('while the collector is silent', async () => {
    collector.fail({ kind: 'silence' })
    const controller = new AbortController()
    const call = failure(client().sale(SALE, { signal: controller.signal }))
    await collector.requests(1)
    controller.abort()
    expect(await call).toMatchObject({ name: 'AbortError' })
    expect(collector.seen).toHaveLength(1)
  })

  test('while it waits for the next try, with the reason that was given', async () => {
    collector.fail(status(503, { 'retry-after': '20' }))
    const controller = new AbortController()
    const reason = new Error('the shop closes')
    const call = failure(client().sale(SALE, { signal: controller.signal }))
    await collector.requests(1)
    controller.abort(reason)
    expect(await call).toBe(reason)
    expect(collector.seen).toHaveLength(1)
  })
})
