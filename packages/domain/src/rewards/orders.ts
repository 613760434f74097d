/** In which order sales count, and what refunds took away of them. */
import type { Instant } from '../facts.ts'
import { compareBytes, compareInstants } from './compare.ts'
import type { CustomerFacts, Order } from './due-input.ts'
import { type Fraction, fraction, ZERO } from './money.ts'

/** By (time, order as bytes). */
export function inOrderOfSale({ sale: a }: Order, { sale: b }: Order): number {
  return compareInstants(a.at, b.at) || compareBytes(a.order, b.order)
}

export interface FirstPayment {
  at: Instant
  /** `null`: it was paid to the former system. */
  order: string | null
}

/** A customer's first sale with an amount above 0, or the earlier payment that its import brought (RULES M6). */
export function firstPaymentOf(customer: CustomerFacts): FirstPayment | null {
  const [first] = customer.orders.filter(({ sale }) => sale.amountMinor > 0).sort(inOrderOfSale)
  const importedAt = customer.importedFirstPaymentAt
  if (importedAt !== undefined && (!first || importedAt < first.sale.at)) {
    return { at: importedAt, order: null }
  }
  return first ? { at: first.sale.at, order: first.sale.order } : null
}

/** What part of the amount paid was given back, from 0 to 1. */
export function refundedShare({
  sale,
  refundedMinor,
}: {
  sale: { amountMinor: number }
  refundedMinor: number
}): Fraction {
  if (sale.amountMinor <= 0) return ZERO
  return fraction(Math.min(refundedMinor, sale.amountMinor), sale.amountMinor)
}

/** When refunds that stand, in the order of (time, id), reached the full amount; `null`: they have not. */
export function givenBackAt({ sale, refunds }: Order): Instant | null {
  const standing = refunds
    .filter(({ status }) => status === 'made')
    .sort((a, b) => compareInstants(a.at, b.at) || compareBytes(a.refund, b.refund))
  let left = sale.amountMinor
  for (const { at, amountMinor } of standing) {
    left -= amountMinor ?? sale.amountMinor
    if (left <= 0) return at
  }
  return null
}
