/** PayPal's Payouts API as far as it is read (developer.paypal.com/api/payments.payouts-batch/v1), and its amounts. */
import { amountText } from '@sentby/domain'
import { z } from 'zod'
import type { Payment, PaymentReport } from './provider.ts'

const text = z.string().max(4000)
const id = z.string().regex(/^[A-Za-z0-9-]{1,64}$/)

export const tokenShape = z.looseObject({
  access_token: z.string().regex(/^[\x21-\x7e]{1,4000}$/),
  expires_in: z.number().min(0).max(10_000_000),
})

const headerShape = z.looseObject({
  payout_batch_id: id,
  batch_status: text,
  sender_batch_header: z.looseObject({ sender_batch_id: text.optional() }).optional(),
})

export const createdShape = z.looseObject({ batch_header: headerShape })

const itemShape = z.looseObject({
  payout_item_id: text,
  transaction_id: text.optional(),
  transaction_status: text.optional(),
  payout_item: z.looseObject({
    sender_item_id: text.optional(),
    amount: z.looseObject({ value: text, currency: text }),
  }),
  errors: z.looseObject({ name: text.optional() }).optional(),
})
export type PaypalItem = z.output<typeof itemShape>

export const pageShape = z.looseObject({
  batch_header: headerShape,
  total_pages: z.int().min(0).max(1000).optional(),
  items: z.array(itemShape).max(5000).optional(),
})

const detailShape = z.looseObject({ field: text.optional(), issue: text.optional() })
const linkShape = z.looseObject({ href: text.optional() })
export const problemShape = z.looseObject({
  name: text,
  message: text.optional(),
  details: z.array(detailShape).max(15_000).optional().catch([]),
  links: z.array(linkShape).max(100).optional().catch([]),
})
export type PaypalProblem = z.output<typeof problemShape>

/**
 * What the words of items are here. Blocked is `unknown`: PayPal does not say that no money went, nor that none will.
 */
const STATUSES: Readonly<Record<string, PaymentReport['status']>> = {
  SUCCESS: 'paid',
  NEW: 'submitted',
  PENDING: 'submitted',
  PROCESSING: 'submitted',
  UNCLAIMED: 'submitted',
  ONHOLD: 'submitted',
  BLOCKED: 'unknown',
  FAILED: 'failed',
  DENIED: 'failed',
  RETURNED: 'returned',
  REFUNDED: 'returned',
  REVERSED: 'returned',
  CANCELED: 'returned',
}

/** @returns `undefined` for a word that nobody knows yet: it says nothing. */
export function statusOf(word: string | undefined): PaymentReport['status'] | undefined {
  return STATUSES[(word ?? '').toUpperCase()]
}

/** Whether nothing of a batch was paid, whatever its items say. */
export function isDenied(batchStatus: string): boolean {
  return batchStatus === 'DENIED' || batchStatus === 'CANCELED'
}

/** What PayPal pays in (developer.paypal.com/reference/currency-codes). */
const CURRENCIES = new Set(
  'AUD BRL CAD CHF CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD'.split(
    ' ',
  ),
)
/** Whole units only at PayPal; in ISO 4217 the forint and the Taiwan dollar have decimals. */
const WHOLE = new Set(['HUF', 'JPY', 'TWD'])

/** @returns why PayPal cannot pay this, or `null`. */
export function refusalOf({ amount, currency, destination, id }: Payment): string | null {
  if (!CURRENCIES.has(currency)) return `PayPal does not pay in ${currency}`
  if (WHOLE.has(currency) && !/^\d+(\.0+)?$/.test(amountText(amount, currency))) {
    return `PayPal pays ${currency} without decimals, and ${id} has some`
  }
  return destination['email'] ? null : `${id} has no e-mail address`
}

/** An amount as PayPal writes it: `12.50`, `1200` in yen and forint. */
export function amountValue({ amount, currency }: Pick<Payment, 'amount' | 'currency'>): string {
  const value = amountText(amount, currency)
  return WHOLE.has(currency) ? value.replace(/\.0+$/, '') : value
}

/** Whether PayPal says that the key was used before. */
export function isDuplicate({ name, message, details = [] }: PaypalProblem): boolean {
  if (/DUPLICATE/.test(name) && name !== 'DUPLICATE_ITEM') return true
  if (name !== 'USER_BUSINESS_ERROR') return false
  const said = [message ?? '', ...details.map(({ issue }) => issue ?? '')].join(' ')
  return /duplicate|already|sender_batch_id/i.test(said) || details.some(isOfKey)
}

function isOfKey({ field }: { field?: string | undefined }): boolean {
  return /sender_batch_id/i.test(field ?? '')
}

/** The batch that a refused key was used for before, out of the links of the refusal. */
export function linkedBatch({ links = [] }: PaypalProblem): string | null {
  for (const { href } of links) {
    const [, found] =
      /\/v1\/payments\/payouts\/([A-Za-z0-9-]{1,64})(?:[?#]|$)/.exec(href ?? '') ?? []
    if (found !== undefined) return found
  }
  return null
}
