/** What `due` says (docs/rewards-rules.md). */
import type { Provisional } from '../decision.ts'
import type { Instant } from '../facts.ts'
import type { FractionText } from './money.ts'
import type { RewardKind } from './terms.ts'

/** Why a trigger earns nothing (docs/rewards-rules.md, section 2). */
export type NoRewardReason =
  | 'payable_elsewhere'
  | 'zero_amount'
  | 'no_credit'
  | 'self_referral'
  | 'partner_inactive'
  | 'no_terms'
  | 'unverified'
  | 'term_ended'
  | 'cancelled_before_qualification'
  | 'capped'

/** Why a due reward waits (docs/rewards-rules.md, section 7). */
export type HoldReason = 'order_conflict' | 'already_credited' | Provisional

interface Trigger {
  /** `sale:<order>`, `signup:<customer>` or `qualification:<customer>`. */
  key: string
  customer: string
  /** The order that this answers for: a sale's own, a qualification's first payment; none for a signup. */
  order: string | null
}

interface Earning extends Trigger {
  /** The orders that it rests on: the sale's own, the periods that a qualification used. */
  orders: readonly string[]
  /** The moment whose terms hold. */
  moment: Instant
  /** After caps, rounded once; it never shows refunds. */
  amountMinor: number
  /** The amount before it was rounded. */
  value: FractionText
  currency: string
  kind: RewardKind
  terms: { group: string; version: number; hash: string }
  /** Where the terms have tiers: the number of this referral, from 1. */
  rank: number | null
  /** The `from` of the tier that the rank reached. */
  tier: number | null
  /** How it comes about, in words. */
  explanation: string
}

export interface DueReward extends Earning {
  earnedAt: Instant
  /** `2026-03`, in the program's zone (RULES M10). */
  accrualMonth: string
  /** Nothing is approved by itself before. */
  holdUntil: Instant
  review: 'manual' | 'auto'
  /** Minor units that refunds took away, from 0 to the amount. */
  reversedMinor: number
  status: 'new' | 'on_hold'
  reason: HoldReason | null
}

/** A reward to come, before caps. */
export interface ExpectedReward extends Earning {
  /** `null`: nothing can be told. */
  expectedAt: Instant | null
}

export interface NoReward extends Trigger {
  moment: Instant
  reason: NoRewardReason
}

/** Each list by (time, moment, key), what has no time last. */
export interface Due {
  rewards: readonly DueReward[]
  expected: readonly ExpectedReward[]
  noRewards: readonly NoReward[]
}
