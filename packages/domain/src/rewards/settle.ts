/** What is to be posted so that a reward stands as its facts and reviews say (RULES M1; docs/rewards-rules.md, section 8). */
import type { DueReward } from './due-answer.ts'
import { type Fraction, multiply, ONE, readFraction, toMinor, ZERO } from './money.ts'
import { refundedShare } from './orders.ts'
import {
  balancesOf,
  claimOf,
  isReviewed,
  type Money,
  moneyOf,
  type PostedReward,
  type Posting,
  sumUp,
  unitOf,
  type Worth,
} from './posted.ts'

/** What was paid and given back of orders, by order. */
export type PaidOrders = ReadonlyMap<
  string,
  { sale: { amountMinor: number }; refundedMinor: number }
>

/** Nothing is due; the reason, where there is a word for it. */
export interface NothingDue {
  reason: string | null
}

export interface Proposal {
  /** What it would add to the balance; two lines where the currency or the kind is another now. */
  changes: readonly Money[]
}

export interface Settlement {
  /** To be saved, the postings taken in; `null`: there never was a reward. */
  reward: PostedReward | null
  /** To be added to the ledger. */
  postings: readonly Posting[]
  /** Open as long as it is not `null`. */
  proposal: Proposal | null
}

/**
 * Compares what stands with what is due. Called again with the reward that it gave, it posts nothing and says the same.
 *
 * @param paid The orders that the posted reward rests on, whoever is credited with them now.
 */
export function settleReward(
  posted: PostedReward | null,
  key: string,
  due: DueReward | NothingDue,
  paid: PaidOrders,
): Settlement {
  const next = followed(posted, key, due)
  if (!next) return { reward: null, postings: [], proposal: null }
  const target = ledgerOf(next, due, paid)
  const postings = sumUp([...target, ...next.ledger.map(negated)], lineOf)
  const reward = { ...next, ledger: sumUp([...next.ledger, ...postings], lineOf) }
  return { reward, postings, proposal: proposalOf(reward, due) }
}

/** The reward with the status and, while nobody has reviewed it, the amount that are due. */
function followed(
  posted: PostedReward | null,
  key: string,
  due: DueReward | NothingDue,
): PostedReward | null {
  if (!posted) {
    if (!isDue(due)) return null
    const { status, reason } = due
    const worth = worthOf(due)
    return { key, status, reason, review: null, worth, agreed: null, refused: null, ledger: [] }
  }
  if (isReviewed(posted) || posted.review?.status === 'declined') return posted
  if (!isDue(due)) return { ...posted, status: 'declined', reason: due.reason }
  const { status, reason } = posted.review?.status === 'on_hold' ? posted.review : due
  return { ...posted, status, reason, worth: worthOf(due) }
}

/** What the ledger must hold for it. */
function ledgerOf(reward: PostedReward, due: DueReward | NothingDue, paid: PaidOrders): Posting[] {
  const { worth, agreed } = reward
  if (reward.status === 'declined') return []
  if (!isReviewed(reward)) {
    const reversed = isDue(due) ? due.reversedMinor : 0
    return [line('amount', worth, worth.amountMinor), line('reversal', worth, -reversed)]
  }
  const stands = agreed ?? worth
  const reversed = toMinor(multiply(readFraction(stands.value), shareOf(reward.key, stands, paid)))
  return [
    line('amount', worth, worth.amountMinor),
    ...(agreed
      ? [
          line('correction', worth, -worth.amountMinor),
          line('correction', agreed, agreed.amountMinor),
        ]
      : []),
    line('reversal', stands, -reversed),
  ]
}

function proposalOf(reward: PostedReward, due: DueReward | NothingDue): Proposal | null {
  if (!isReviewed(reward) || reward.refused === claimOf(worthDue(due))) return null
  const dueNow: Money[] = isDue(due)
    ? [{ ...moneyOf(due), amountMinor: due.amountMinor - due.reversedMinor }]
    : []
  const changes = sumUp([...balancesOf(reward).map(negated), ...dueNow], unitOf)
  return changes.length > 0 ? { changes } : null
}

/** What part refunds take away: of a sale what it gave back, of a qualification all with any of its periods. */
function shareOf(key: string, { orders }: Worth, paid: PaidOrders): Fraction {
  const shares = orders.flatMap((order) => {
    const known = paid.get(order)
    return known ? [refundedShare(known)] : []
  })
  if (key.startsWith('sale:')) return shares[0] ?? ZERO
  return shares.some(({ numerator, denominator }) => numerator === denominator) ? ONE : ZERO
}

/** What is due, as a worth; `null`: nothing. */
export function worthDue(due: DueReward | NothingDue): Worth | null {
  return isDue(due) ? worthOf(due) : null
}

function isDue(due: DueReward | NothingDue): due is DueReward {
  return 'value' in due
}

function worthOf({ amountMinor, value, currency, kind, orders }: Worth): Worth {
  return { amountMinor, value, currency, kind, orders }
}

function line(entry: Posting['entry'], of: Worth, amountMinor: number): Posting {
  return { entry, ...moneyOf({ ...of, amountMinor }) }
}

function negated<Line extends { amountMinor: number }>(given: Line): Line {
  return { ...given, amountMinor: -given.amountMinor }
}

function lineOf(posting: Posting): string {
  return `${posting.entry} ${unitOf(posting)}`
}
