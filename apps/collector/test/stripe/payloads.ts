/** Events of Stripe's as tests need them, typed by its library where it knows the shape. */
import type { Stripe } from 'stripe'

/** Part of an object of the library's, at any depth. */
export type Part<T> = T extends readonly (infer Item)[]
  ? Part<Item>[]
  : T extends object
    ? { [Key in keyof T]?: Part<T[Key]> }
    : T

/** Noon of a day in November 2026, seconds since 1970. */
export function day(date: number, seconds = 0): number {
  return Date.parse(`2026-11-${String(date).padStart(2, '0')}T12:00:00.000Z`) / 1000 + seconds
}

export interface StripeEvent {
  id: string
  object: 'event'
  type: string
  created: number
  livemode: boolean
  account?: string
  data: { object: object; previous_attributes?: object }
}

let named = 0

/** An invoice and its payment that no other test has. */
export function newNames(): { order: string; payment: string } {
  named++
  return { order: `in_m${named}`, payment: `m${named}` }
}

let made = 0

/** An event with an id of its own; `more` replaces fields. */
export function stripeEvent(
  type: Stripe.Event['type'] | (string & {}),
  object: object,
  more: Partial<StripeEvent> & { previous?: object } = {},
): StripeEvent {
  made++
  const { previous, ...fields } = more
  return {
    id: `evt_${String(made).padStart(6, '0')}`,
    object: 'event',
    type,
    created: day(2),
    livemode: false,
    ...fields,
    data: { object, ...(previous === undefined ? {} : { previous_attributes: previous }) },
  }
}

/** A paid invoice in today's shape: 49.00 EUR with 7.82 of tax for a month, 10.00 off. */
export function invoice(order: string, more: Part<Stripe.Invoice> = {}): Part<Stripe.Invoice> {
  return {
    id: order,
    object: 'invoice',
    customer: 'cus_9',
    customer_account: null,
    customer_email: 'joe@example.com',
    amount_paid: 4900,
    total: 4900,
    currency: 'eur',
    status: 'paid',
    status_transitions: { paid_at: day(2) },
    total_taxes: [{ amount: 782, type: 'tax_rate_details' }],
    total_discount_amounts: [{ amount: 1000, discount: 'di_1' }],
    discounts: ['di_1'],
    metadata: {},
    parent: {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: { metadata: {}, subscription: 'sub_1' },
    },
    lines: {
      object: 'list',
      data: [
        {
          id: 'il_1',
          amount: 4900,
          period: { start: day(1), end: day(30) },
          pricing: {
            type: 'price_details',
            price_details: { price: 'price_1', product: 'prod_1' },
          },
          parent: {
            type: 'subscription_item_details',
            invoice_item_details: null,
            subscription_item_details: {
              proration: false,
              subscription: 'sub_1',
              subscription_item: 'si_1',
            },
          },
        },
      ],
    },
    ...more,
  }
}

/** The same invoice as versions before 2025-03-31.basil wrote it. */
export function oldInvoice(order: string, payment: string, more: object = {}): object {
  return {
    id: order,
    object: 'invoice',
    customer: 'cus_9',
    customer_email: 'joe@example.com',
    amount_paid: 4900,
    total: 4900,
    currency: 'eur',
    paid: true,
    charge: `ch_${payment}`,
    payment_intent: `pi_${payment}`,
    subscription: 'sub_1',
    subscription_details: { metadata: {} },
    status_transitions: { paid_at: day(2) },
    tax: 782,
    total_tax_amounts: [{ amount: 782, inclusive: true }],
    total_discount_amounts: [{ amount: 1000, discount: 'di_1' }],
    discount: null,
    discounts: [],
    metadata: {},
    lines: {
      object: 'list',
      data: [
        {
          id: 'il_1',
          type: 'subscription',
          amount: 4900,
          proration: false,
          subscription: 'sub_1',
          period: { start: day(1), end: day(30) },
          price: { id: 'price_1', product: 'prod_1' },
          plan: { id: 'price_1', product: 'prod_1' },
        },
      ],
    },
    ...more,
  }
}

/** Which payment paid an invoice, as versions since 2025-03-31.basil tell it. */
export function invoicePayment(order: string, payment: string): Part<Stripe.InvoicePayment> {
  return {
    id: `inpay_${payment}`,
    object: 'invoice_payment',
    amount_paid: 4900,
    currency: 'eur',
    invoice: order,
    status: 'paid',
    payment: { type: 'payment_intent', payment_intent: `pi_${payment}` },
  }
}

export function refund(
  id: string,
  payment: string,
  amount: number,
  more: Part<Stripe.Refund> = {},
): Part<Stripe.Refund> {
  return {
    id,
    object: 'refund',
    amount,
    currency: 'eur',
    charge: `ch_${payment}`,
    payment_intent: `pi_${payment}`,
    reason: 'requested_by_customer',
    status: 'succeeded',
    metadata: {},
    ...more,
  }
}

export function dispute(
  payment: string,
  amount: number,
  status: Stripe.Dispute.Status,
  more: Part<Stripe.Dispute> = {},
): Part<Stripe.Dispute> {
  return {
    id: `dp_${payment}`,
    object: 'dispute',
    amount,
    currency: 'eur',
    charge: `ch_${payment}`,
    payment_intent: `pi_${payment}`,
    reason: 'fraudulent',
    status,
    ...more,
  }
}

export function creditNote(
  id: string,
  order: string,
  more: Part<Stripe.CreditNote> = {},
): Part<Stripe.CreditNote> {
  return {
    id,
    object: 'credit_note',
    invoice: order,
    currency: 'eur',
    amount: 1000,
    total: 1000,
    type: 'post_payment',
    status: 'issued',
    reason: 'product_unsatisfactory',
    pre_payment_amount: 0,
    post_payment_amount: 1000,
    out_of_band_amount: null,
    refunds: [],
    ...more,
  }
}

/** A checkout of one payment without an invoice. */
export function checkout(
  id: string,
  more: Part<Stripe.Checkout.Session> = {},
): Part<Stripe.Checkout.Session> {
  return {
    id,
    object: 'checkout.session',
    created: day(1),
    mode: 'payment',
    payment_status: 'paid',
    customer: 'cus_9',
    customer_account: null,
    customer_email: null,
    customer_details: { email: 'joe@example.com', name: 'Joe' },
    client_reference_id: null,
    amount_total: 2000,
    currency: 'eur',
    total_details: { amount_discount: 500, amount_shipping: 0, amount_tax: 319 },
    invoice: null,
    invoice_creation: { enabled: false },
    payment_intent: `pi_${id}`,
    subscription: null,
    discounts: [],
    metadata: {},
    ...more,
  }
}
