/** Tells `payout.closed`, `payout.settled` and `reward.settled` (docs/webhooks.md): ids, amounts and states only. */
import type { PayoutBatchRow, PayoutRow, RewardRow, Tx } from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { toReward } from '../rewards/reward-answer.ts'
import { enqueue, isWanted, type NewMessage } from '../webhooks/enqueue.ts'

/** One message a batch: however many payouts it has, its size is the same. */
export async function tellClosed(
  tx: Tx,
  program: ProgramConfig,
  closed: readonly { batch: PayoutBatchRow; payouts: readonly PayoutRow[] }[],
  nowMs: number,
): Promise<void> {
  if (!isWanted(program, 'payout.closed')) return
  const messages = closed.map(({ batch, payouts }): NewMessage => {
    const { id, method, kind, currency, period } = batch
    const amount = payouts.reduce((sum, payout) => sum + payout.amount, 0)
    const told = { id, method, kind, currency, period, amount, count: payouts.length }
    return { type: 'payout.closed', data: { batch: told } }
  })
  await enqueue(tx, program, messages, nowMs)
}

/** @param rewards of these payouts, as they were before. */
export async function tellPaid(
  tx: Tx,
  program: ProgramConfig,
  paid: readonly PayoutRow[],
  rewards: readonly RewardRow[],
  nowMs: number,
): Promise<void> {
  const messages: NewMessage[] = []
  if (isWanted(program, 'payout.settled')) messages.push(...paid.map(settled))
  if (isWanted(program, 'reward.settled')) {
    const ids = new Set(paid.map(({ id }) => id))
    for (const row of rewards) {
      if (row.payout_id === null || !ids.has(row.payout_id)) continue
      const reward = toReward({ ...row, status: 'settled' })
      messages.push({ type: 'reward.settled', data: { reward } })
    }
  }
  await enqueue(tx, program, messages, nowMs)
}

function settled(payout: PayoutRow): NewMessage {
  const { id, batch_id: batch, partner_id: partner, method, kind, currency, amount } = payout
  const told = { id, batch, partner, method, kind, currency, amount, status: payout.status }
  return { type: 'payout.settled', data: { payout: { ...told, reference: payout.provider_id } } }
}
