/** The ledger's side of payouts: rewards that go from one account of their partner to another. */
import {
  type LedgerAccount,
  type LedgerTransaction,
  newId,
  type PayoutRow,
  type RewardRow,
} from '@sentby/store'

/** One step of payouts. */
export interface Move {
  /** As the ledger names it; `payout` reserves. */
  kind: 'payout' | 'payout_paid' | 'payout_failed' | 'payout_returned'
  from: LedgerAccount
  to: LedgerAccount
  actor: string
  now: string
  nowMs: number
}

/**
 * One transaction for each reward of each payout, so that both tell where the money went; what refunds took back moves
 * with its reward.
 *
 * @param rewards those that stand in the payouts.
 * @throws RangeError where they do not add up to a payout: then nothing may be paid.
 */
export function transactionsOf(
  payouts: readonly PayoutRow[],
  rewards: readonly RewardRow[],
  move: Move,
): LedgerTransaction[] {
  const byPayout = new Map<string, Map<string, number>>()
  for (const { payout_id, id, reverses, amount } of rewards) {
    if (payout_id === null) continue
    const sums = byPayout.get(payout_id) ?? new Map<string, number>()
    byPayout.set(payout_id, sums)
    const reward = reverses ?? id
    sums.set(reward, (sums.get(reward) ?? 0) + amount)
  }
  return payouts.flatMap((payout) => {
    const sums = byPayout.get(payout.id) ?? new Map<string, number>()
    const total = [...sums.values()].reduce((sum, amount) => sum + amount, 0)
    if (total !== payout.amount) {
      throw new RangeError(`the rewards of ${payout.id} do not add up to it`)
    }
    return [...sums].map(([reward, amount]) => toTransaction(payout, reward, amount, move))
  })
}

function toTransaction(
  { id: payout, partner_id: partner, kind, currency }: PayoutRow,
  reward: string,
  amount: number,
  { kind: what, from, to, actor, now, nowMs }: Move,
): LedgerTransaction {
  return {
    id: newId('ledger', nowMs),
    at: now,
    kind: what,
    actor,
    reward,
    payout,
    postings: [
      { account: from, partner, kind, currency, amount: -amount },
      { account: to, partner, kind, currency, amount },
    ],
  }
}
