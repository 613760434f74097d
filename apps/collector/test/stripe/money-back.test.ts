import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call } from '../resources/programs.ts'
import { ENGINES, openTestCollector, type TestCollector } from '../test-collector.ts'
import {
  checkout,
  creditNote,
  day,
  dispute,
  invoice,
  invoicePayment,
  oldInvoice,
  refund,
  type StripeEvent,
  setUpStripe,
  stripeEvent,
  taken,
} from './payloads.ts'

/** How an order of 4900 and its payment become known. */
const WAYS: readonly [string, (order: string, payment: string) => StripeEvent[]][] = [
  [
    'an invoice and its payment',
    (order, payment) => [
      stripeEvent('invoice.paid', invoice(order)),
      stripeEvent('invoice_payment.paid', invoicePayment(order, payment)),
    ],
  ],
  [
    'an invoice that lists its payments',
    (order, payment) => [
      stripeEvent(
        'invoice.paid',
        invoice(order, {
          payments: {
            data: [{ payment: { type: 'payment_intent', payment_intent: `pi_${payment}` } }],
          },
        }),
      ),
    ],
  ],
  [
    'an invoice before 2025-03-31.basil',
    (order, payment) => [stripeEvent('invoice.paid', oldInvoice(order, payment))],
  ],
  [
    'an invoice and a charge before 2025-03-31.basil',
    (order, payment) => [
      stripeEvent('invoice.paid', invoice(order)),
      stripeEvent('charge.succeeded', {
        id: `ch_${payment}`,
        object: 'charge',
        currency: 'eur',
        invoice: order,
        payment_intent: `pi_${payment}`,
      }),
    ],
  ],
  [
    'a checkout with an invoice',
    (order, payment) => [
      stripeEvent('invoice.paid', invoice(order)),
      stripeEvent(
        'checkout.session.completed',
        checkout(`cs_${payment}`, { invoice: order, payment_intent: `pi_${payment}` }),
      ),
    ],
  ],
]

