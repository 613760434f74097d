import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call } from '../resources/programs.ts'
import type { TestCollector } from '../test-collector.ts'
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
  stripeEvent,
} from './payloads.ts'
import { creditOf, openStripeCollector, saleOf, taken, waitingRefunds } from './stripe-collector.ts'

let collector: TestCollector
beforeAll(async () => {
  collector = await openStripeCollector('sqlite')
  await call(collector, 'POST', '/v1/partners', { email: 'j@p.test', name: 'Jane', code: 'JANE' })
})
afterAll(() => collector.closeAll())

/** A year of a customer: what was sold, what went back, and what must be left of each order. */
function story(name: string): { events: StripeEvent[]; refunded: Record<string, number> } {
  const customer = `cus_${name}`
  const ties = { customer, metadata: { sentby_code: 'JANE' } }
  const at = (date: number) => ({ created: day(date) })
  return {
    refunded: {
      [`in_${name}a`]: 1900,
      [`in_${name}b`]: 0,
      [`in_${name}c`]: 4900,
      [`pi_${name}d`]: 0,
    },
    events: [
      stripeEvent(
        'checkout.session.completed',
        checkout(`${name}d`, { ...ties, payment_intent: `pi_${name}d` }),
        at(2),
      ),
      // One of today: a refund in parts, the second failed; a credit to the balance.
      stripeEvent('invoice.paid', invoice(`in_${name}a`, { customer }), at(2)),
      stripeEvent('invoice_payment.paid', invoicePayment(`in_${name}a`, `${name}a`), at(2)),
      stripeEvent('refund.created', refund(`re_${name}1`, `${name}a`, 900), at(5)),
      stripeEvent('refund.created', refund(`re_${name}2`, `${name}a`, 700), at(6)),
      stripeEvent(
        'refund.failed',
        refund(`re_${name}2`, `${name}a`, 700, { status: 'failed' }),
        at(6),
      ),
      stripeEvent('credit_note.created', creditNote(`cn_${name}`, `in_${name}a`), at(7)),
      // An older one: disputed, and won.
      stripeEvent('invoice.paid', oldInvoice(`in_${name}b`, `${name}b`, { customer }), at(3)),
      stripeEvent('charge.dispute.created', dispute(`${name}b`, 4900, 'needs_response'), at(8)),
      stripeEvent('charge.dispute.closed', dispute(`${name}b`, 4900, 'won'), at(20)),
      // Another: refunded in part, then disputed, and lost.
      stripeEvent('invoice.paid', oldInvoice(`in_${name}c`, `${name}c`, { customer }), at(4)),
      stripeEvent('refund.created', refund(`re_${name}3`, `${name}c`, 100), at(9)),
      stripeEvent(
        'charge.dispute.funds_withdrawn',
        dispute(`${name}c`, 4900, 'needs_response'),
        at(10),
      ),
      stripeEvent('charge.dispute.closed', dispute(`${name}c`, 4900, 'lost'), at(21)),
    ],
  }
}

test('in any order, with any repetition, the same comes out', async () => {
  const size = story('x').events.length
  const places = Array.from({ length: size }, (_, place) => place)
  const order = fc.shuffledSubarray(places, { minLength: size })
  const repeated = fc.array(fc.integer({ min: 0, max: size - 1 }), { maxLength: 8 })
  let runs = 0
  await fc.assert(
    fc.asyncProperty(order, repeated, async (first, again) => {
      runs++
      const name = `r${runs}`
      const { events, refunded } = story(name)
      for (const place of [...first, ...again]) {
        const event = events[place]
        if (event) await taken(collector, event)
      }
      for (const [id, expected] of Object.entries(refunded)) {
        const sale = await saleOf(collector, id)
        expect([id, sale.refunded, sale.conflict]).toEqual([id, expected, false])
      }
      const { credited, anchor } = await creditOf(collector, `cus_${name}`)
      expect([credited.code, anchor]).toEqual(['JANE', '2026-11-01T12:00:00.000Z'])
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 40) },
  )
  expect(await waitingRefunds(collector)).toBe(0)
})
