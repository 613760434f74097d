import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addProgram, call } from '../resources/programs.ts'
import { ENGINES, type TestCollector } from '../test-collector.ts'
import {
  checkout,
  creditNote,
  invoice,
  invoicePayment,
  newNames,
  oldInvoice,
  refund,
  type StripeEvent,
  stripeEvent,
} from './payloads.ts'
import { permutations } from './permutations.ts'
import {
  deliver,
  openStripeCollector,
  SECRET,
  saleOf,
  taken,
  waitingRefunds,
} from './stripe-collector.ts'

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

describe.each(ENGINES)('which sale a refund belongs to, %s', (engine) => {
  let collector: TestCollector
  beforeAll(async () => {
    collector = await openStripeCollector(engine)
  })
  afterAll(() => collector.closeAll())

  test.each(WAYS)('a refund finds its order by %s, whichever comes first', async (_, told) => {
    const make = (order: string, payment: string) => [
      ...told(order, payment),
      stripeEvent('refund.created', refund(`re_${payment}`, payment, 900)),
    ]
    const places = make('x', 'x').map((_event, place) => place)
    for (const turns of permutations(places)) {
      const { order, payment } = newNames()
      const events = make(order, payment)
      for (const place of turns) {
        const event = events[place]
        if (event) await taken(collector, event)
      }
      const { refunded, refunds, amount } = await saleOf(collector, order)
      expect([turns, amount, refunded]).toEqual([turns, 4900, 900])
      expect(refunds).toMatchObject([{ refund: `re_${payment}`, amount: 900, status: 'made' }])
      expect(await waitingRefunds(collector)).toBe(0)
      for (const event of events) expect(await taken(collector, event)).toBe('duplicate')
      expect((await saleOf(collector, order)).refunded).toBe(900)
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
      expect(await saleOf(collector, `pi_${id}`)).toMatchObject({ amount: 2000, refunded: 2000 })
    }
  })

  test('a refund that waits is told as waiting, kept once, and never lost', async () => {
    const { order, payment } = newNames()
    const event = stripeEvent('refund.created', refund('re_wait', payment, 100))
    expect(await taken(collector, event)).toBe('parked')
    expect(await taken(collector, event)).toBe('duplicate')
    expect(await waitingRefunds(collector)).toBe(1)
    const again = stripeEvent('refund.updated', refund('re_wait', payment, 100))
    expect(await taken(collector, again)).toBe('parked')
    expect(await waitingRefunds(collector)).toBe(2)
    await taken(collector, stripeEvent('invoice_payment.paid', invoicePayment(order, payment)))
    expect(await waitingRefunds(collector)).toBe(0)
    expect((await collector.send('GET', `/v1/sales/${order}`)).status).toBe(404)
    await taken(collector, stripeEvent('invoice.paid', invoice(order)))
    expect(await saleOf(collector, order)).toMatchObject({ refunded: 100 })
    expect(await taken(collector, event)).toBe('duplicate')
  })

  test('refunds of other programs never meet', async () => {
    const { order, payment } = newNames()
    const other = await addProgram(collector, 'other')
    await call(collector, 'PUT', '/v1/program/stripe', { secret: SECRET }, other.secretKey)
    const theirs = stripeEvent('refund.created', refund('re_theirs', payment, 200))
    expect((await deliver(collector, theirs, { program: 'other' })).status).toBe(200)
    expect(await waitingRefunds(collector)).toBe(0)
    await taken(collector, stripeEvent('refund.created', refund('re_mine', payment, 100)))
    expect(await waitingRefunds(collector, other.secretKey)).toBe(1)
    await taken(collector, stripeEvent('invoice.paid', oldInvoice(order, payment)))
    expect(await saleOf(collector, order)).toMatchObject({ refunded: 100 })
    const { db } = collector.deps.store
    const rows = await db.selectFrom('stripe_refund').select('program_id').distinct().execute()
    expect(rows).toEqual([{ program_id: other.id }])
  })

  test('a credit note before its invoice waits for it', async () => {
    const { order, payment } = newNames()
    const note = stripeEvent('credit_note.created', creditNote(`cn_${payment}`, order))
    expect(await taken(collector, note)).toBe('parked')
    await taken(collector, stripeEvent('invoice.paid', oldInvoice(order, payment)))
    expect((await saleOf(collector, order)).refunded).toBe(1000)
  })
})
