import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call } from '../resources/programs.ts'
import { ENGINES, type TestCollector } from '../test-collector.ts'
import { checkout, day, invoice, stripeEvent } from './payloads.ts'
import { creditOf, openStripeCollector, taken } from './stripe-collector.ts'

const VISITOR = 'v_0123456789abcdef0123456789abcdef'

describe.each(ENGINES)('who a customer of Stripe is, and who brought it, %s', (engine) => {
  let collector: TestCollector
  beforeAll(async () => {
    collector = await openStripeCollector(engine)
    const { deps } = collector
    for (const [name, code] of [
      ['Jane', 'JANE'],
      ['Bob', 'BOB20'],
    ]) {
      await call(collector, 'POST', '/v1/partners', { email: `${name}@partner.test`, name, code })
    }
    await deps.directory.refresh()
  })
  afterAll(() => collector.closeAll())

  test('the visitor that the checkout names brings the credit', async () => {
    await collector.events([
      {
        id: 'visit:1',
        type: 'visit',
        visitor: VISITOR,
        code: 'JANE',
        at: '2026-11-01T10:00:00.000Z',
      },
      {
        id: 'visit:2',
        type: 'visit',
        visitor: 'v_own',
        code: 'BOB20',
        at: '2026-11-01T10:00:00.000Z',
      },
    ])
    const ways: [string, object, string | undefined][] = [
      ['reference', { client_reference_id: VISITOR }, 'Jane'],
      ['metadata', { metadata: { sentby_visitor: VISITOR } }, 'Jane'],
      ['both', { client_reference_id: VISITOR, metadata: { sentby_visitor: 'v_own' } }, 'Bob'],
      ['customer', { client_reference_id: 'user_42' }, undefined],
      ['odd', { metadata: { sentby_visitor: 'no id at all' } }, undefined],
    ]
    for (const [way, ties, partner] of ways) {
      const object = checkout(`cs_${way}`, { customer: `cus_${way}`, ...ties })
      await taken(collector, stripeEvent('checkout.session.completed', object))
      const { credited, verified } = await creditOf(collector, `cus_${way}`)
      expect([way, credited?.partner.name]).toEqual([way, partner])
      if (partner !== undefined) expect(verified).toBe(true)
    }
  })

  test.each([
    ['our own key', { metadata: { sentby_code: 'ja-ne' } }, 'typed'],
    ['Rewardful', { metadata: { referral: 'jane' } }, 'typed'],
    ['Tolt', { metadata: { tolt_referral: 'jane' } }, 'typed'],
    ['FirstPromoter', { metadata: { fp_uid: 'jane' } }, 'typed'],
    ['a parameter', { metadata: { via: 'jane' } }, 'typed'],
    [
      'a promotion code',
      { discounts: [{ promotion_code: { id: 'promo_1', code: 'JANE' } }] },
      'coupon',
    ],
    [
      'a coupon by that id',
      { discounts: [{ coupon: 'jane', promotion_code: 'promo_1' }] },
      'coupon',
    ],
  ])('a code is understood from %s', async (name, ties, kind) => {
    const customer = `cus_${name.replaceAll(/\W/g, '')}`
    const object = checkout(`cs_${customer}`, { customer, ...ties })
    await taken(collector, stripeEvent('checkout.session.completed', object))
    const told = await creditOf(collector, customer)
    expect(told.credited?.partner.name).toBe('Jane')
    expect(told.candidates[0]).toMatchObject({ kind, verdict: 'won' })
  })

  test('a code of the checkout counts, though the invoice was paid before the checkout was completed', async () => {
    const customer = 'cus_early'
    const visit = {
      type: 'visit',
      visitor: 'v_early',
      code: 'BOB20',
      at: '2026-10-30T10:00:00.000Z',
    }
    await collector.events([{ id: 'visit:early', ...visit }])
    const paid = invoice('in_early', { customer, status_transitions: { paid_at: day(2, -3) } })
    const ties = { metadata: { sentby_code: 'JANE', sentby_visitor: 'v_early' } }
    const session = checkout('cs_early', {
      customer,
      mode: 'subscription',
      invoice: 'in_early',
      ...ties,
    })
    await taken(collector, stripeEvent('invoice.paid', paid))
    await taken(collector, stripeEvent('checkout.session.completed', session))
    expect((await creditOf(collector, customer)).candidates).toMatchObject([
      { kind: 'typed', verdict: 'won' },
      { kind: 'link', verdict: 'outranked' },
    ])
  })

  test("other platforms' values that are no code of the program are nothing", async () => {
    const metadata = {
      referral: 'e2d1a0f6-3a9b-4a5e-9d0f-1c0b7a0d2f11',
      via: 'someone',
      dubClickId: 'JANE',
      refearnapp_affiliate_code:
        '{"code":"JANE","commissionType":"percentage","commissionValue":"90"}',
    }
    const object = checkout('cs_foreign', { customer: 'cus_foreign', metadata })
    expect(await taken(collector, stripeEvent('checkout.session.completed', object))).toBe('stored')
    expect(await creditOf(collector, 'cus_foreign')).toMatchObject({
      credited: null,
      unknownCodes: [],
    })
  })

  test('a customer tells who it is, and where it came from', async () => {
    const customer = {
      id: 'cus_told',
      object: 'customer',
      email: 'told@example.com',
      name: 'Told',
      metadata: { sentby_visitor: VISITOR },
    }
    await taken(collector, stripeEvent('customer.created', customer, { created: day(1) }))
    await taken(
      collector,
      stripeEvent('invoice.paid', invoice('in_told', { customer: 'cus_told' })),
    )
    expect((await creditOf(collector, 'cus_told')).credited.partner.name).toBe('Jane')
    const told = await call(collector, 'GET', '/v1/customers/cus_told')
    expect(told.body).toMatchObject({ email: 'joe@example.com', name: 'Told' })
    const balance = stripeEvent('customer.updated', customer, { previous: { balance: 0 } })
    expect(await taken(collector, balance)).toBe('ignored')
    const renamed = { ...customer, email: 'new@example.com' }
    const change = { previous: { email: 'told@example.com' }, created: day(4) }
    await taken(collector, stripeEvent('customer.updated', renamed, change))
    const after = await call(collector, 'GET', '/v1/customers/cus_told')
    expect(after.body.email).toBe('new@example.com')
  })

  test("a code in a customer's metadata counts from when it was put there", async () => {
    const customer = {
      id: 'cus_meta',
      object: 'customer',
      email: null,
      metadata: { referral: 'bob20' },
    }
    const event = stripeEvent('customer.created', customer, { created: day(1) })
    expect(await taken(collector, event)).toBe('stored')
    await taken(
      collector,
      stripeEvent('invoice.paid', invoice('in_meta', { customer: 'cus_meta' })),
    )
    expect((await creditOf(collector, 'cus_meta')).credited.partner.name).toBe('Bob')
  })

  test('a partner who is the customer earns no credit', async () => {
    const session = checkout('cs_self', {
      customer: 'cus_self',
      customer_details: { email: 'jane@partner.test', name: null },
      metadata: { sentby_code: 'JANE' },
    })
    await taken(collector, stripeEvent('checkout.session.completed', session))
    const { credited, candidates } = await creditOf(collector, 'cus_self')
    expect([credited, candidates[0].verdict]).toEqual([null, 'self_referral'])
  })
})
