/** A reward as it stands in the books (docs/rewards-rules.md, section 8). */
import type { FractionText } from './money.ts'
import type { RewardKind } from './terms.ts'

export type RewardStatus = 'new' | 'on_hold' | 'approved' | 'declined' | 'scheduled' | 'settled'

/** An amount with what it takes to reverse it. */
export interface Worth {
  amountMinor: number
  /** The amount before it was rounded. */
  value: FractionText
  currency: string
  kind: RewardKind
  /** The orders that it rests on. */
  orders: readonly string[]
}

export interface Posting {
  entry: 'amount' | 'reversal' | 'correction'
  /** Signed as the partner's balance sees it: a reversal is negative, one that is undone positive. */
  amountMinor: number
  currency: string
  kind: RewardKind
}

export interface PostedReward {
  key: string
  status: RewardStatus
  reason: string | null
  /** What a reviewer last decided, if that stands. */
  review: { status: 'on_hold' | 'approved' | 'declined'; reason: string | null } | null
  /** What it shows: it follows what is due until it is reviewed, and then stays. */
  worth: Worth
  /** A reviewed one: what it is worth since a proposal was accepted. */
  agreed: Worth | null
  /** Of a refused proposal: what was due, as {@link claimOf} names it. */
  refused: string | null
  /** The sums of its postings, by entry, currency and kind; none is 0. */
  ledger: readonly Posting[]
}

export interface Money {
  amountMinor: number
  currency: string
  kind: RewardKind
}

/** What amounts are summed up by: currencies and kinds never mix (RULES M13). */
export function unitOf({ currency, kind }: Omit<Money, 'amountMinor'>): string {
  return `${currency} ${kind}`
}

/** Approved, scheduled or settled: it doesn't follow what is due any more. */
export function isReviewed({ status }: PostedReward): boolean {
  return status === 'approved' || status === 'scheduled' || status === 'settled'
}

export function moneyOf({ amountMinor, currency, kind }: Money): Money {
  return { amountMinor, currency, kind }
}

/** What is posted, net of reversals, by currency and kind; none is 0. */
export function balancesOf({ ledger }: PostedReward): Money[] {
  return sumUp(ledger, unitOf).map(moneyOf)
}

/** Whether it keeps its trigger from other partners: reviewed, and not fully reversed (RULES M3). */
export function takesTrigger(posted: PostedReward): boolean {
  return isReviewed(posted) && balancesOf(posted).length > 0
}

/** What is due, in one word that changes with it and not with its refunds; `nothing` where nothing is. */
export function claimOf(due: Worth | null): string {
  if (!due) return 'nothing'
  return `${due.value.numerator}/${due.value.denominator} ${unitOf(due)}`
}

/** The sum of each group, in the order of their first; zero sums are left out. */
export function sumUp<Line extends { amountMinor: number }>(
  lines: readonly Line[],
  groupOf: (line: Line) => string,
): Line[] {
  const sums = new Map<string, Line>()
  for (const line of lines) {
    const known = sums.get(groupOf(line))
    const amountMinor = (known?.amountMinor ?? 0) + line.amountMinor
    sums.set(groupOf(line), { ...(known ?? line), amountMinor })
  }
  return [...sums.values()].filter(({ amountMinor }) => amountMinor !== 0)
}
