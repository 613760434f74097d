/** Tells `reward.created` and `reward.changed` (docs/webhooks.md): ids, amounts and states, no people's data. */
import type { RewardRow, Tx } from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { enqueue, isWanted, type NewMessage } from '../webhooks/enqueue.ts'
import { toReward } from './reward-answer.ts'

/** Writes a message for every reward that was made or changed; what is not money or a state is not told. */
export async function tellRewards(
  tx: Tx,
  program: ProgramConfig,
  moved: readonly { before: RewardRow | undefined; after: RewardRow }[],
  nowMs: number,
): Promise<void> {
  if (!isWanted(program, 'reward.created') && !isWanted(program, 'reward.changed')) return
  const messages = moved.flatMap(({ before, after }): NewMessage[] => {
    if (before?.status === after.status && before.amount === after.amount) return []
    const data = { reward: toReward(after) }
    if (!before) return [{ type: 'reward.created', data }]
    return [
      {
        type: 'reward.changed',
        data: { ...data, previous: { status: before.status, amount: before.amount } },
      },
    ]
  })
  await enqueue(tx, program, messages, nowMs)
}
