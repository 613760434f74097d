import type { SaleWithReward } from '@sentby/contract'
import {
  customerById,
  noRewardsOfCustomers,
  type RewardRow,
  rewardsOfCustomers,
} from '@sentby/store'
import type { SettleDeps } from './in-locks.ts'
import { toReward } from './reward-answer.ts'
import { settleBeforeReading, settleCustomer } from './settle-stale.ts'

/**
 * What an order earned: the reward that stands (of several one that is not declined, then the credited partner's), what
 * was taken back of all of them, or why there is none. A program without terms says nothing.
 */
export async function rewardOfSale(
  deps: SettleDeps,
  programId: string,
  { order, customer }: { order: string; customer: string },
): Promise<Pick<SaleWithReward, 'reward' | 'reversals' | 'noReward'>> {
  if ((deps.directory.program(programId)?.terms.size ?? 0) === 0) return { reversals: [] }
  await settleBeforeReading(deps, programId)
  const told = await readRewardOfSale(deps, programId, order, customer)
  if (told.reward || told.noReward) return told
  await settleCustomer(deps, programId, customer)
  return readRewardOfSale(deps, programId, order, customer)
}

async function readRewardOfSale(
  { store: { db } }: SettleDeps,
  programId: string,
  order: string,
  customer: string,
): Promise<Pick<SaleWithReward, 'reward' | 'reversals' | 'noReward'>> {
  const rows = (await rewardsOfCustomers(db, programId, [customer])).filter(
    (row) => row.order_id === order,
  )
  const credited = (await customerById(db, programId, customer))?.partner_id
  const rank = ({ status, partner_id }: RewardRow) =>
    (status === 'declined' ? 2 : 0) + (partner_id === credited ? 0 : 1)
  const [reward] = rows
    .filter((row) => row.reverses === null)
    .sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1))
  const why = (await noRewardsOfCustomers(db, programId, [customer])).find(
    (row) => row.order_id === order,
  )
  const stands = reward && (reward.status !== 'declined' || reward.review_status === 'declined')
  return {
    ...(reward ? { reward: toReward(reward) } : {}),
    reversals: rows.filter((row) => row.reverses !== null).map(toReward),
    ...(why && !stands ? { noReward: { reason: why.reason } } : {}),
  }
}
