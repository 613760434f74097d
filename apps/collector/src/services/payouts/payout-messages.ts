/** Tells what becomes of payouts and of the rewards in them (docs/webhooks.md): ids, amounts and states only. */
import type { WebhookEvent } from '@sentby/contract'
import {
  type PayoutBatchRow,
  type PayoutRow,
  type PayoutStatus,
  type RewardRow,
  rewardsOfPayouts,
  type Tx,
} from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { toReward } from '../rewards/reward-answer.ts'
import { enqueue, isWanted, type NewMessage } from '../webhooks/enqueue.ts'
import { convertedOf, sumConverted } from './payment-of.ts'

interface Closed {
  batch: PayoutBatchRow
  payouts: readonly PayoutRow[]
}

/** One message a batch, whose size is the same however many payouts it has, and one for each reward that is paid by it. */
export async function tellClosed(
  tx: Tx,
  program: ProgramConfig,
  closed: readonly Closed[],
  nowMs: number,
): Promise<void> {
  const messages: NewMessage[] = []
  if (isWanted(program, 'payout.closed')) messages.push(...closed.map(closedMessage))
  if (isWanted(program, 'reward.changed')) {
    const ids = closed.flatMap(({ payouts }) => payouts.map(({ id }) => id))
    for (const row of await rewardsOfPayouts(tx.db, program.row.id, ids)) {
      messages.push(changed({ ...row, status: 'approved' }, row))
    }
  }
  await enqueue(tx, program, messages, nowMs)
}

function closedMessage({ batch, payouts }: Closed): NewMessage {
  const { id, method, kind, currency, period } = batch
  const amount = payouts.reduce((sum, payout) => sum + payout.amount, 0)
  const paid = sumConverted(payouts.map(convertedOf))
  const told = { id, method, kind, currency, period, amount, count: payouts.length, ...paid }
  return { type: 'payout.closed', data: { batch: told } }
}

/** By how a payout ended, or that nobody knows; that it was submitted is not told. */
const TOLD: Readonly<Partial<Record<PayoutStatus, WebhookEvent>>> = {
  paid: 'payout.settled',
  failed: 'payout.failed',
  returned: 'payout.returned',
  unknown: 'payout.unknown',
}

/**
 * Tells how payouts went, and how that changed their rewards.
 *
 * @param payouts as they are now.
 * @param rewards of these payouts, as they were before.
 */
export async function tellSteps(
  tx: Tx,
  program: ProgramConfig,
  payouts: readonly PayoutRow[],
  rewards: readonly RewardRow[],
  nowMs: number,
): Promise<void> {
  const messages: NewMessage[] = []
  const ended = new Map<string, PayoutStatus>()
  for (const payout of payouts) {
    const type = TOLD[payout.status]
    if (type && isWanted(program, type)) messages.push({ type, data: { payout: told(payout) } })
    if (type && payout.status !== 'unknown') ended.set(payout.id, payout.status)
  }
  for (const row of rewards) {
    const status = ended.get(row.payout_id ?? '')
    if (status !== undefined) messages.push(...rewardMessages(program, row, status === 'paid'))
  }
  await enqueue(tx, program, messages, nowMs)
}

/** Of a reward that was paid, or that its payout gave back. */
function rewardMessages(program: ProgramConfig, before: RewardRow, isPaid: boolean): NewMessage[] {
  const after: RewardRow = isPaid
    ? { ...before, status: 'settled' }
    : { ...before, status: 'approved', payout_id: null }
  const messages: NewMessage[] = []
  if (isWanted(program, 'reward.changed')) messages.push(changed(before, after))
  if (isPaid && isWanted(program, 'reward.settled')) {
    messages.push({ type: 'reward.settled', data: { reward: toReward(after) } })
  }
  return messages
}

function changed(before: RewardRow, after: RewardRow): NewMessage {
  const { status, amount } = before
  return {
    type: 'reward.changed',
    data: { reward: toReward(after), previous: { status, amount } },
  }
}

function told(payout: PayoutRow): Record<string, unknown> {
  const { id, batch_id: batch, partner_id: partner, method, kind, currency, amount } = payout
  const { status, provider_id: reference, reason } = payout
  const paid = sumConverted([convertedOf(payout)])
  return { id, batch, partner, method, kind, currency, amount, status, reference, reason, ...paid }
}
