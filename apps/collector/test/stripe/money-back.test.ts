import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES, type TestCollector } from '../test-collector.ts'
import {
  creditNote,
  day,
  dispute,
  newNames,
  oldInvoice,
  refund,
  type StripeEvent,
  stripeEvent,
} from './payloads.ts'
import { everyNth, permutations } from './permutations.ts'
import { openStripeCollector, saleOf, sold, taken } from './stripe-collector.ts'

describe.each(ENGINES)('money that goes back, %s', (engine) => {
  let collector: TestCollector
  beforeAll(async () => {
    collector = await openStripeCollector(engine)
  })
  afterAll(() => collector.closeAll())

  const refundedOf = async (order: string) => (await saleOf(collector, order)).refunded

  test('parts add up, the rest makes it all, and a dispute of the same charge takes no more', async () => {
    const { order, payment } = await sold(collector)
    await taken(collector, stripeEvent('refund.created', refund('re_p1', payment, 1000)))
    expect(await refundedOf(order)).toBe(1000)
    await taken(collector, stripeEvent('refund.created', refund('re_p2', payment, 900)))
    expect(await refundedOf(order)).toBe(1900)
    const lost = dispute(payment, 4900, 'needs_response')
    await taken(collector, stripeEvent('charge.dispute.created', lost))
    await taken(collector, stripeEvent('charge.dispute.funds_withdrawn', lost))
    expect(await refundedOf(order)).toBe(4900)
    await taken(collector, stripeEvent('refund.created', refund('re_p3', payment, 3000)))
    expect(await refundedOf(order)).toBe(4900)
  })

  test.each([
    ['charge.dispute.created', 'needs_response', 4900],
    ['charge.dispute.created', 'warning_needs_response', 0],
    ['charge.dispute.created', 'prevented', 0],
    ['charge.dispute.funds_withdrawn', 'warning_needs_response', 4900],
    ['charge.dispute.closed', 'lost', 4900],
    ['charge.dispute.closed', 'won', 0],
    ['charge.dispute.closed', 'warning_closed', 0],
    ['charge.dispute.funds_reinstated', 'needs_response', 0],
  ] as const)('%s of a dispute that is %s takes %d', async (type, status, refunded) => {
    const { order, payment } = await sold(collector)
    await taken(collector, stripeEvent(type, dispute(payment, 4900, status)))
    expect(await refundedOf(order)).toBe(refunded)
  })

  test('a dispute that is won gives all back, in any order, before the order is known too', async () => {
    const types = [
      ['charge.dispute.created', 'needs_response', day(3)],
      ['charge.dispute.funds_withdrawn', 'needs_response', day(3)],
      ['charge.dispute.closed', 'won', day(20)],
      ['charge.dispute.funds_reinstated', 'won', day(20)],
    ] as const
    for (const places of everyNth(permutations([0, 1, 2, 3, 4]), 9)) {
      const { order, payment } = newNames()
      for (const place of places) {
        const [type, status, created] = types[place] ?? []
        if (type && status && created) {
          await taken(collector, stripeEvent(type, dispute(payment, 4900, status), { created }))
        } else await taken(collector, stripeEvent('invoice.paid', oldInvoice(order, payment)))
      }
      expect([places, await refundedOf(order)]).toEqual([places, 0])
    }
  })

  test('a refund that fails is undone, in any order, in the same second too', async () => {
    const told: [StripeEvent['type'], object][] = [
      ['refund.created', { status: 'pending' }],
      ['refund.updated', { status: 'succeeded' }],
      ['refund.failed', { status: 'failed' }],
    ]
    for (const places of permutations([0, 1, 2])) {
      const { order, payment } = await sold(collector)
      for (const place of places) {
        const [type = '', more] = told[place] ?? []
        await taken(collector, stripeEvent(type, refund(`re_${payment}`, payment, 900, more)))
      }
      expect([places, await refundedOf(order)]).toEqual([places, 0])
    }
  })

  test('charge.refunded and refund.created of one refund count once, in either order', async () => {
    for (const isFirst of [true, false]) {
      const { order, payment } = await sold(collector)
      const one = refund(`re_${payment}`, payment, 900)
      const charge = {
        id: `ch_${payment}`,
        object: 'charge',
        currency: 'eur',
        amount_refunded: 900,
        payment_intent: `pi_${payment}`,
        refunds: { object: 'list', data: [one, refund(`re2_${payment}`, payment, 100)] },
      }
      const events = [stripeEvent('charge.refunded', charge), stripeEvent('refund.created', one)]
      for (const event of isFirst ? events : events.reverse()) await taken(collector, event)
      expect(await refundedOf(order)).toBe(1000)
    }
  })

  test('charge.refunded without a list waits for refund.created', async () => {
    const { order, payment } = await sold(collector)
    const charge = { id: `ch_${payment}`, currency: 'eur', amount_refunded: 900 }
    expect(await taken(collector, stripeEvent('charge.refunded', charge))).toBe('ignored')
    expect(await refundedOf(order)).toBe(0)
  })

  test.each([
    ['to the balance', {}, 1000],
    ['as a refund', { refunds: [{ amount_refunded: 1000, refund: 're_1' }] }, 0],
    ['half and half', { refunds: [{ amount_refunded: 400, refund: 're_1' }] }, 600],
    ['outside of Stripe', { out_of_band_amount: 1000 }, 1000],
    ['before the payment', { post_payment_amount: 0, pre_payment_amount: 1000 }, 0],
  ] as const)('a credit note %s', async (_, more, refunded) => {
    const { order, payment } = await sold(collector)
    const note = creditNote(`cn_${payment}`, order, more as Parameters<typeof creditNote>[2])
    await taken(collector, stripeEvent('credit_note.created', note))
    await taken(collector, stripeEvent('credit_note.updated', note))
    expect(await refundedOf(order)).toBe(refunded)
    const voided = { ...note, status: 'void' }
    await taken(collector, stripeEvent('credit_note.voided', voided, { created: day(4) }))
    expect(await refundedOf(order)).toBe(0)
  })

  test.each([
    ['to the balance', {}, 1000],
    ['as a refund', { refund: 're_1' }, 0],
    ['as a refund, and outside', { refund: 're_1', out_of_band_amount: 300 }, 300],
    ['as a refund that is there, and to the balance', { refund: { id: 're_1', amount: 400 } }, 600],
    ['before the payment', { type: 'pre_payment' }, 0],
  ])('a credit note before 2025-03-31.basil, %s', async (_, more, refunded) => {
    const { order, payment } = await sold(collector)
    const {
      post_payment_amount: _a,
      pre_payment_amount: _b,
      refunds: _c,
      ...old
    } = creditNote(`cn_${payment}`, order)
    await taken(collector, stripeEvent('credit_note.created', { ...old, ...more }))
    expect(await refundedOf(order)).toBe(refunded)
  })

  test("a dispute in another currency than the sale's takes all of it", async () => {
    const { order, payment } = await sold(collector)
    const foreign = dispute(payment, 5600, 'needs_response', { currency: 'usd' })
    await taken(collector, stripeEvent('charge.dispute.created', foreign))
    const { refunded, refunds } = await saleOf(collector, order)
    expect([refunded, refunds[0].amount]).toEqual([4900, null])
  })

  test('a refund in a currency without decimals keeps its size', async () => {
    const isk = { currency: 'isk', amount_paid: 500_000, total: 500_000 }
    const { order, payment } = await sold(collector, isk)
    const back = refund(`re_${payment}`, payment, 100_000, { currency: 'isk' })
    await taken(collector, stripeEvent('refund.created', back))
    expect(await saleOf(collector, order)).toMatchObject({ amount: 5000, refunded: 1000 })
  })

  test('a refund of no payment of ours is no fact', async () => {
    const nobody = { ...refund('re_nobody', 'x', 100), charge: null, payment_intent: null }
    expect(await taken(collector, stripeEvent('refund.created', nobody))).toBe('ignored')
  })
})
