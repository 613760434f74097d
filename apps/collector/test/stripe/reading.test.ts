import { Stripe } from 'stripe'
import { describe, expect, test } from 'vitest'
import { share, toMinorUnits } from '../../src/adapters/stripe/minor-units.ts'
import {
  readStripeEvent,
  STRIPE_EVENTS,
  UnreadableObject,
} from '../../src/adapters/stripe/read-stripe-event.ts'
import { envelope } from '../../src/adapters/stripe/shapes.ts'
import { verifyDelivery } from '../../src/adapters/stripe/verify-delivery.ts'
import { checkout, invoice, oldInvoice, refund, stripeEvent } from './payloads.ts'
import { SECRET } from './stripe-collector.ts'

const NOW = Date.parse('2026-12-05T12:00:00.000Z')

function read(type: string, object: object) {
  const event = envelope.parse(stripeEvent(type, object, { id: 'evt_1' }))
  return readStripeEvent({ event, knownCode: (text) => (text === 'jane' ? 'JANE' : undefined) })
}

describe('the time of a signature', () => {
  const body = '{"id":"evt_1"}'
  test.each([
    [0, true],
    [-300, true],
    [-301, false],
    [300, true],
    [301, false],
  ])('%d s from now: taken %s', async (seconds, isTaken) => {
    const timestamp = NOW / 1000 + seconds
    const header = Stripe.webhooks.generateTestHeaderString({
      payload: body,
      secret: SECRET,
      timestamp,
    })
    for (const nowMs of [NOW, NOW + 999]) {
      expect(await verifyDelivery(body, header, [SECRET], nowMs)).toEqual(
        isTaken ? { event: { id: 'evt_1' } } : { refused: 'stale_signature' },
      )
    }
  })

  test('an old signature does not tell whether it was right', async () => {
    const timestamp = NOW / 1000 - 301
    const sign = (secret: string) =>
      Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp })
    expect(await verifyDelivery(body, sign('whsec_wrong'), [SECRET], NOW)).toEqual({
      refused: 'bad_signature',
    })
  })

  test('of several signatures one must fit, and the time that was signed counts', async () => {
    const timestamp = NOW / 1000
    const right = Stripe.webhooks.generateTestHeaderString({
      payload: body,
      secret: SECRET,
      timestamp,
    })
    const both = `${right},v1=${'0'.repeat(64)}`
    expect(await verifyDelivery(body, both, ['whsec_none', SECRET], NOW)).toHaveProperty('event')
    const old = Stripe.webhooks.generateTestHeaderString({
      payload: body,
      secret: SECRET,
      timestamp: timestamp - 1000,
    })
    for (const twice of [`t=${timestamp},${old}`, `${old},t=${timestamp}`]) {
      expect(await verifyDelivery(body, twice, [SECRET], NOW)).toHaveProperty('refused')
    }
  })
})

describe('ids and reading', () => {
  test('ids follow from the event: its own, then numbered', () => {
    const object = checkout('cs_1', { metadata: { sentby_code: 'JANE' } })
    const { events } = read('checkout.session.completed', object) ?? { events: [] }
    expect(events.map(({ id, type }) => [id, type])).toEqual([
      ['stripe:evt_1', 'signup'],
      ['stripe:evt_1:1', 'sale'],
    ])
    const charge = {
      id: 'ch_1',
      currency: 'eur',
      refunds: { data: [refund('re_1', 'x', 1), refund('re_2', 'x', 2)] },
    }
    expect(read('charge.refunded', charge)?.moneyBack.map(({ id }) => id)).toEqual([
      'stripe:evt_1',
      'stripe:evt_1:1',
    ])
  })

  test('the same event is read the same way, today and before', () => {
    const [now] = read('invoice.paid', invoice('in_1'))?.events ?? []
    const [before] = read('invoice.paid', oldInvoice('in_1', 'p'))?.events ?? []
    expect(before).toEqual(now)
  })

  test('expanded objects are read as their ids', () => {
    const object = {
      ...oldInvoice('in_1', 'p'),
      customer: { id: 'cus_9', object: 'customer' },
      payment_intent: { id: 'pi_p', object: 'payment_intent' },
      subscription: { id: 'sub_1' },
    }
    expect(read('invoice.paid', object)).toEqual(read('invoice.paid', oldInvoice('in_1', 'p')))
  })

  test('our own key is believed before others', () => {
    const code = (metadata: Record<string, string>) => {
      const [event] = read('invoice.paid', invoice('in_1', { metadata }))?.events ?? []
      return event && 'code' in event ? event.code : undefined
    }
    expect(code({ sentby_code: 'b-o b', referral: 'jane' })).toBe('BOB')
    expect(code({ referral: 'jane' })).toBe('JANE')
    expect(code({ sentby_code: '', ref: 'jane' })).toBe('JANE')
    expect(code({ sentby_code: 'x', ref: 'nobody' })).toBeUndefined()
  })

  test('what money rests on must be there', () => {
    for (const [type, object] of [
      ['invoice.paid', {}],
      ['invoice.paid', { ...invoice('in_1'), amount_paid: '4900' }],
      ['invoice.paid', { ...invoice('in_1'), currency: null }],
      ['refund.created', { ...refund('re_1', 'x', 1), amount: undefined }],
      ['charge.dispute.created', { id: 'dp_1' }],
      ['credit_note.created', { id: 'cn_1' }],
    ] as const) {
      expect(() => read(type, object)).toThrow(UnreadableObject)
    }
  })

  test('every type to be ticked is read', () => {
    for (const type of STRIPE_EVENTS) {
      const isRead = () => read(type, {}) !== undefined
      expect([type, tryOr(isRead, true)]).toEqual([type, true])
    }
    expect(read('invoice.payment_succeeded', invoice('in_1'))).toBeUndefined()
  })
})

describe('amounts', () => {
  test.each([
    [0, 'EUR', 0],
    [1, 'eur', 1],
    [500, 'ISK', 5],
    [549, 'isk', 5],
    [550, 'isk', 6],
    [100, 'UGX', 1],
    [-500, 'UGX', -5],
    [3, 'MGA', 300],
  ])('%d of %s are %d minor units', (amount, currency, minor) => {
    expect(toMinorUnits(amount, currency)).toBe(minor)
  })

  test.each([
    [1900, 1000, 11900, 160],
    [1, 1, 2, 1],
    [1, 0, 7, 0],
    [9_007_199_254_740_991, 9_007_199_254_740_991, 9_007_199_254_740_991, 9_007_199_254_740_991],
  ])('%d × %d ÷ %d is %d', (amount, part, whole, expected) => {
    expect(share(amount, part, whole)).toBe(expected)
  })
})

function tryOr<Value>(work: () => Value, otherwise: Value): Value {
  try {
    return work()
  } catch {
    return otherwise
  }
}
