/** Rewards as they are read: by id, in lists, with what moved them. */
import { type Kysely, sql } from 'kysely'
import type { LedgerAccount, RewardRow, Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'

type Db = Kysely<Tables>

/** Rewards and what was added to them, by id. */
export async function rewardsById(
  db: Db,
  programId: string,
  ids: readonly string[],
): Promise<RewardRow[]> {
  if (ids.length === 0) return []
  return db
    .selectFrom('reward')
    .selectAll()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'id', ids))
    .execute()
}

/** What a list of rewards is asked for. */
export interface RewardFilter {
  status: string | undefined
  partner: string | undefined
  customer: string | undefined
  month: string | undefined
  order: string | undefined
  unreviewed: boolean | undefined
  after: string | undefined
  limit: number
}

/** One page of rewards and what was added to them, by id. */
export function rewardsPage(db: Db, programId: string, filter: RewardFilter): Promise<RewardRow[]> {
  let query = db
    .selectFrom('reward')
    .selectAll()
    .where('program_id', '=', programId)
    .orderBy('id')
    .limit(filter.limit)
  const { status, partner, customer, month, order, unreviewed, after } = filter
  if (status !== undefined) query = query.where('status', '=', status as RewardRow['status'])
  if (partner !== undefined) query = query.where('partner_id', '=', partner)
  if (customer !== undefined) query = query.where('customer', '=', customer)
  if (month !== undefined) query = query.where('month', '=', month)
  if (order !== undefined) query = query.where('order_id', '=', order)
  if (unreviewed === true) {
    query = query.where('status', 'in', ['new', 'on_hold']).where('reverses', 'is', null)
  }
  if (unreviewed === false) query = query.where('status', 'not in', ['new', 'on_hold'])
  if (after !== undefined) query = query.where('id', '>', after)
  return query.execute()
}

/** What nobody has reviewed, by month. */
export async function unreviewedByMonth(
  db: Db,
  programId: string,
): Promise<
  { month: string; status: string; kind: string; currency: string; count: number; amount: number }[]
> {
  const rows = await db
    .selectFrom('reward')
    .select(['month', 'status', 'kind', 'currency'])
    .select([
      sql<number>`count(*)`.as('count'),
      sql<number>`cast(sum(amount) as bigint)`.as('amount'),
    ])
    .where('program_id', '=', programId)
    .where('status', 'in', ['new', 'on_hold'])
    .where('reverses', 'is', null)
    .groupBy(['month', 'status', 'kind', 'currency'])
    .orderBy('month')
    .orderBy('status')
    .orderBy('kind')
    .orderBy('currency')
    .execute()
  return rows.map((row) => ({ ...row, count: Number(row.count), amount: Number(row.amount) }))
}

/** A reward and what was added to it, in the order of time. */
export function rewardWithRows(db: Db, programId: string, id: string): Promise<RewardRow[]> {
  return db
    .selectFrom('reward')
    .selectAll()
    .where('program_id', '=', programId)
    .where((where) => where.or([where('id', '=', id), where('reverses', '=', id)]))
    .orderBy('created_at')
    .orderBy('id')
    .execute()
}

/** The ledger's entries that moved a reward, in order. */
export function entriesOfReward(
  db: Db,
  programId: string,
  id: string,
): Promise<
  { at: string; kind: string; account: LedgerAccount; amount: number; currency: string }[]
> {
  return db
    .selectFrom('ledger_transaction as t')
    .innerJoin('ledger_entry as e', (join) =>
      join.onRef('e.program_id', '=', 't.program_id').onRef('e.transaction_id', '=', 't.id'),
    )
    .select(['t.at', 't.kind', 'e.account', 'e.amount', 'e.currency'])
    .where('t.program_id', '=', programId)
    .where('t.reward_id', '=', id)
    .orderBy('t.id')
    .orderBy('e.n')
    .execute()
}