describe.each(ENGINES)('money that goes back, %s', (engine) => {
  let collector: TestCollector
  beforeAll(async () => {
    collector = await openTestCollector(engine)
    await setUpStripe(collector)
  })
  afterAll(() => collector.closeAll())

  const sale = async (order: string) => (await call(collector, 'GET', `/v1/sales/${order}`)).body
  const waiting = async () =>
    (await call(collector, 'GET', '/v1/program/stripe')).body.waitingRefunds
  const sold = async (order: string, payment: string) => {
    await taken(collector, stripeEvent('invoice.paid', oldInvoice(order, payment)))
  }
  let orders = 0
  const names = () => {
    orders++
    return { order: `in_m${orders}`, payment: `m${orders}` }
  }

  test.each(WAYS)('a refund finds its order by %s, whichever comes first', async (_, told) => {
    const make = (order: string, payment: string) => [
      ...told(order, payment),
      stripeEvent('refund.created', refund(`re_${payment}`, payment, 900)),
    ]
    const places = make('x', 'x').map((_event, place) => place)
    for (const places2 of permutations(places)) {
      const { order, payment } = names()
      const events = make(order, payment)
      for (const place of places2) {
        const event = events[place]
        if (event) await taken(collector, event)
      }
      const { refunded, refunds, amount } = await sale(order)
      expect([places2, amount, refunded]).toEqual([places2, 4900, 900])
      expect(refunds).toMatchObject([{ refund: `re_${payment}`, amount: 900, status: 'made' }])
      expect(await waiting()).toBe(0)
      for (const event of events) expect(await taken(collector, event)).toBe('duplicate')
      expect((await sale(order)).refunded).toBe(900)
    }
  })

  test('a refund of a single payment finds its order, whichever comes first', async () => {
    for (const isFirst of [true, false]) {
      const id = `cs_back_${isFirst}`
      const events = [
        stripeEvent('checkout.session.completed', checkout(id)),
        stripeEvent('refund.created', refund(`re_${id}`, id, 2000)),
      ]
      for (const event of isFirst ? events.reverse() : events) await taken(collector, event)
      expect(await sale(`pi_${id}`)).toMatchObject({ amount: 2000, refunded: 2000 })
    }
  })

  test('a refund that waits is told as waiting, kept once, and never lost', async () => {
    const { order, payment } = names()
    const event = stripeEvent('refund.created', refund('re_wait', payment, 100))
    expect(await taken(collector, event)).toBe('parked')
    expect(await taken(collector, event)).toBe('duplicate')
    expect(await waiting()).toBe(1)
    const again = stripeEvent('refund.updated', refund('re_wait', payment, 100))
    expect(await taken(collector, again)).toBe('parked')
    expect(await waiting()).toBe(2)
    await taken(collector, stripeEvent('invoice_payment.paid', invoicePayment(order, payment)))
    expect(await waiting()).toBe(0)
    expect((await collector.send('GET', `/v1/sales/${order}`)).status).toBe(404)
    await taken(collector, stripeEvent('invoice.paid', invoice(order)))
    expect(await sale(order)).toMatchObject({ refunded: 100 })
    expect(await taken(collector, event)).toBe('duplicate')
  })

  test('refunds of other programs never meet', async () => {
    const { order, payment } = names()
    await taken(collector, stripeEvent('refund.created', refund('re_mine', payment, 100)))
    const { db } = collector.deps.store
    const rows = await db.selectFrom('stripe_refund').select('program_id').distinct().execute()
    expect(rows).toEqual([{ program_id: collector.program.id }])
    await sold(order, payment)
    expect(await sale(order)).toMatchObject({ refunded: 100 })
  })

  test('parts add up, the rest makes it all, and a dispute of the same charge takes no more', async () => {
    const { order, payment } = names()
    await sold(order, payment)
    await taken(collector, stripeEvent('refund.created', refund('re_p1', payment, 1000)))
    expect((await sale(order)).refunded).toBe(1000)
    await taken(collector, stripeEvent('refund.created', refund('re_p2', payment, 900)))
    expect((await sale(order)).refunded).toBe(1900)
    const lost = dispute(payment, 4900, 'needs_response')
    await taken(collector, stripeEvent('charge.dispute.created', lost))
    await taken(collector, stripeEvent('charge.dispute.funds_withdrawn', lost))
    expect((await sale(order)).refunded).toBe(4900)
    await taken(collector, stripeEvent('refund.created', refund('re_p3', payment, 3000)))
    expect((await sale(order)).refunded).toBe(4900)
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
    const { order, payment } = names()
    await sold(order, payment)
    await taken(collector, stripeEvent(type, dispute(payment, 4900, status)))
    expect((await sale(order)).refunded).toBe(refunded)
  })

  test('a dispute that is won gives all back, in any order, before the order is known too', async () => {
    const types = [
      ['charge.dispute.created', 'needs_response', day(3)],
      ['charge.dispute.funds_withdrawn', 'needs_response', day(3)],
      ['charge.dispute.closed', 'won', day(20)],
      ['charge.dispute.funds_reinstated', 'won', day(20)],
    ] as const
    for (const places of everyOther(permutations([0, 1, 2, 3, 4]), 9)) {
      const { order, payment } = names()
      for (const place of places) {
        const [type, status, created] = types[place] ?? []
        if (type && status && created) {
          await taken(collector, stripeEvent(type, dispute(payment, 4900, status), { created }))
        } else await sold(order, payment)
      }
      expect([places, (await sale(order)).refunded]).toEqual([places, 0])
    }
  })

  test('a refund that fails is undone, in any order, in the same second too', async () => {
    const told: [StripeEvent['type'], object][] = [
      ['refund.created', { status: 'pending' }],
      ['refund.updated', { status: 'succeeded' }],
      ['refund.failed', { status: 'failed' }],
    ]
    for (const places of permutations([0, 1, 2])) {
      const { order, payment } = names()
      await sold(order, payment)
      for (const place of places) {
        const [type = '', more] = told[place] ?? []
        await taken(collector, stripeEvent(type, refund(`re_${payment}`, payment, 900, more)))
      }
      expect([places, (await sale(order)).refunded]).toEqual([places, 0])
    }
  })

  test('charge.refunded and refund.created of one refund count once, in either order', async () => {
    for (const isFirst of [true, false]) {
      const { order, payment } = names()
      await sold(order, payment)
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
      expect((await sale(order)).refunded).toBe(1000)
    }
  })

  test('charge.refunded without a list waits for refund.created', async () => {
    const { order, payment } = names()
    await sold(order, payment)
    const charge = { id: `ch_${payment}`, currency: 'eur', amount_refunded: 900 }
    expect(await taken(collector, stripeEvent('charge.refunded', charge))).toBe('ignored')
    expect((await sale(order)).refunded).toBe(0)
  })

  test.each([
    ['to the balance', {}, 1000],
    ['as a refund', { refunds: [{ amount_refunded: 1000, refund: 're_1' }] }, 0],
    ['half and half', { refunds: [{ amount_refunded: 400, refund: 're_1' }] }, 600],
    ['outside of Stripe', { out_of_band_amount: 1000 }, 1000],
    ['before the payment', { post_payment_amount: 0, pre_payment_amount: 1000 }, 0],
  ] as const)('a credit note %s', async (_, more, refunded) => {
    const { order, payment } = names()
    await sold(order, payment)
    const note = creditNote(`cn_${payment}`, order, more as Parameters<typeof creditNote>[2])
    await taken(collector, stripeEvent('credit_note.created', note))
    await taken(collector, stripeEvent('credit_note.updated', note))
    expect((await sale(order)).refunded).toBe(refunded)
    const voided = { ...note, status: 'void' }
    await taken(collector, stripeEvent('credit_note.voided', voided, { created: day(4) }))
    expect((await sale(order)).refunded).toBe(0)
  })

  test.each([
    ['to the balance', {}, 1000],
    ['as a refund', { refund: 're_1' }, 0],
    ['as a refund, and outside', { refund: 're_1', out_of_band_amount: 300 }, 300],
    ['as a refund that is there, and to the balance', { refund: { id: 're_1', amount: 400 } }, 600],
    ['before the payment', { type: 'pre_payment' }, 0],
  ])('a credit note before 2025-03-31.basil, %s', async (_, more, refunded) => {
    const { order, payment } = names()
    await sold(order, payment)
    const {
      post_payment_amount: _a,
      pre_payment_amount: _b,
      refunds: _c,
      ...old
    } = creditNote(`cn_${payment}`, order)
    await taken(collector, stripeEvent('credit_note.created', { ...old, ...more }))
    expect((await sale(order)).refunded).toBe(refunded)
  })

  test('a credit note before its invoice waits for it', async () => {
    const { order, payment } = names()
    const note = stripeEvent('credit_note.created', creditNote(`cn_${payment}`, order))
    expect(await taken(collector, note)).toBe('parked')
    await sold(order, payment)
    expect((await sale(order)).refunded).toBe(1000)
  })

  test("a dispute in another currency than the sale's takes all of it", async () => {
    const { order, payment } = names()
    await sold(order, payment)
    const foreign = dispute(payment, 5600, 'needs_response', { currency: 'usd' })
    await taken(collector, stripeEvent('charge.dispute.created', foreign))
    const { refunded, refunds } = await sale(order)
    expect([refunded, refunds[0].amount]).toEqual([4900, null])
  })

  test('a refund in a currency without decimals keeps its size', async () => {
    const { order, payment } = names()
    const isk = { currency: 'isk', amount_paid: 500_000, total: 500_000 }
    await taken(collector, stripeEvent('invoice.paid', oldInvoice(order, payment, isk)))
    const back = refund(`re_${payment}`, payment, 100_000, { currency: 'isk' })
    await taken(collector, stripeEvent('refund.created', back))
    expect(await sale(order)).toMatchObject({ amount: 5000, refunded: 1000 })
  })

  test('a refund of no payment of ours is no fact', async () => {
    const nobody = { ...refund('re_nobody', 'x', 100), charge: null, payment_intent: null }
    expect(await taken(collector, stripeEvent('refund.created', nobody))).toBe('ignored')
  })
})

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item, place) =>
    permutations(items.filter((_, other) => other !== place)).map((rest) => [item, ...rest]),
  )
}

/** Some of many: the first, and each so many places on. */
function everyOther<Item>(items: readonly Item[], step: number): Item[] {
  return items.filter((_, place) => place % step === 0)
}
