/** From an event of Stripe's to events of ours; pure. */
import type { z } from 'zod'
import { readCheckout } from './checkouts.ts'
import { readCustomer, readEnded } from './customers.ts'
import { readInvoicePayment, readPaidInvoice } from './invoices.ts'
import { readCharge, readCreditNote, readDispute, readRefund } from './money-back.ts'
import { type Parts, type Reading, type Scene, toReading } from './reading.ts'
import * as shapes from './shapes.ts'

/** The object of an event does not have the shape that its type promises. */
export class UnreadableObject extends Error {
  override readonly name = 'UnreadableObject'
  readonly issues: z.core.$ZodIssue[]

  constructor(issues: z.core.$ZodIssue[]) {
    super('the object is not as its type promises')
    this.issues = issues
  }
}

type Reader = (scene: Scene) => Parts

function reader<Shape extends z.ZodType>(
  shape: Shape,
  read: (scene: Scene, object: z.output<Shape>) => Parts,
): Reader {
  return (scene) => {
    const parsed = shape.safeParse(withoutNulls(scene.event.data.object))
    if (!parsed.success) throw new UnreadableObject(parsed.error.issues)
    return read(scene, parsed.data)
  }
}

/** Stripe writes null for what is not there; older versions leave it away. */
function withoutNulls(object: Record<string, unknown>): unknown {
  return JSON.parse(JSON.stringify(object), (_, value) => (value === null ? undefined : value))
}

const checkout = reader(shapes.session, readCheckout)
const refund = reader(shapes.refund, readRefund)
const charge = reader(shapes.charge, readCharge)
const dispute = reader(shapes.dispute, readDispute)
const creditNote = reader(shapes.creditNote, readCreditNote)
const customer = reader(shapes.customer, readCustomer)

const READERS: ReadonlyMap<string, Reader> = new Map([
  ['checkout.session.completed', checkout],
  ['checkout.session.async_payment_succeeded', checkout],
  ['invoice.paid', reader(shapes.invoice, readPaidInvoice)],
  ['invoice_payment.paid', reader(shapes.invoicePayment, (_, paid) => readInvoicePayment(paid))],
  ['refund.created', refund],
  ['refund.updated', refund],
  ['refund.failed', refund],
  ['charge.refund.updated', refund],
  ['charge.refunded', charge],
  ['charge.succeeded', charge],
  ['charge.captured', charge],
  ['charge.updated', charge],
  ['charge.dispute.created', dispute],
  ['charge.dispute.funds_withdrawn', dispute],
  ['charge.dispute.funds_reinstated', dispute],
  ['charge.dispute.closed', dispute],
  ['credit_note.created', creditNote],
  ['credit_note.updated', creditNote],
  ['credit_note.voided', creditNote],
  ['customer.created', customer],
  ['customer.updated', customer],
  ['customer.subscription.deleted', reader(shapes.subscription, readEnded)],
])

/** The types to tick in Stripe; the others that are read say nothing more to endpoints made today. */
export const STRIPE_EVENTS = [
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'invoice.paid',
  'invoice_payment.paid',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.refunded',
  'charge.dispute.created',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
  'charge.dispute.closed',
  'credit_note.created',
  'credit_note.updated',
  'credit_note.voided',
  'customer.created',
  'customer.updated',
  'customer.subscription.deleted',
] as const

/**
 * Reads an event: facts with ids `stripe:<event>` and on, money that went back by a payment, and which payment paid
 * which order. The same event gives the same reading.
 *
 * @returns `undefined` for a type that says nothing to us.
 * @throws UnreadableObject when what money rests on is missing.
 */
export function readStripeEvent(scene: Scene): Reading | undefined {
  const read = READERS.get(scene.event.type)
  return read && toReading(scene, read(scene))
}
