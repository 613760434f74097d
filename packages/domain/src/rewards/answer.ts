import type { Due, DueReward } from './due-answer.ts'
import type { NothingDue } from './settle.ts'

/**
 * What is due for each trigger key, for `settleReward`. A reward that is only expected has no reason; where the trigger
 * is none any more, its customer or order is credited to another partner (`no_credit`), or other terms hold for it.
 */
export function answersOf(due: Due): (key: string) => DueReward | NothingDue {
  const answers = new Map<string, DueReward | NothingDue>()
  const known = new Set<string>()
  for (const { key } of due.expected) answers.set(key, { reason: null })
  for (const { key, reason } of due.noRewards) answers.set(key, { reason })
  for (const reward of due.rewards) answers.set(reward.key, reward)
  for (const { order, customer } of [...due.rewards, ...due.noRewards, ...due.expected]) {
    known.add(`signup:${customer}`).add(`qualification:${customer}`).add(`sale:${order}`)
  }
  return (key) => answers.get(key) ?? { reason: known.has(key) ? 'no_terms' : 'no_credit' }
}
