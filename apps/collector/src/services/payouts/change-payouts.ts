/** Moves payouts from state to state, with their rewards and the ledger, in one transaction. */
import {
  endScheduled,
  type PayoutBatchRow,
  type PayoutRow,
  type PayoutStatus,
  payoutBatchById,
  payoutsOfBatch,
  postTransactions,
  type RewardRow,
  rewardsOfPayouts,
  type Tx,
  updateBatchStatus,
  updatePayout,
} from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'
import type { SettleDeps } from '../rewards/in-locks.ts'
import { type Move, transactionsOf } from './ledger-moves.ts'
import { tellSteps } from './payout-messages.ts'
import { batchStatus, canBecome } from './payout-state.ts'

/** What is said of one payout. */
export interface Step {
  payout: PayoutRow
  to: PayoutStatus
  reference?: string | undefined
  reason?: string | undefined
}

/** One batch with the locks of all whom it pays. */
export interface LockedBatch {
  tx: Tx
  program: ProgramConfig
  batch: PayoutBatchRow
  payouts: PayoutRow[]
  now: string
  nowMs: number
}

/**
 * Runs `work` as the one writer of a batch.
 *
 * @throws Refusal `not_found`.
 */
export async function inBatch<T>(
  deps: SettleDeps,
  programId: string,
  batchId: string,
  work: (locked: LockedBatch) => Promise<T>,
): Promise<T> {
  return deps.store.transaction(async (tx) => {
    await tx.lockProgram(programId, 'shared')
    const program = await deps.directory.within(tx, programId)
    // Who is in a batch never changes; how the payouts stand is read under the locks.
    const members = await payoutsOfBatch(tx.db, programId, batchId)
    const partners = members.map((payout) => `partner:${payout.partner_id}`)
    await tx.lockSubjects(programId, [...partners, `payouts:${batchId}`])
    const batch = await payoutBatchById(tx.db, programId, batchId)
    if (!batch) throw new Refusal('not_found')
    const payouts = await payoutsOfBatch(tx.db, programId, batchId)
    const nowMs = deps.clock.now()
    return work({ tx, program, batch, payouts, now: new Date(nowMs).toISOString(), nowMs })
  })
}

/**
 * Takes steps that are allowed: paid settles the rewards, failed and returned give them back to be paid another time.
 *
 * @returns the payouts as they are after them.
 * @throws RangeError for a step that is not allowed: ask `canBecome` before.
 */
export async function changePayouts(
  locked: LockedBatch,
  steps: readonly Step[],
  actor: string,
): Promise<PayoutRow[]> {
  const { tx, program, batch, now, nowMs } = locked
  const programId = program.row.id
  const ids = steps.map(({ payout }) => payout.id)
  const rewards = await rewardsOfPayouts(tx.db, programId, ids)
  const changed = new Map<string, PayoutRow>()
  for (const { payout, to, reference, reason } of steps) {
    if (!canBecome(payout.status, to)) throw new RangeError(`${payout.id} cannot become ${to}`)
    const row: PayoutRow = {
      ...payout,
      status: to,
      provider_id: reference ?? payout.provider_id,
      reason: reason ?? null,
      updated_at: now,
    }
    await updatePayout(tx.db, row)
    changed.set(row.id, row)
  }
  await moveMoney(locked, steps, rewards, actor)
  const payouts = locked.payouts.map((payout) => changed.get(payout.id) ?? payout)
  const status = batchStatus(payouts.map((payout) => payout.status))
  await updateBatchStatus(tx.db, { ...batch, status, updated_at: now })
  await tellSteps(tx, program, [...changed.values()], rewards, nowMs)
  return payouts
}

/** By where the money stands, and where it goes. */
async function moveMoney(
  { tx, program, now, nowMs }: LockedBatch,
  steps: readonly Step[],
  rewards: readonly RewardRow[],
  actor: string,
): Promise<void> {
  const programId = program.row.id
  const moves: { steps: Step[]; kind: Move['kind']; from: Move['from']; to: Move['to'] }[] = [
    { steps: of('paid'), kind: 'payout_paid', from: 'reserved', to: 'settled' },
    { steps: of('failed'), kind: 'payout_failed', from: 'reserved', to: 'approved' },
    { steps: of('returned', false), kind: 'payout_returned', from: 'reserved', to: 'approved' },
    { steps: of('returned', true), kind: 'payout_returned', from: 'settled', to: 'approved' },
  ]
  for (const { steps: own, kind, from, to } of moves) {
    const payouts = own.map(({ payout }) => payout)
    const move = { kind, from, to, actor, now, nowMs }
    await postTransactions(tx.db, programId, transactionsOf(payouts, rewards, move))
    const ids = payouts.map(({ id }) => id)
    await endScheduled(tx.db, programId, ids, to === 'settled' ? 'settled' : 'approved', now)
  }

  function of(to: PayoutStatus, wasPaid?: boolean): Step[] {
    return steps.filter(
      (step) =>
        step.to === to && (wasPaid === undefined || (step.payout.status === 'paid') === wasPaid),
    )
  }
}
