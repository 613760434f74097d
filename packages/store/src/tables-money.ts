/** Terms, rewards, their review, the ledger and payouts. Amounts are integer minor units of their currency. */
import type { Generated, Selectable } from 'kysely'

export type RewardKind = 'cash' | 'account_credit' | 'coupon'
export type RewardStatus = 'new' | 'on_hold' | 'approved' | 'declined' | 'scheduled' | 'settled'
/** Where money stands: what the program owes is spent, what a partner has is in one of the others. */
export type LedgerAccount = 'expense' | 'new' | 'on_hold' | 'approved' | 'reserved' | 'settled'

/** What a group earns from a date on: append-only versions. */
export interface TermsTable {
  program_id: string
  group_id: string
  version: number
  /** null: from the beginning of time. */
  from_at: string | null
  /** JSON: the terms as they were put. */
  body: string
  /** SHA-256 of the body, hex. */
  hash: string
  actor: string
  created_at: string
}

/**
 * A reward (`reverses` null), or what was added to it later: a reversal after a refund, a correction by an accepted
 * proposal. Every row stands in one account of the ledger by its status; a declined one in none.
 */
export interface RewardTable {
  program_id: string
  id: string
  partner_id: string
  /** `sale:<order>`, `signup:<customer>`, `qualification:<customer>`. */
  trigger_key: string
  customer: string
  order_id: string | null
  /** The reward that this one corrects; null: a reward itself. */
  reverses: string | null
  kind: RewardKind
  currency: string
  /** Negative where money goes back. */
  amount: number
  entry: Generated<'amount' | 'reversal' | 'correction'>
  /** The exact value before rounding, `numerator/denominator`. */
  exact: string
  /** JSON: the orders that it rests on. */
  orders: Generated<string>
  status: RewardStatus
  reason: string | null
  /** What a reviewer last decided, if that stands. */
  review_status: 'on_hold' | 'approved' | 'declined' | null
  review_reason: string | null
  /** JSON: what a reviewed one is worth since a proposal was accepted. */
  agreed: string | null
  /** What was due when a proposal was refused. */
  refused: string | null
  /** 1: approved by itself at `hold_until`. */
  auto_review: Generated<number>
  earned_at: string
  hold_until: string
  /** The accrual month, `YYYY-MM` (RULES M10). */
  month: string
  decided_at: string | null
  /** When the partner may see the decision. */
  published_at: string | null
  /** What the partner sees until the next decision is published. */
  published_status: Generated<RewardStatus>
  payout_id: string | null
  explanation: string
  group_id: string
  terms_version: number
  terms_hash: string
  tier: number | null
  created_at: string
  updated_at: string
}

/** Why a trigger earns nothing. */
export interface NoRewardTable {
  program_id: string
  trigger_key: string
  customer: string
  order_id: string | null
  reason: string
  at: string
}

/** What will be earned if nothing changes. */
export interface ExpectedRewardTable {
  program_id: string
  trigger_key: string
  customer: string
  order_id: string | null
  partner_id: string
  kind: RewardKind
  amount: number
  currency: string
  /** null: nothing can be told. */
  at: string | null
  explanation: string
}

/** Who decided what about a reward, when and why: append-only. */
export interface RewardReviewTable {
  program_id: string
  reward_id: string
  /** Counted from 1. */
  n: number
  at: string
  actor: string
  status: 'new' | 'on_hold' | 'approved' | 'declined'
  /** The amount that was seen. */
  amount: number
  reason: string | null
}

/** The difference between what a reviewed reward posted and what is due (RULES M1). */
export interface ProposalTable {
  program_id: string
  id: string
  reward_id: string
  partner_id: string
  /** JSON: what it would add, `[{amount, currency, kind}]`. */
  changes: string
  status: 'open' | 'accepted' | 'refused' | 'overtaken'
  actor: string | null
  reason: string | null
  created_at: string
  decided_at: string | null
}

export interface LedgerTransactionTable {
  program_id: string
  id: string
  at: string
  kind: string
  actor: string
  reward_id: string | null
  payout_id: string | null
}

export interface LedgerEntryTable {
  program_id: string
  transaction_id: string
  n: number
  account: LedgerAccount
  /** null for the program's own account. */
  partner_id: string | null
  kind: RewardKind
  currency: string
  amount: number
}

/** The sum of a partner's entries in one account, kept in the transaction that posts. */
export interface BalanceTable {
  program_id: string
  partner_id: string
  kind: RewardKind
  currency: string
  account: LedgerAccount
  amount: number
}

/** Rewards that are to be computed by the job, or when somebody reads them. */
export interface StalePartnerTable {
  program_id: string
  partner_id: string
  /** One customer, or `''` for all of the partner's. */
  customer: string
}

export type PayoutStatus = 'ready' | 'submitted' | 'unknown' | 'paid' | 'failed' | 'returned'

export interface PayoutBatchTable {
  program_id: string
  id: string
  method: string
  currency: string
  kind: RewardKind
  status: PayoutStatus
  period: string
  /** The provider's idempotency key: the same batch is never paid twice. */
  provider_key: string
  /** What the provider calls the batch. */
  provider_id: string | null
  actor: string
  created_at: string
  updated_at: string
}

export interface PayoutTable {
  program_id: string
  id: string
  batch_id: string
  partner_id: string
  method: string
  kind: RewardKind
  currency: string
  amount: number
  status: PayoutStatus
  /** JSON: where it goes, as the partner gave it. */
  destination: string
  provider_id: string | null
  reason: string | null
  /** JSON: {amount, currency, rate, source} where it was converted. */
  converted: string | null
  created_at: string
  updated_at: string
}

/** What a referred customer was given: once for ever, append-only. */
export interface OfferGrantTable {
  program_id: string
  customer: string
  /** Who was credited then. */
  partner_id: string
  code: string | null
  /** JSON: the offer of the terms below. */
  offer: string
  group_id: string
  terms_version: number
  terms_hash: string
  /** The signup that is told so in its answer; null: none, it was decided by or after something else. */
  event_trust: 'secret' | 'open' | null
  event_id: string | null
  created_at: string
}

/** A timed job's period that is done: it happens once. */
export interface PeriodRunTable {
  program_id: string
  kind: string
  period: string
  at: string
}

export interface MoneyTables {
  terms: TermsTable
  reward: RewardTable
  no_reward: NoRewardTable
  expected_reward: ExpectedRewardTable
  reward_review: RewardReviewTable
  proposal: ProposalTable
  ledger_transaction: LedgerTransactionTable
  ledger_entry: LedgerEntryTable
  balance: BalanceTable
  stale_partner: StalePartnerTable
  payout_batch: PayoutBatchTable
  payout: PayoutTable
  period_run: PeriodRunTable
  offer_grant: OfferGrantTable
}

export type TermsRow = Selectable<TermsTable>
export type RewardRow = Selectable<RewardTable>
export type NoRewardRow = Selectable<NoRewardTable>
export type ExpectedRewardRow = Selectable<ExpectedRewardTable>
export type RewardReviewRow = Selectable<RewardReviewTable>
export type ProposalRow = Selectable<ProposalTable>
export type OfferGrantRow = Selectable<OfferGrantTable>
export type BalanceRow = Selectable<BalanceTable>
export type StalePartnerRow = Selectable<StalePartnerTable>
export type PayoutBatchRow = Selectable<PayoutBatchTable>
export type PayoutRow = Selectable<PayoutTable>
