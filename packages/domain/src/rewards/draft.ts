import type { Instant } from '../facts.ts'
import type { CustomerFacts, PaidSale } from './due-input.ts'
import type { Fraction } from './money.ts'
import type { GroupTerms } from './terms.ts'

/** A trigger that the terms let earn, before its rank, its amount and the caps are known. */
export interface Draft {
  key: string
  customer: CustomerFacts
  /** The order that it answers for. */
  order: string | null
  /** The orders that it rests on. */
  orders: readonly string[]
  moment: Instant
  /** When it was earned, or is expected to be; `null`: nothing can be told. */
  earnedAt: Instant | null
  isDue: boolean
  terms: GroupTerms
  /** What a share is taken of; none for a signup. */
  sale: PaidSale | null
  /** What part of it refunds take away. */
  refundedShare: Fraction
  /** When refunds took all of it. */
  givenBackAt: Instant | null
  /** Sales of an order that it rests on disagree. */
  conflict: boolean
}
