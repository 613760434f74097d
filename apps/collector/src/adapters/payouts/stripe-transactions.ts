/** Customer balance transactions as Stripe tells them, and what its refusals mean for money. */
import type { Stripe } from 'stripe'
import { z } from 'zod'
import { toMinorUnits } from '../stripe/minor-units.ts'
import type { Payment, PaymentReport } from './provider.ts'

/** The name under which a transaction keeps the payout that it pays. */
export const PAYOUT = 'sentby_payout'

const transaction = z.object({
  id: z.string(),
  amount: z.int(),
  currency: z.string(),
  created: z.number(),
  metadata: z.record(z.string(), z.string()).nullish(),
})
export type BalanceTransaction = z.output<typeof transaction>

const list = z.object({ data: z.array(transaction), has_more: z.boolean() })

/** The most that one page holds. */
const PAGE = 100
/** A customer with more transactions than this in the time asked about is no partner's. */
const PAGES = 100

/**
 * Looks for what was credited for a payment.
 *
 * @param sinceMs nothing was credited before.
 * @returns the report that it is paid, or `null`. @throws where it cannot be told for certain.
 */
export async function findCredit(
  stripe: Stripe,
  customer: string,
  payment: Payment,
  sinceMs: number,
): Promise<PaymentReport | null> {
  const found: BalanceTransaction[] = []
  let after: string | undefined
  for (let page = 0; page < PAGES; page++) {
    const asked = { limit: PAGE, ...(after === undefined ? {} : { starting_after: after }) }
    const { data, has_more } = list.parse(
      await stripe.customers.listBalanceTransactions(customer, asked),
    )
    found.push(...data.filter(({ metadata }) => metadata?.[PAYOUT] === payment.id))
    // The newest come first.
    const oldest = data.at(-1)
    if (!has_more || !oldest || oldest.created * 1000 < sinceMs) return paidBy(payment, found)
    after = oldest.id
  }
  throw new RangeError('the customer has too many transactions to be read')
}

/** @throws where the answer is none of Stripe's to this request. */
export function readMade(payment: Payment, answer: unknown): PaymentReport {
  const made = transaction.parse(answer)
  const report = made.metadata?.[PAYOUT] === payment.id ? paidBy(payment, [made]) : null
  if (!report) throw new RangeError('another transaction was answered')
  return report
}

/** Credits are negative at Stripe; several of one payment tell their sum, which is not what was asked for. */
function paidBy({ id }: Payment, found: readonly BalanceTransaction[]): PaymentReport | null {
  const [first] = found
  if (!first) return null
  const credited = -found.reduce((sum, { amount }) => sum + amount, 0)
  return {
    id,
    status: 'paid',
    amount: toMinorUnits(credited, first.currency),
    currency: first.currency.toUpperCase(),
    reference: first.id.slice(0, 100),
    reason: null,
  }
}

/** What an error of a request means. `unknown`: it may have been done. */
export type Meaning = 'refused' | 'later' | 'unknown'

/**
 * Reads an error of Stripe's library. Only what Stripe itself says in its own words is a refusal: a page of a proxy is
 * none, and a clash of idempotency keys says that another request may have done it.
 */
export function meaningOf({ errors }: typeof Stripe, error: unknown): Meaning {
  if (!(error instanceof errors.StripeError)) return 'unknown'
  if (error instanceof errors.StripeRateLimitError) return 'later'
  if (error instanceof errors.StripeAuthenticationError) return 'later'
  if (error instanceof errors.StripePermissionError) return 'later'
  const isOwn = error.rawType === 'invalid_request_error' || error.rawType === 'card_error'
  const isRefused =
    error instanceof errors.StripeInvalidRequestError || error instanceof errors.StripeCardError
  return isOwn && isRefused ? 'refused' : 'unknown'
}

/** Whether nobody of this id exists: there is nothing to find. */
export function isMissing({ errors }: typeof Stripe, error: unknown): boolean {
  return error instanceof errors.StripeInvalidRequestError && error.code === 'resource_missing'
}
