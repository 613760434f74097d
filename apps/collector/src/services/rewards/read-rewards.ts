/** Rewards and proposals as the vendor reads them; what was left for later is computed first. */
import type {
  CustomerRewardsAnswer,
  Page,
  ProposalAnswer,
  RewardAnswer,
  RewardDetail,
  UnreviewedAnswer,
} from '@sentby/contract'
import {
  customerById,
  entriesOfReward,
  expectedOfCustomers,
  noRewardsOfCustomers,
  openProposals,
  type ProposalRow,
  proposalsPage,
  type RewardFilter,
  reviewsOfRewards,
  rewardsById,
  rewardsOfCustomers,
  rewardsPage,
  rewardWithRows,
  unreviewedByMonth,
} from '@sentby/store'
import { type PageRequest, pageFrom, readCursor } from '../paging.ts'
import { Refusal } from '../refusal.ts'
import type { SettleDeps } from './in-locks.ts'
import { toProposal, toReward } from './reward-answer.ts'
import { settleBeforeReading, settleCustomer } from './settle-stale.ts'

/** Rewards and what was added to them, by id. */
export async function listRewards(
  deps: SettleDeps,
  programId: string,
  query: PageRequest & Partial<Omit<RewardFilter, 'after' | 'limit'>>,
): Promise<Page<RewardAnswer>> {
  await settleBeforeReading(deps, programId)
  const [after] = readCursor(query.cursor, 1) ?? []
  const { status, partner, customer, month, order, unreviewed } = query
  const filter = { status, partner, customer, month, order, unreviewed, after }
  const rows = await rewardsPage(deps.store.db, programId, { ...filter, limit: query.limit + 1 })
  const { data, next } = pageFrom(rows, query.limit, (row) => [row.id])
  return { data: data.map(toReward), next }
}

/**
 * One reward with everything that happened to it.
 *
 * @throws Refusal `not_found`.
 */
export async function readReward(
  deps: SettleDeps,
  programId: string,
  id: string,
): Promise<RewardDetail> {
  await settleBeforeReading(deps, programId)
  const { db } = deps.store
  const [row] = await rewardsById(db, programId, [id])
  if (!row) throw new Refusal('not_found')
  const of = row.reverses ?? row.id
  const rows = await rewardWithRows(db, programId, of)
  const [proposal] = await openProposals(db, programId, [of])
  return {
    ...toReward(row),
    reversals: rows.filter((one) => one.reverses === row.id).map(toReward),
    reviews: (await reviewsOfRewards(db, programId, [id])).map(
      ({ at, actor, status, amount, reason }) => ({ at, by: actor, status, amount, reason }),
    ),
    proposal: proposal ? toProposal(proposal) : null,
    entries: await entriesOfReward(db, programId, of),
  }
}

/** What nobody has reviewed, by month: nothing goes unnoticed. */
export async function readUnreviewed(
  deps: SettleDeps,
  programId: string,
): Promise<UnreviewedAnswer> {
  await settleBeforeReading(deps, programId)
  return { data: (await unreviewedByMonth(deps.store.db, programId)) as UnreviewedAnswer['data'] }
}

/** Proposals, the oldest first. */
export async function listProposals(
  deps: SettleDeps,
  programId: string,
  query: PageRequest & { status: ProposalRow['status']; partner?: string | undefined },
): Promise<Page<ProposalAnswer>> {
  await settleBeforeReading(deps, programId)
  const [after] = readCursor(query.cursor, 1) ?? []
  const { status, partner, limit } = query
  const filter = { status, partner, after, limit: limit + 1 }
  const rows = await proposalsPage(deps.store.db, programId, filter)
  const { data, next } = pageFrom(rows, limit, (row) => [row.id])
  return { data: data.map(toProposal), next }
}

/**
 * What a customer earns whoever it is credited to: earned, expected, or why nothing.
 *
 * @throws Refusal `not_found` for a customer that no fact names.
 */
export async function readCustomerRewards(
  deps: SettleDeps,
  programId: string,
  customer: string,
): Promise<CustomerRewardsAnswer> {
  await settleBeforeReading(deps, programId)
  const { db } = deps.store
  if (!(await customerById(db, programId, customer))) throw new Refusal('not_found')
  const told = await readEarnings(db, programId, customer)
  if (told.earned.length + told.expected.length + told.noReward.length > 0) return told
  await settleCustomer(deps, programId, customer)
  return readEarnings(db, programId, customer)
}

async function readEarnings(
  db: SettleDeps['store']['db'],
  programId: string,
  customer: string,
): Promise<CustomerRewardsAnswer> {
  const rows = await rewardsOfCustomers(db, programId, [customer])
  const expected = await expectedOfCustomers(db, programId, [customer])
  const noRewards = await noRewardsOfCustomers(db, programId, [customer])
  return {
    earned: rows
      .map(toReward)
      .sort((a, b) => compare(a.earnedAt, b.earnedAt) || compare(a.id, b.id)),
    expected: expected.map((row) => ({
      trigger: row.trigger_key,
      order: row.order_id,
      partner: row.partner_id,
      at: row.at,
      amount: row.amount,
      currency: row.currency,
      kind: row.kind,
      explanation: row.explanation,
    })),
    noReward: noRewards.map(({ trigger_key, order_id, reason, at }) => ({
      trigger: trigger_key,
      order: order_id,
      reason,
      at,
    })),
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
