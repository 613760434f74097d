/** What a vendor decides about rewards and proposals (RULES M1, M4; docs/rewards-rules.md, section 8). */
import type { DueReward } from './due-answer.ts'
import { claimOf, isReviewed, type Money, type PostedReward, unitOf } from './posted.ts'
import { type NothingDue, type Proposal, worthDue } from './settle.ts'

export interface Review {
  /** `new` lifts a hold, or takes a declining back. */
  status: 'new' | 'on_hold' | 'approved' | 'declined'
  /** The amount that the reviewer saw. */
  amountMinor: number
  reason: string | null
}

/** `stale`: the amount is another by now. `not_open`: what stands can't be decided so. */
export type ReviewOutcome =
  | { outcome: 'done'; reward: PostedReward }
  | { outcome: 'stale' | 'not_open' }

/**
 * Takes one review. The reward must be settled just before, and settled again after it; the same review again changes
 * nothing. Only `new` takes back a declining; a reviewed reward and one that nothing is due for are `not_open`.
 */
export function reviewReward(reward: PostedReward, review: Review): ReviewOutcome {
  const { status, amountMinor, reason } = review
  if (amountMinor !== reward.worth.amountMinor) return { outcome: 'stale' }
  const decided = reward.review?.status
  if (status === decided && (status !== 'on_hold' || reward.reason === reason)) {
    return { outcome: 'done', reward }
  }
  const isDeclined = decided === 'declined'
  if (isReviewed(reward) || (isDeclined && status !== 'new')) return { outcome: 'not_open' }
  // Nobody declined it: nothing is due.
  if (reward.status === 'declined' && !isDeclined && status !== 'declined') {
    return { outcome: 'not_open' }
  }
  if (status === 'new') return { outcome: 'done', reward: { ...reward, review: null } }
  return { outcome: 'done', reward: { ...reward, status, reason, review: { status, reason } } }
}

/**
 * Accepts or refuses the open proposal. The reward is settled again after it.
 *
 * @param seen The changes that the reviewer saw; others by now, or no open proposal at all: `stale`.
 */
export function decideProposal(
  reward: PostedReward,
  due: DueReward | NothingDue,
  open: Proposal | null,
  { decision, seen }: { decision: 'accepted' | 'refused'; seen: readonly Money[] },
): ReviewOutcome {
  if (!open || !isSame(open.changes, seen)) return { outcome: 'stale' }
  const worth = worthDue(due)
  if (decision === 'refused') {
    return { outcome: 'done', reward: { ...reward, refused: claimOf(worth) } }
  }
  const nothing = { amountMinor: 0, value: { numerator: '0', denominator: '1' }, orders: [] }
  const { currency, kind } = reward.agreed ?? reward.worth
  const agreed = worth ?? { ...nothing, currency, kind }
  return { outcome: 'done', reward: { ...reward, agreed, refused: null } }
}

function isSame(changes: readonly Money[], seen: readonly Money[]): boolean {
  const line = (change: Money) => `${unitOf(change)} ${change.amountMinor}`
  return changes.map(line).sort().join() === seen.map(line).sort().join()
}
