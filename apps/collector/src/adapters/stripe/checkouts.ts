/** Checkouts: where a visitor becomes a customer. */
import { toMinorUnits } from './minor-units.ts'
import { type NewEvent, type Parts, type Scene, timeOf, toTime } from './reading.ts'
import type { Session } from './shapes.ts'
import { readCoupon, readEmail, readName, readTies } from './ties.ts'

/**
 * `checkout.session.completed` and `.async_payment_succeeded`: a signup with its ties, and a sale where it was paid and
 * no invoice will tell. A guest is known by the payment, else by the session. A session that only keeps a card is no
 * conversion.
 */
export function readCheckout(scene: Scene, session: Session): Parts {
  const { payment_intent: payment, invoice, metadata } = session
  const customer = session.customer ?? session.customer_account ?? payment ?? session.id
  const { visitor, code } = readTies(scene, [metadata], session.client_reference_id)
  const known: NewEvent = {
    type: 'identify',
    // The first invoice is paid before the session is completed: a code told here must not come after it (RULES E3).
    at: session.created === undefined ? timeOf(scene) : toTime(session.created),
    customer,
    ...(visitor === undefined ? {} : { visitor }),
    ...readEmail(session.customer_details?.email ?? session.customer_email),
    ...readName(session.customer_details?.name),
  }
  if (session.mode === 'setup') return { events: [known] }
  const signup: NewEvent = {
    ...known,
    type: 'signup',
    ...(code === undefined ? {} : { code }),
    ...readCoupon(scene, session.discounts ?? []),
  }
  const currency = session.currency?.toUpperCase()
  if (currency === undefined) return { events: [signup] }
  if (invoice !== undefined) {
    return {
      events: [signup],
      paid: [payment === undefined ? undefined : { payment, order: invoice, currency }],
    }
  }
  // The invoice of a single payment is made after it, and its own event tells the sale.
  if (session.mode !== 'payment' || session.invoice_creation?.enabled) return { events: [signup] }
  const order = payment ?? session.id
  return {
    events: [
      signup,
      session.payment_status === 'paid' ? saleOf(scene, session, customer) : undefined,
    ],
    paid: [payment === undefined ? undefined : { payment, order, currency }],
  }
}

function saleOf(scene: Scene, session: Session, customer: string): NewEvent | undefined {
  const { amount_total: total, currency, total_details: details } = session
  if (total === undefined || currency === undefined || total < 0) return undefined
  const amount = (value: number) => toMinorUnits(value, currency)
  const { amount_tax: tax = 0, amount_discount: discount = 0 } = details ?? {}
  return {
    type: 'sale',
    at: timeOf(scene),
    customer,
    order: session.payment_intent ?? session.id,
    amount: amount(total),
    currency: currency.toUpperCase(),
    ...(tax > 0 ? { tax: amount(tax) } : {}),
    ...(discount > 0 ? { discount: amount(discount) } : {}),
  }
}
