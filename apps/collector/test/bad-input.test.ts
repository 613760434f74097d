/** The bad-input matrix, as far as it concerns `POST /v1/events`: status, problem+json, nothing lost. */
import { LIMITS } from '@sentby/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES, openTestCollector, type TestCollector } from './test-collector.ts'

type Body = string | Uint8Array<ArrayBuffer>

const visit = (id: string, more: object = {}) => ({
  id,
  type: 'visit',
  visitor: 'v_1',
  code: 'JANE',
  ...more,
})
const sale = (id: string, more: object = {}) => ({
  id,
  type: 'sale',
  customer: 'c',
  order: id,
  amount: 100,
  currency: 'EUR',
  ...more,
})

describe.each(ENGINES)('bad input on %s', (engine) => {
  let collector: TestCollector
  beforeAll(async () => {
    collector = await openTestCollector(engine)
  })
  afterAll(() => collector.closeAll())

  const post = (body: Body, headers: Record<string, string> = {}) =>
    collector.app.request('/v1/events', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${collector.program.secretKey}`,
        'content-type': 'application/json',
        ...headers,
      },
      body,
    })
  const factIds = async () => {
    const rows = await collector.deps.store.db.selectFrom('fact').select('id').execute()
    return rows.map((row) => row.id)
  }
  const setAside = async () =>
    collector.deps.store.db.selectFrom('set_aside').select(['event_id', 'reason', 'body']).execute()

  const whole: [string, Body, number, string, Record<string, string>?][] = [
    ['no JSON', 'hello', 400, 'malformed_json'],
    ['truncated JSON', '{"events":[{"id":"a"', 400, 'malformed_json'],
    ['another charset', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 400, 'malformed_json'],
    ['an empty body', '', 400, 'empty_batch'],
    ['white space', '  \n', 400, 'empty_batch'],
    ['null', 'null', 400, 'empty_batch'],
    ['[]', '[]', 400, 'empty_batch'],
    ['no events', '{"events":[]}', 400, 'empty_batch'],
    ['an array of events', '[{"id":"a"}]', 422, 'invalid_request'],
    ['a number', '1', 422, 'invalid_request'],
    ['events that are no list', '{"events":{}}', 422, 'invalid_request'],
    ['an unknown field of the envelope', '{"events":[1],"batch":1}', 422, 'invalid_request'],
    ['a sentAt that is no date', '{"events":[1],"sentAt":"yesterday"}', 422, 'invalid_request'],
    [
      'a form',
      'a=b',
      415,
      'unsupported_media_type',
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
    ['a compressed body', 'x', 415, 'unsupported_media_type', { 'content-encoding': 'gzip' }],
    ['501 events', JSON.stringify({ events: Array(501).fill(0) }), 413, 'too_large'],
    ['a body past 512 KB', `{"events":["${'x'.repeat(LIMITS.bodyBytes)}"]}`, 413, 'too_large'],
    ['no key', '{"events":[1]}', 401, 'key_required', { authorization: '' }],
    ['an unknown key', '{"events":[1]}', 401, 'unknown_key', { authorization: 'Bearer sk_nope' }],
    ['another scheme', '{"events":[1]}', 401, 'key_required', { authorization: 'Basic abc' }],
  ]
  test.each(whole)('%s answers %s', async (_name, body, status, code, headers = {}) => {
    const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''))
    const response =
      headers.authorization === ''
        ? await collector.app.request('/v1/events', {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body,
          })
        : await post(body, sent)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    const problem = await response.json()
    expect(problem).toMatchObject({ code, status, retryable: false })
    expect(JSON.stringify(problem)).not.toContain('yesterday')
  })

  test('a body of exactly 512 KB and 500 events is read', async () => {
    const events = Array.from({ length: LIMITS.batchEvents }, (_, n) => ({ n }))
    const short = JSON.stringify({ events })
    const body = short + ' '.repeat(LIMITS.bodyBytes - short.length)
    const response = await post(body)
    expect(response.status).toBe(200)
    const { results } = (await response.json()) as { results: { outcome: string }[] }
    expect(results).toHaveLength(LIMITS.batchEvents)
    expect(new Set(results.map((result) => result.outcome))).toEqual(new Set(['rejected']))
  })

  test.each([
    ['secret', LIMITS.secretEventBytes],
    ['publishable', LIMITS.openEventBytes],
  ] as const)(
    'an event of a %s key is taken at %i bytes and refused one past it',
    async (kind, limit) => {
      const key = kind === 'secret' ? collector.program.secretKey : collector.program.publishableKey
      const sized = (id: string, bytes: number) => {
        const lead = { id, type: 'lead', lead: id, code: 'ADA', note: '' }
        const short = kind === 'secret' ? lead : visit(id, { url: '', referrer: '' })
        const room = bytes - JSON.stringify(short).length
        // 32 KB do not fit into fields of people's length, so the rest is white space of an unknown field.
        return kind === 'secret'
          ? { ...short, note: 'x'.repeat(Math.min(4000, room)) }
          : {
              ...short,
              url: 'u'.repeat(Math.floor(room / 2)),
              referrer: 'r'.repeat(Math.ceil(room / 2)),
            }
      }
      if (kind === 'publishable') {
        const response = await collector.events([sized('at', limit), sized('past', limit + 1)], key)
        expect(await response.json()).toMatchObject({
          results: [{ outcome: 'stored' }, { outcome: 'rejected', reason: 'too_large' }],
        })
      } else {
        const padded = { id: 'big', type: 'x', pad: 'x'.repeat(limit) }
        const response = await collector.events([sized('lead-ok', limit), padded], key)
        expect(await response.json()).toMatchObject({
          results: [{ outcome: 'parked' }, { outcome: 'rejected', reason: 'too_large' }].map(
            (row, n) => (n === 0 ? { id: 'lead-ok' } : row),
          ),
        })
      }
    },
  )

  test('one bad event never spoils its batch, and what is refused can be found again', async () => {
    const deep = JSON.parse(`${'['.repeat(2000)}${']'.repeat(2000)}`)
    const response = await collector.events([
      visit('good-1'),
      { ...visit('nul'), visitor: 'a\u0000b' },
      visit('good-2'),
      { ...visit('lone'), campaign: 'x\ud800y' },
      { ...sale('float'), amount: 1.5 },
      { ...sale('text'), amount: '12.34' },
      deep,
      'text',
      null,
      sale('good-3', { customer: 'a\u202eb'.replace('\u202e', '') }),
    ])
    expect(response.status).toBe(200)
    const { results } = (await response.json()) as {
      results: { id: string | null; outcome: string; errors?: { pointer: string }[] }[]
    }
    expect(results.map((result) => result.outcome)).toEqual([
      'stored',
      'rejected',
      'stored',
      'stored',
      'rejected',
      'rejected',
      'rejected',
      'rejected',
      'rejected',
      'stored',
    ])
    expect(results[1]?.errors?.[0]?.pointer).toBe('/visitor')
    expect(await factIds()).toEqual(expect.arrayContaining(['good-1', 'good-2', 'good-3', 'lone']))
    const kept = await setAside()
    expect(kept.map((row) => row.event_id)).toEqual(
      expect.arrayContaining(['nul', 'float', 'text']),
    )
    expect(kept.filter((row) => row.body === 'null' || row.body === '"text"')).toHaveLength(2)
  })

  test('a rejected event reserves no id', async () => {
    await collector.events([{ ...sale('retry'), amount: -1 }])
    const response = await collector.events([sale('retry')])
    expect(await response.json()).toMatchObject({ results: [{ outcome: 'stored' }] })
  })

  test('the same id with other content is a conflict: the first stands, the second is kept aside', async () => {
    await collector.events([sale('twice')])
    const response = await collector.events([sale('twice', { amount: 101 }), sale('twice')])
    expect(await response.json()).toMatchObject({
      results: [{ outcome: 'conflict', reason: 'other_content' }, { outcome: 'duplicate' }],
    })
    const rows = await collector.deps.store.db
      .selectFrom('fact')
      .select('content')
      .where('id', '=', 'twice')
      .execute()
    expect(rows.map((row) => JSON.parse(row.content).amount)).toEqual([100])
    expect((await setAside()).filter((row) => row.event_id === 'twice')).toHaveLength(1)
  })

  test('the same event in other words, at another time, is a duplicate', async () => {
    await collector.events([sale('words', { currency: 'eur', at: '2026-11-01T00:00:00Z' })])
    const again = sale('words', { at: '2026-11-02T00:00:00Z' })
    const reordered = Object.fromEntries(Object.entries(again).reverse())
    const response = await collector.events([reordered])
    expect(await response.json()).toMatchObject({ results: [{ outcome: 'duplicate' }] })
  })

  test('a refund before its sale is parked, after it is stored', async () => {
    const refund = (id: string) => ({ id, type: 'refund', refund: id, order: 'late' })
    const before = await collector.events([refund('r1')])
    expect(await before.json()).toEqual({
      results: [{ id: 'r1', outcome: 'parked', reason: 'waits_for_sale' }],
    })
    await collector.events([sale('late')])
    const after = await collector.events([refund('r2'), refund('r1')])
    expect(await after.json()).toMatchObject({
      results: [{ outcome: 'stored' }, { outcome: 'duplicate' }],
    })
  })

  test.each([
    ['a sale', sale('pk-sale'), '/type'],
    ['a refund', { id: 'pk-r', type: 'refund', refund: 'r', order: 'o' }, '/type'],
    ['a cancellation', { id: 'pk-c', type: 'cancel', customer: 'c' }, '/type'],
    ['a lead', { id: 'pk-l', type: 'lead', lead: 'l', code: 'ADA' }, '/type'],
    [
      'an assignment',
      { id: 'pk-a', type: 'assign', customer: 'c', partner: null, reason: 'x' },
      '/type',
    ],
    [
      'a coupon',
      { id: 'pk-k', type: 'code', code: 'ADA', visitor: 'v', source: 'coupon' },
      '/source',
    ],
    [
      'a code for a customer',
      { id: 'pk-d', type: 'code', code: 'ADA', customer: 'c' },
      '/customer',
    ],
    [
      'a signup with a coupon',
      { id: 'pk-s', type: 'signup', customer: 'c', coupon: 'ADA' },
      '/coupon',
    ],
  ])('a publishable key may not send %s', async (_name, event, pointer) => {
    const response = await collector.events([event], collector.program.publishableKey)
    expect(await response.json()).toMatchObject({
      results: [{ outcome: 'rejected', reason: 'secret_key_required', errors: [{ pointer }] }],
    })
    expect(await factIds()).not.toContain(event.id)
  })

  test('a key in the body serves a request without a header, as text/plain', async () => {
    const body = JSON.stringify({
      key: collector.program.publishableKey,
      events: [visit('body-key')],
    })
    const response = await collector.app.request('/v1/events', {
      method: 'POST',
      headers: { 'content-type': 'text/plain;charset=UTF-8', origin: 'null' },
      body,
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
  })

  test('a preflight is answered for every origin', async () => {
    const response = await collector.app.request('/v1/events', {
      method: 'OPTIONS',
      headers: { origin: 'https://acme.test', 'access-control-request-method': 'POST' },
    })
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
  })

  test.each([
    ['GET', '/v1/events/none/such', 404, 'not_found'],
    ['GET', '/nowhere', 404, 'not_found'],
    ['DELETE', '/v1/events', 405, 'method_not_allowed'],
    ['GET', `/healthz?${'x'.repeat(LIMITS.urlBytes)}`, 414, 'uri_too_long'],
  ])('%s %s answers %i', async (method, path, status, code) => {
    const response = await collector.app.request(path, { method })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code })
    if (status === 405) expect(response.headers.get('allow')).toContain('POST')
  })
})
