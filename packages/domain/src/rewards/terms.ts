/** What a group's partners earn, as the vendor puts it (CONTRACT §4.4). */
import type { Instant } from '../facts.ts'

export type RewardKind = 'cash' | 'account_credit' | 'coupon'

/** A part of the base (3000 = 30 %), or a fixed amount in minor units. */
export type Rate = { basisPoints: number } | { amount: number; currency: string }

/** What holds from the rank `from` on, until the next tier; an amount is in the terms' `currency`. */
export type Tier = { from: number } & ({ amount: number } | { basisPoints: number })

/** What of a sale a share is taken of: all that was paid, less tax, or less tax and fee (RULES M6). */
export type Base = 'gross' | 'net_of_tax' | 'net'

export type Duration = 'once' | 'life' | { months: number }

export interface ProductTerms {
  rate: Rate
  /** Absent: that of the terms. */
  base?: Base | undefined
}

/** Minor units, each currency and kind of reward counted for itself (RULES M9). */
export interface Caps {
  perCustomer?: number | undefined
  /** In one calendar month of the program's zone. */
  perPeriod?: number | undefined
  perProgram?: number | undefined
}

/** Counted from 1, and in calendar days. */
export interface QualificationRule {
  paidPeriods: number
  days: number
}

/** Off the first `periods` bills of a referred customer: a share of each, or a fixed amount. */
export type Offer = { periods: number } & (
  | { basisPoints: number }
  | { amount: number; currency: string }
)

interface CommonTerms {
  /** Absent where `tiers` or `products` say everything. */
  rate?: Rate | undefined
  /** Ascending by `from`; they go before `rate`. */
  tiers?: readonly Tier[] | undefined
  /** The currency of the tiers' amounts; absent: that of the sale. */
  currency?: string | undefined
  /** By a sale's product, else by its plan; they go before everything else. */
  products?: Readonly<Record<string, ProductTerms>> | undefined
  /** Absent: `gross`. */
  base?: Base | undefined
  /** Absent: `life`. */
  duration?: Duration | undefined
  /** Absent: `cash`. */
  kind?: RewardKind | undefined
  /** Days of 24 hours; absent: 0. */
  holdDays?: number | undefined
  /** Absent: `manual`. */
  review?: 'manual' | 'auto' | undefined
  caps?: Caps | undefined
  /** Absent: `ends` (RULES M12). */
  afterCancel?: 'ends' | 'resumes' | undefined
  minimumPayout?: { amount: number; currency: string } | undefined
  /** What the referred customer gets; told to the billing, no reward. */
  offer?: Offer | undefined
}

export type Terms = CommonTerms &
  (
    | { trigger: 'qualification'; qualification: QualificationRule }
    | { trigger: 'signup' | 'first_sale' | 'every_sale'; qualification?: undefined }
  )

export interface TermsVersion {
  version: number
  /** Of the version's text, as whoever stored it made it. */
  hash: string
  /** In force from here on; `null`: from the beginning of time. */
  from: Instant | null
  terms: Terms
}

/** The terms that a reward is made by. */
export interface GroupTerms extends TermsVersion {
  group: string
}
