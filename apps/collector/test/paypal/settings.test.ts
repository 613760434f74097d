import { Writable } from 'node:stream'
import pino from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { createLimits } from '../../src/services/limits.ts'
import { ENGINES } from '../test-collector.ts'
import { DAY_MS, MINUTE_MS, openPaypalWorld, type PaypalWorld } from './paypal-world.ts'

describe.each(ENGINES)('PayPal is set up on %s', (engine) => {
  let own: PaypalWorld
  let logged = ''

  beforeAll(async () => {
    const stream = new Writable({
      write(chunk, _encoding, done) {
        logged += String(chunk)
        done()
      },
    })
    const log = pino({ level: 'trace' }, stream)
    own = await openPaypalWorld(engine, { paymentTimeoutMs: 2000, log })
  })
  beforeEach(() => own.paypal.heal())
  afterAll(() => own.end())

  const call = <Body = Record<string, unknown>>(method: string, path: string, body?: unknown) =>
    own.world.call<Body>(method, path, body)

  test('once, and tells all but the secret', async () => {
    await own.setUp({ sends: 'at_close' })
    expect(await call('GET', '/v1/program/paypal')).toEqual({
      status: 200,
      body: {
        endpoint: 'http://go.acme.test/v1/paypal/acme',
        clientIdEndsWith: 'ndor',
        environment: 'sandbox',
        sends: 'at_close',
        paused: null,
        updatedAt: expect.any(String),
      },
    })
    await own.setUp()
    expect((await call('GET', '/v1/program/paypal')).body['sends']).toBe('by_hand')
  })

  test.each([
    ['no secret', { clientSecret: undefined }, '/clientSecret'],
    ['a secret with a line break', { clientSecret: 'secret\nsecret' }, '/clientSecret'],
    ['an unknown environment', { environment: 'production' }, '/environment'],
    ['an unknown way to send', { sends: 'sometimes' }, '/sends'],
    ['a field that nobody knows', { url: 'https://evil.test' }, ''],
  ])('%s is refused', async (_, more, pointer) => {
    expect(await own.setUp(more)).toMatchObject({ status: 422, body: { errors: [{ pointer }] } })
  })

  test('a key of pages may not read or change it', async () => {
    for (const method of ['GET', 'PUT']) {
      const key = own.world.collector.program.publishableKey
      const response = await own.world.collector.send(method, '/v1/program/paypal', undefined, key)
      expect(response.status).toBe(403)
    }
  })

  test('its secrets stand in no answer, log or metric, even where PayPal repeats them', async () => {
    const batches: string[] = []
    for (const fault of ['refused', 'insufficient funds', '403', 'garbage after paying'] as const) {
      const batch = await own.close([await own.partner(1000)])
      own.paypal.faults.push(fault)
      await own.send(batch)
      batches.push(batch)
    }
    own.paypal.tokens = '401'
    await own.setUp()
    for (let n = 0; n < 3; n++) await own.later(DAY_MS)
    let said = logged
    for (const batch of batches) {
      said += JSON.stringify([await own.batch(batch), await own.payouts(batch)])
    }
    said += JSON.stringify((await call('GET', '/v1/program/paypal')).body)
    said += await own.deps.metrics.payouts.get().then((metric) => JSON.stringify(metric))
    const { clientId, clientSecret } = own.paypal
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
    for (const secret of [clientSecret, basic, 'A21-the-token']) {
      expect(said.includes(secret)).toBe(false)
    }
    expect(logged).toContain('a provider may have paid')
  })

  describe('its webhook', () => {
    const deliver = (body: unknown, program = 'acme') =>
      own.world.collector.app.request(`/v1/paypal/${program}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })

    test.each([
      ['nothing', {}],
      ['no object', [1, 2]],
      ['a word', '"hello"'],
      ['a batch of somebody else', { resource: { payout_batch_id: 'XYZ' } }],
      ['a batch that is no text', { resource: { batch_header: 5, payout_batch_id: { a: 1 } } }],
      ['a name that is no name', { resource: { sender_batch_id: "' or 1=1 --" } }],
    ])('that names %s wakes nobody', async (_, body) => {
      const response = await deliver(body)
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({ woken: 0 })
    })

    test.each([
      ['an unknown program', { resource: {} }, 'nobody', 404],
      ['no JSON', '{"resource":', 'acme', 400],
      ['more than 64 KB', JSON.stringify({ a: 'x'.repeat(64 * 1024) }), 'acme', 413],
    ])('for %s is refused', async (_, body, program, status) => {
      expect((await deliver(body, program)).status).toBe(status)
    })

    test('says nothing itself: only PayPal’s own answer moves money', async () => {
      own.paypal.itemStatus = 'PENDING'
      const partner = await own.partner(1000)
      const batch = await own.close([partner])
      await own.send(batch)
      await own.later(2 * MINUTE_MS)
      const [payout] = await own.payouts(batch)
      const lie = {
        event_type: 'PAYMENT.PAYOUTS-ITEM.SUCCEEDED',
        resource: {
          transaction_status: 'SUCCESS',
          sender_batch_id: batch,
          payout_batch_id: own.paypal.batchOfKey(batch)?.id,
          payout_item: { sender_item_id: payout?.id, amount: { value: '10.00', currency: 'EUR' } },
        },
      }
      expect(await (await deliver(lie)).json()).toEqual({ woken: 1 })
      // Named again and again it is asked about no sooner.
      expect(await (await deliver(lie)).json()).toEqual({ woken: 0 })
      await own.later(MINUTE_MS)
      expect((await own.payouts(batch))[0]?.status).toBe('submitted')
      const items = own.paypal.batchOfKey(batch)?.items ?? []
      for (const item of items) item.status = 'SUCCESS'
      await deliver(lie)
      await own.later(MINUTE_MS)
      expect((await own.payouts(batch))[0]?.status).toBe('paid')
    })

    test.each([
      ['not believed', 'well'],
      ['not believed where PayPal does not tell the key of a batch', 'keyless'],
    ] as const)('that names a false id for our key is %s', async (_, looks) => {
      own.paypal.looks = looks
      const other = await own.close([await own.partner(1000)])
      await own.send(other)
      own.paypal.faults.push('silent after paying')
      own.paypal.itemStatus = 'SUCCESS'
      const batch = await own.close([await own.partner(2000)])
      await own.send(batch)
      const hint = own.paypal.batchOfKey(other)?.id
      await deliver({ resource: { sender_batch_id: batch, payout_batch_id: hint } })
      await own.over(batch)
      expect((await own.batch(batch)).status).toBe('paid')
      expect(own.paypal.paidTwice()).toEqual([])
    })
  })
})

test('deliveries past the limit of a network are answered and wake nobody', async () => {
  const limits = createLimits({ wakes: { points: 2, duration: 60 } })
  const own = await openPaypalWorld('sqlite', { limits })
  try {
    const woken: unknown[] = []
    for (let n = 0; n < 3; n++) {
      const batch = await own.close([await own.partner(1000)])
      await own.send(batch)
      const body = { resource: { sender_batch_id: batch } }
      woken.push((await own.world.call('POST', '/v1/paypal/acme', body)).body)
    }
    expect(woken).toEqual([{ woken: 1 }, { woken: 1 }, { woken: 0 }])
  } finally {
    await own.end()
  }
})

test.each([
  ['https://api.example.test', 'https://api.example.test'],
  ['https://api.example.test/', 'https://api.example.test'],
  ['http://127.0.0.1:9000', 'http://127.0.0.1:9000'],
  ['', undefined],
])('PAYPAL_API_URL %j is %j', (text, url) => {
  expect(readConfig({ PAYPAL_API_URL: text }).paypalUrl).toBe(url)
})

test.each([
  'http://api.example.test',
  'ftp://x',
  'nonsense',
  'https://a:b@x.test',
  'https://x/?a=1',
])('PAYPAL_API_URL %j is refused: secrets go there', (text) => {
  expect(() => readConfig({ PAYPAL_API_URL: text })).toThrow('PAYPAL_API_URL')
})
