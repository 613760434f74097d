import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call } from '../resources/programs.ts'
import { ENGINES, type TestCollector } from '../test-collector.ts'
import { checkout, day, invoice, oldInvoice, stripeEvent } from './payloads.ts'
import { creditOf, openStripeCollector, saleOf, taken } from './stripe-collector.ts'

describe.each(ENGINES)('sales out of Stripe, %s', (engine) => {
  let collector: TestCollector
  beforeAll(async () => {
    collector = await openStripeCollector(engine)
  })
  afterAll(() => collector.closeAll())

  test.each([
    ['today', 'in_new', invoice('in_new')],
    ['before 2025-03-31.basil', 'in_old', oldInvoice('in_old', 'old')],
  ])('a paid invoice is a sale, in the shape of %s', async (_, order, object) => {
    const event = stripeEvent('invoice.paid', object, { created: day(3) })
    expect(await taken(collector, event)).toBe('stored')
    expect(await saleOf(collector, order)).toMatchObject({
      order,
      customer: 'cus_9',
      amount: 4900,
      currency: 'EUR',
      tax: 782,
      discount: 1000,
      product: 'prod_1',
      plan: 'price_1',
      subscription: 'sub_1',
      period: { start: '2026-11-01T12:00:00.000Z', end: '2026-11-30T12:00:00.000Z' },
      at: '2026-11-02T12:00:00.000Z',
      event: `stripe:${event.id}`,
      refunded: 0,
      conflict: false,
    })
  })

  test('the invoice of a trial is a sale of nothing', async () => {
    await taken(
      collector,
      stripeEvent(
        'invoice.paid',
        invoice('in_trial', { amount_paid: 0, total: 0, total_taxes: [] }),
      ),
    )
    expect(await saleOf(collector, 'in_trial')).toMatchObject({ amount: 0, tax: 0, refunded: 0 })
  })

  test('an extra and a proration neither name the product nor the period', async () => {
    const extra = { id: 'il_0', amount: 90000, period: { start: day(1), end: day(2) } }
    const proration = {
      id: 'il_2',
      amount: 80000,
      period: { start: day(3), end: day(4) },
      parent: {
        type: 'subscription_item_details' as const,
        subscription_item_details: { proration: true, subscription: 'sub_1' },
      },
      pricing: { price_details: { price: 'price_2', product: 'prod_2' } },
    }
    const lines = invoice('x').lines?.data ?? []
    const all = invoice('in_lines', { lines: { data: [extra, proration, ...lines] } })
    await taken(collector, stripeEvent('invoice.paid', all))
    expect(await saleOf(collector, 'in_lines')).toMatchObject({
      product: 'prod_1',
      period: { start: '2026-11-01T12:00:00.000Z' },
    })
    const upgrade = invoice('in_upgrade', { lines: { data: [extra, proration] } })
    await taken(collector, stripeEvent('invoice.paid', upgrade))
    expect(await saleOf(collector, 'in_upgrade')).toMatchObject({ product: 'prod_2', period: null })
  })

  test('of an invoice that a balance paid in part, the same part of its tax was paid', async () => {
    const part = invoice('in_part', {
      amount_paid: 1000,
      total: 11900,
      total_taxes: [{ amount: 1900 }],
    })
    await taken(collector, stripeEvent('invoice.paid', part))
    expect(await saleOf(collector, 'in_part')).toMatchObject({ amount: 1000, tax: 160 })
  })

  test.each([
    ['eur', 4900, 4900],
    ['jpy', 500, 500],
    ['krw', 9900, 9900],
    ['kwd', 5120, 5120],
    ['huf', 100000, 100000],
    ['twd', 80000, 80000],
    ['isk', 500, 5],
    ['ugx', 10000, 100],
    ['mga', 700, 70000],
  ])('in %s, %d of Stripe are %d minor units', async (currency, stripes, ours) => {
    const order = `in_${currency}`
    const object = invoice(order, { currency, amount_paid: stripes, total: stripes })
    await taken(collector, stripeEvent('invoice.paid', object))
    expect(await saleOf(collector, order)).toMatchObject({
      amount: ours,
      currency: currency.toUpperCase(),
    })
  })

  test('a checkout without an invoice is a signup and a sale; with one the invoice is the sale', async () => {
    const single = checkout('cs_1', { customer: 'cus_single' })
    expect(await taken(collector, stripeEvent('checkout.session.completed', single))).toBe('stored')
    expect(await saleOf(collector, 'pi_cs_1')).toMatchObject({
      customer: 'cus_single',
      amount: 2000,
      tax: 319,
      discount: 500,
    })
    expect((await creditOf(collector, 'cus_single')).anchor).toBe('2026-11-01T12:00:00.000Z')
    for (const [id, more] of [
      ['cs_sub', { mode: 'subscription', invoice: 'in_sub', payment_intent: null }],
      ['cs_inv', { invoice: 'in_inv' }],
      ['cs_later', { invoice_creation: { enabled: true } }],
      ['cs_free', { payment_status: 'no_payment_required', payment_intent: null }],
      ['cs_unpaid', { payment_status: 'unpaid' }],
    ] as const) {
      const object = checkout(id, { ...more, customer: `cus_${id}` })
      await taken(collector, stripeEvent('checkout.session.completed', object))
      expect((await creditOf(collector, `cus_${id}`)).anchor).not.toBeNull()
      const sales = await call(collector, 'GET', `/v1/sales?customer=cus_${id}`)
      expect([id, sales.body.data]).toEqual([id, []])
    }
    const later = checkout('cs_unpaid', { customer: 'cus_cs_unpaid' })
    await taken(collector, stripeEvent('checkout.session.async_payment_succeeded', later))
    expect(await saleOf(collector, 'pi_cs_unpaid')).toMatchObject({ amount: 2000 })
  })

  test('a guest is known by the payment; keeping a card is no conversion', async () => {
    const guest = checkout('cs_guest', { customer: null })
    await taken(collector, stripeEvent('checkout.session.completed', guest))
    expect(await saleOf(collector, 'pi_cs_guest')).toMatchObject({ customer: 'pi_cs_guest' })
    const setup = checkout('cs_card', { mode: 'setup', customer: 'cus_card', payment_intent: null })
    await taken(collector, stripeEvent('checkout.session.completed', setup))
    expect(await creditOf(collector, 'cus_card')).toMatchObject({
      anchor: null,
      reason: 'no_conversion',
    })
  })

  test('terms and amounts in metadata are never read', async () => {
    const metadata: Record<string, string> = JSON.parse(`{
      "amount": "1", "amount_paid": "999900", "currency": "usd", "commission": "100",
      "sentby_code": "JANE", "sentby_amount": "999900", "sentby_rate": "10000",
      "sentby_partner": "ptr_1", "customer": "cus_other", "constructor": "BOB20",
      "__proto__": {"sentby_visitor": "v_own"}, "terms": "{\\"basisPoints\\":10000}"
    }`)
    const object = invoice('in_hostile', { customer: 'cus_hostile', metadata })
    await taken(collector, stripeEvent('invoice.paid', object))
    expect(await saleOf(collector, 'in_hostile')).toMatchObject({
      amount: 4900,
      currency: 'EUR',
      customer: 'cus_hostile',
    })
    const { content } = await collector.deps.store.db
      .selectFrom('fact')
      .select('content')
      .where('order_id', '=', 'in_hostile')
      .executeTakeFirstOrThrow()
    expect(Object.keys(JSON.parse(content)).sort()).toEqual(
      [
        ...['type', 'customer', 'order', 'amount', 'currency', 'tax', 'discount', 'product'],
        ...['plan', 'subscription', 'period', 'email', 'code'],
      ].sort(),
    )
  })

  test('odd texts cost an addition, never the sale', async () => {
    const object = invoice('in_odd_texts', {
      customer_email: 'no address',
      metadata: { sentby_code: '<script>', sentby_visitor: 'x'.repeat(500) },
    })
    expect(await taken(collector, stripeEvent('invoice.paid', object))).toBe('stored')
    const session = checkout('cs_odd_texts', {
      customer_details: { email: 'a b@c', name: `\u0000${'n'.repeat(400)}` },
    })
    expect(await taken(collector, stripeEvent('checkout.session.completed', session))).toBe(
      'stored',
    )
  })

  test('the end of a subscription is a cancel', async () => {
    const ended = { id: 'sub_1', object: 'subscription', customer: 'cus_9', ended_at: day(4) }
    const event = stripeEvent('customer.subscription.deleted', ended, { created: day(5) })
    expect(await taken(collector, event)).toBe('stored')
    const fact = await collector.deps.store.db
      .selectFrom('fact')
      .select(['type', 'at', 'customer', 'content'])
      .where('id', '=', `stripe:${event.id}`)
      .executeTakeFirstOrThrow()
    expect(fact).toMatchObject({
      type: 'cancel',
      at: '2026-11-04T12:00:00.000Z',
      customer: 'cus_9',
    })
    expect(JSON.parse(fact.content).subscription).toBe('sub_1')
  })
})
