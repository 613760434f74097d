/** Paid invoices are sales; what paid them is remembered, for refunds name the payment only. */

import type { z } from 'zod'
import { share, toMinorUnits } from './minor-units.ts'
import { type PaidOrder, type Parts, type Scene, timeOf, toTime } from './reading.ts'
import type { Invoice, invoicePayment, Line, paymentOf } from './shapes.ts'
import { readCoupon, readEmail, readTies } from './ties.ts'

/** `invoice.paid`. */
export function readPaidInvoice(scene: Scene, invoice: Invoice): Parts {
  const { id: order, amount_paid: paid } = invoice
  const currency = invoice.currency.toUpperCase()
  const details = invoice.parent?.subscription_details
  const line = mainLine(invoice.lines?.data ?? [])
  const paidAt = invoice.status_transitions?.paid_at
  const subscription = details?.subscription ?? invoice.subscription ?? subscriptionOf(line)
  const metadata = [invoice.metadata, details?.metadata, invoice.subscription_details?.metadata]
  const amount = (value: number) => toMinorUnits(Math.max(0, value), currency)
  return {
    events: [
      {
        type: 'sale',
        at: paidAt === undefined ? timeOf(scene) : toTime(paidAt),
        customer: invoice.customer ?? invoice.customer_account ?? order,
        order,
        amount: amount(paid),
        currency,
        ...taxIn(invoice, amount),
        ...discountOf(invoice, amount),
        ...boughtWith(line),
        ...(subscription === undefined ? {} : { subscription }),
        ...readEmail(invoice.customer_email),
        ...readTies(scene, metadata),
        ...readCoupon(scene, [invoice.discount, ...(invoice.discounts ?? [])]),
      },
    ],
    paid: [invoice, ...(invoice.payments?.data ?? []).map(({ payment }) => payment)].flatMap(
      (payment) => paidWith(payment, order, currency),
    ),
  }
}

/** `invoice_payment.paid`: how API versions since 2025-03-31.basil tell which payment paid an invoice. */
export function readInvoicePayment(payment: z.output<typeof invoicePayment>): Parts {
  return { paid: paidWith(payment.payment, payment.invoice, payment.currency.toUpperCase()) }
}

function paidWith(
  payment: z.output<typeof paymentOf>,
  order: string,
  currency: string,
): PaidOrder[] {
  return [payment?.payment_intent, payment?.charge].flatMap((paid) =>
    paid === undefined ? [] : [{ payment: paid, order, currency }],
  )
}

/**
 * The line that says what was bought and for how long: of a subscription rather than an extra, no proration where there
 * is another, the dearest.
 */
function mainLine(lines: readonly Line[]): Line | undefined {
  const rank = (line: Line) => (isPeriodic(line) ? 2 : isOfSubscription(line) ? 1 : 0)
  return lines.reduce<Line | undefined>((best, line) => {
    if (best === undefined || rank(line) > rank(best)) return line
    return rank(line) === rank(best) && line.amount > best.amount ? line : best
  }, undefined)
}

function isOfSubscription(line: Line): boolean {
  return line.type === 'subscription' || line.parent?.subscription_item_details !== undefined
}

/** A proration changes what a period costs; it is no period of its own (RULES M11 counts paid periods). */
function isPeriodic(line: Line): boolean {
  const isProration = line.proration ?? line.parent?.subscription_item_details?.proration ?? false
  return isOfSubscription(line) && !isProration
}

function subscriptionOf(line: Line | undefined): string | undefined {
  const parent = line?.parent
  return (
    line?.subscription ??
    parent?.subscription_item_details?.subscription ??
    parent?.invoice_item_details?.subscription
  )
}

function boughtWith(line: Line | undefined) {
  if (!line) return {}
  const priced = line.pricing?.price_details
  const product = priced?.product ?? line.price?.product ?? line.plan?.product
  const plan = priced?.price ?? line.price?.id ?? line.plan?.id
  const { start, end } = line.period ?? { start: 0, end: 0 }
  return {
    ...(product === undefined ? {} : { product }),
    ...(plan === undefined ? {} : { plan }),
    ...(isPeriodic(line) && end > start
      ? { period: { start: toTime(start), end: toTime(end) } }
      : {}),
  }
}

/** The tax inside what was paid: of an invoice that a balance paid in part, the same part of its tax. */
function taxIn(invoice: Invoice, amount: (value: number) => number): { tax?: number } {
  const { amount_paid: paid, total } = invoice
  const tax = sumOf(invoice.total_taxes) ?? sumOf(invoice.total_tax_amounts) ?? invoice.tax
  if (tax === undefined || tax < 0) return {}
  if (total === undefined || total <= paid || paid < 0) return { tax: amount(tax) }
  return { tax: amount(share(tax, paid, total)) }
}

function discountOf(invoice: Invoice, amount: (value: number) => number): { discount?: number } {
  const discount = sumOf(invoice.total_discount_amounts)
  return discount === undefined || discount <= 0 ? {} : { discount: amount(discount) }
}

function sumOf(amounts: readonly { amount: number }[] | undefined): number | undefined {
  return amounts?.reduce((sum, { amount }) => sum + amount, 0)
}
