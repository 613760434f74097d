/**
 * The parts of Stripe's objects that are read, in the shapes of API versions before and since 2025-03-31.basil: an
 * endpoint keeps the version it was made with. What money rests on must be there; what is mere addition may be missing
 * or odd.
 */
import { z } from 'zod'

/** The id of an object that Stripe may have expanded in its place. */
const id = z.union([
  z.string().min(1),
  z.object({ id: z.string().min(1) }).transform((it) => it.id),
])
const maybeId = id.optional().catch(undefined)
const maybeText = z.string().optional().catch(undefined)
const amount = z.int()
const maybeAmount = amount.optional().catch(undefined)
const currency = z.string().length(3)
/** Seconds since 1970, up to the year 9999. */
const seconds = z.int().min(0).max(253_402_300_799)
const maybeSeconds = seconds.optional().catch(undefined)
const metadata = z.record(z.string(), z.unknown()).optional().catch(undefined)

function maybe<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object(shape).optional().catch(undefined)
}

function maybeList<Item extends z.ZodType>(item: Item) {
  return z.array(item).optional().catch(undefined)
}

const named = maybe({ id: maybeText, code: maybeText })
const promotionCode = z
  .union([z.string().transform(() => undefined), named])
  .optional()
  .catch(undefined)
const couponId = z.union([id, z.undefined()]).catch(undefined)

const discount = z
  .union([
    z.string().transform(() => undefined),
    z.object({
      promotion_code: promotionCode,
      coupon: couponId,
      source: maybe({ coupon: couponId }),
    }),
  ])
  .optional()
  .catch(undefined)
export type Discount = NonNullable<z.output<typeof discount>>

const taxes = maybeList(z.object({ amount }))

const subscriptionItem = maybe({
  subscription: maybeId,
  proration: z.boolean().optional().catch(undefined),
})

const line = z.object({
  type: maybeText,
  amount: amount.catch(0),
  period: maybe({ start: seconds, end: seconds }),
  proration: z.boolean().optional().catch(undefined),
  subscription: maybeId,
  price: maybe({ id: maybeText, product: maybeId }),
  plan: maybe({ id: maybeText, product: maybeId }),
  pricing: maybe({ price_details: maybe({ price: maybeId, product: maybeId }) }),
  parent: maybe({
    subscription_item_details: subscriptionItem,
    invoice_item_details: subscriptionItem,
  }),
})
export type Line = z.output<typeof line>

export const paymentOf = maybe({ payment_intent: maybeId, charge: maybeId })

export const invoice = z.object({
  id: z.string().min(1),
  customer: maybeId,
  customer_account: maybeId,
  customer_email: maybeText,
  amount_paid: amount,
  total: maybeAmount,
  currency,
  status_transitions: maybe({ paid_at: maybeSeconds }),
  tax: maybeAmount,
  total_taxes: taxes,
  total_tax_amounts: taxes,
  total_discount_amounts: taxes,
  subscription: maybeId,
  subscription_details: maybe({ metadata }),
  parent: maybe({ subscription_details: maybe({ subscription: maybeId, metadata }) }),
  payment_intent: maybeId,
  charge: maybeId,
  payments: maybe({ data: maybeList(z.object({ payment: paymentOf })) }),
  lines: maybe({ data: maybeList(line) }),
  discount,
  discounts: maybeList(discount),
  metadata,
})
export type Invoice = z.output<typeof invoice>

export const invoicePayment = z.object({ invoice: id, currency, payment: paymentOf })

export const session = z.object({
  id: z.string().min(1),
  created: maybeSeconds,
  mode: z.string(),
  payment_status: z.string(),
  customer: maybeId,
  customer_account: maybeId,
  customer_email: maybeText,
  customer_details: maybe({ email: maybeText, name: maybeText }),
  client_reference_id: maybeText,
  amount_total: maybeAmount,
  currency: currency.optional().catch(undefined),
  total_details: maybe({ amount_tax: maybeAmount, amount_discount: maybeAmount }),
  invoice: maybeId,
  invoice_creation: maybe({ enabled: z.boolean() }),
  payment_intent: maybeId,
  discounts: maybeList(discount),
  metadata,
})
export type Session = z.output<typeof session>

export const refund = z.object({
  id: z.string().min(1),
  amount,
  currency,
  charge: maybeId,
  payment_intent: maybeId,
  status: maybeText,
  reason: maybeText,
})
export type Refund = z.output<typeof refund>

export const charge = z.object({
  id: z.string().min(1),
  currency,
  invoice: maybeId,
  payment_intent: maybeId,
  refunds: maybe({ data: maybeList(refund) }),
})
export type Charge = z.output<typeof charge>

export const dispute = z.object({
  id: z.string().min(1),
  amount,
  currency,
  charge: maybeId,
  payment_intent: maybeId,
  reason: maybeText,
  status: z.string(),
})

export const creditNote = z.object({
  id: z.string().min(1),
  invoice: id,
  currency,
  amount: maybeAmount,
  total: amount,
  type: maybeText,
  status: z.string(),
  reason: maybeText,
  post_payment_amount: maybeAmount,
  out_of_band_amount: maybeAmount,
  refunds: maybeList(z.object({ amount_refunded: amount })),
  refund: z
    .union([z.string(), z.object({ amount: maybeAmount })])
    .optional()
    .catch(undefined),
  customer_balance_transaction: z
    .union([z.string(), z.object({ amount: maybeAmount })])
    .optional()
    .catch(undefined),
})
export type CreditNote = z.output<typeof creditNote>

export const customer = z.object({
  id: z.string().min(1),
  email: maybeText,
  name: maybeText,
  metadata,
})

export const subscription = z.object({
  id: z.string().min(1),
  customer: maybeId,
  customer_account: maybeId,
  ended_at: maybeSeconds,
})

/** What every event of Stripe's carries. */
export const envelope = z.object({
  id: z.string().regex(/^[A-Za-z0-9_.-]{1,100}$/),
  type: z.string().min(1),
  created: seconds,
  account: maybeText,
  livemode: z.boolean().optional().catch(undefined),
  data: z.object({
    object: z.record(z.string(), z.unknown()),
    previous_attributes: metadata,
  }),
})
export type StripeEnvelope = z.output<typeof envelope>
