/** What `due` is made from (docs/rewards-rules.md, section 1). */
import type { StatusChange } from '../configuration.ts'
import type { Provisional } from '../decision.ts'
import type { Instant } from '../facts.ts'
import type { SaleRecord, SaleSummary } from '../sales.ts'
import type { RewardKind, TermsVersion } from './terms.ts'

/** A stored `sale`, as far as money reads it. */
export interface PaidSale extends SaleRecord {
  order: string
  taxMinor?: number | undefined
  feeMinor?: number | undefined
  product?: string | undefined
  plan?: string | undefined
  subscription?: string | undefined
  period?: { start: Instant; end: Instant } | undefined
}

/** One order: the sale that stands, and what was given back of it. */
export type Order = SaleSummary<PaidSale>

export interface CancelRecord {
  at: Instant
  /** Absent: all subscriptions of the customer. */
  subscription?: string | undefined
}

export interface CustomerFacts {
  customer: string
  /** The orders whose standing sale names this customer; each once, in any order. */
  orders: readonly Order[]
  cancels: readonly CancelRecord[]
  /** The earliest trusted one; where there is none the earliest open one; by (time, id). */
  signup: { at: Instant; trusted: boolean } | null
  /** An imported customer's first payment, where the former system knows one. */
  importedFirstPaymentAt?: Instant | undefined
  /** Why its credit is provisional (RULES A4). */
  provisional: Provisional | null
}

export interface PartnerFacts {
  partner: string
  /** In the order they were put. */
  statuses: readonly StatusChange[]
  /** In the order they were put. */
  groups: readonly { from: Instant | null; group: string }[]
}

export interface ProgramFacts {
  /** IANA name. */
  zone: string
  /** What happened before it is paid by the former system. */
  cutover: Instant | null
  /** By group, in the order they were put. */
  terms: ReadonlyMap<string, readonly TermsVersion[]>
}

/** What reviewers decided about one reward of this partner. */
export interface RewardReviews {
  /** Those that were not stale, in order. */
  history: readonly { at: Instant; status: 'new' | 'on_hold' | 'approved' | 'declined' }[]
  /** While it is approved, scheduled or settled: the amount it was reviewed with. */
  reviewed: { amountMinor: number; currency: string; kind: RewardKind } | null
}

interface Asked {
  /** What is earned after it is expected, not due. */
  asOf: Instant
  program: ProgramFacts
  /** By trigger key. */
  reviews: ReadonlyMap<string, RewardReviews>
  /** Keys of triggers that hold a reviewed reward of another partner, not fully reversed (RULES M3). */
  taken: ReadonlySet<string>
}

export interface DueInput extends Asked {
  partner: PartnerFacts
  /** All that are credited to the partner now, in any order. */
  customers: readonly CustomerFacts[]
}

export interface CustomerDueInput extends Asked {
  /** The credited partner, or why there is none. */
  credited: PartnerFacts | 'no_credit' | 'self_referral'
  customer: CustomerFacts
}
