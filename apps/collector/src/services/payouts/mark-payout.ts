/** What a person says of payouts: sent, paid, failed, come back, or nobody knows. */
import type { BatchAnswer, PayoutAnswer, PayoutMark } from '@sentby/contract'
import { payoutById, sumsOfBatches } from '@sentby/store'
import { Refusal } from '../refusal.ts'
import type { SettleDeps } from '../rewards/in-locks.ts'
import { changePayouts, inBatch } from './change-payouts.ts'
import { toBatch, toPayout } from './payout-answer.ts'
import { batchStatus, canBecome } from './payout-state.ts'
import { refuseDuringCall } from './sending.ts'

/**
 * Marks one payout. Asked again the answer is the same and nothing moves twice.
 *
 * @throws Refusal `not_found`, `stale` where the payout has ended otherwise.
 */
export async function markPayout(
  deps: SettleDeps,
  programId: string,
  id: string,
  { status: to, reference, reason, by }: PayoutMark,
  actor: string,
): Promise<PayoutAnswer> {
  const known = await payoutById(deps.store.db, programId, id)
  if (!known) throw new Refusal('not_found')
  return inBatch(deps, programId, known.batch_id, async (locked) => {
    await refuseDuringCall(locked)
    const payout = locked.payouts.find((row) => row.id === id)
    if (!payout) throw new Refusal('not_found')
    if (payout.status === to && (reference ?? payout.provider_id) === payout.provider_id) {
      return toPayout(payout)
    }
    if (!canBecome(payout.status, to)) {
      throw new Refusal('stale', { detail: `the payout is ${payout.status}` })
    }
    const after = await changePayouts(locked, [{ payout, to, reference, reason }], by ?? actor)
    return toPayout(after.find((row) => row.id === id) ?? payout)
  })
}

/**
 * Notes that a batch's file went to the provider: what was ready is submitted.
 *
 * @throws Refusal `not_found`.
 */
export function submitBatch(
  deps: SettleDeps,
  programId: string,
  id: string,
  actor: string,
): Promise<BatchAnswer> {
  return inBatch(deps, programId, id, async (locked) => {
    const ready = locked.payouts.filter(({ status }) => status === 'ready')
    const steps = ready.map((payout) => ({ payout, to: 'submitted' as const }))
    if (steps.length === 0) {
      return toBatch(locked.batch, await sumsOfBatches(locked.tx.db, programId, [id]))
    }
    const after = await changePayouts(locked, steps, actor)
    const status = batchStatus(after.map((payout) => payout.status))
    const batch = { ...locked.batch, status, updated_at: locked.now }
    return toBatch(batch, await sumsOfBatches(locked.tx.db, programId, [id]))
  })
}
