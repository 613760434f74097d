/** Payouts and their batches. A payout's rows are written by whoever holds its partner's lock (RULES F6). */
import { type Kysely, sql } from 'kysely'
import type {
  BalanceRow,
  PayoutBatchRow,
  PayoutRow,
  RewardKind,
  RewardRow,
  RewardStatus,
  Tables,
} from '../tables.ts'
import { anyOf } from './any-of.ts'
import { slicesOf } from './slices-of.ts'

type Db = Kysely<Tables>

/** What can be narrowed of approved balances. */
export interface ApprovedFilter {
  partners?: readonly string[] | undefined
  currency?: string | undefined
  kind?: RewardKind | undefined
}

/**
 * Approved balances that are not 0, debts too, by partner, kind and currency. One beyond what a number holds exactly can
 * only come of wrong sales: it is paid to nobody, and holds up nobody else's.
 */
export function approvedBalances(
  db: Db,
  programId: string,
  { partners, currency, kind }: ApprovedFilter,
): Promise<BalanceRow[]> {
  let query = db
    .selectFrom('balance')
    .selectAll()
    .where('program_id', '=', programId)
    .where('account', '=', 'approved')
    .where('amount', '<>', 0)
    .where('amount', '<=', Number.MAX_SAFE_INTEGER)
    .where('amount', '>=', Number.MIN_SAFE_INTEGER)
  if (partners) query = query.where(anyOf(db, 'partner_id', partners))
  if (currency !== undefined) query = query.where('currency', '=', currency)
  if (kind !== undefined) query = query.where('kind', '=', kind)
  return query.orderBy('partner_id').orderBy('kind').orderBy('currency').execute()
}

export async function insertPayoutBatch(db: Db, row: PayoutBatchRow): Promise<void> {
  await db.insertInto('payout_batch').values(row).execute()
}

export async function insertPayouts(db: Db, rows: readonly PayoutRow[]): Promise<void> {
  for (const slice of slicesOf(rows)) await db.insertInto('payout').values(slice).execute()
}

/**
 * Schedules every approved reward of a batch's partners in the batch's kind and currency.
 *
 * @param unpublished rewards that wait, with what was added to them.
 */
export async function scheduleRewards(
  db: Db,
  { program_id, id, kind, currency }: PayoutBatchRow,
  partners: readonly string[],
  unpublished: readonly string[],
  now: string,
): Promise<void> {
  let update = db
    .updateTable('reward')
    .set((set) => ({
      status: 'scheduled',
      updated_at: now,
      payout_id: set
        .selectFrom('payout')
        .select('payout.id')
        .whereRef('payout.program_id', '=', 'reward.program_id')
        .whereRef('payout.partner_id', '=', 'reward.partner_id')
        // No index on the batch here: a partner has few payouts, a batch a thousand.
        .where(sql`payout.batch_id || ''`, '=', id),
    }))
    .where('reward.program_id', '=', program_id)
    .where('reward.status', '=', 'approved')
    .where('reward.kind', '=', kind)
    .where('reward.currency', '=', currency)
    .where(anyOf(db, 'reward.partner_id', partners))
  if (unpublished.length > 0) {
    for (const column of ['reward.id', 'reward.reverses']) {
      update = update.where(({ not }) => not(anyOf(db, column, unpublished)))
    }
  }
  await update.execute()
}

/** The rewards that stand in these payouts now. */
export async function rewardsOfPayouts(
  db: Db,
  programId: string,
  payouts: readonly string[],
): Promise<RewardRow[]> {
  if (payouts.length === 0) return []
  return db
    .selectFrom('reward')
    .selectAll()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'payout_id', payouts))
    .orderBy('id')
    .execute()
}

/** Settles the rewards of payouts, or gives them back to be paid another time. */
export async function endScheduled(
  db: Db,
  programId: string,
  payouts: readonly string[],
  status: Extract<RewardStatus, 'settled' | 'approved'>,
  now: string,
): Promise<void> {
  if (payouts.length === 0) return
  await db
    .updateTable('reward')
    .set({ status, updated_at: now, ...(status === 'approved' ? { payout_id: null } : {}) })
    .where('program_id', '=', programId)
    .where(anyOf(db, 'payout_id', payouts))
    .execute()
}

/** Writes where a payout stands. */
export async function updatePayout(
  db: Db,
  {
    program_id,
    id,
    status,
    provider_id,
    reason,
    updated_at,
  }: Pick<PayoutRow, 'program_id' | 'id' | 'status' | 'provider_id' | 'reason' | 'updated_at'>,
): Promise<void> {
  await db
    .updateTable('payout')
    .set({ status, provider_id, reason, updated_at })
    .where('program_id', '=', program_id)
    .where('id', '=', id)
    .execute()
}

export async function updateBatchStatus(
  db: Db,
  { program_id, id, status, updated_at }: PayoutBatchRow,
): Promise<void> {
  await db
    .updateTable('payout_batch')
    .set({ status, updated_at })
    .where('program_id', '=', program_id)
    .where('id', '=', id)
    .execute()
}

export function payoutById(db: Db, programId: string, id: string): Promise<PayoutRow | undefined> {
  return db
    .selectFrom('payout')
    .selectAll()
    .where('program_id', '=', programId)
    .where('id', '=', id)
    .executeTakeFirst()
}

export function payoutBatchById(
  db: Db,
  programId: string,
  id: string,
): Promise<PayoutBatchRow | undefined> {
  return db
    .selectFrom('payout_batch')
    .selectAll()
    .where('program_id', '=', programId)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** All payouts of a batch, by partner. */
export function payoutsOfBatch(db: Db, programId: string, batch: string): Promise<PayoutRow[]> {
  return db
    .selectFrom('payout')
    .selectAll()
    .where('program_id', '=', programId)
    .where('batch_id', '=', batch)
    .orderBy('partner_id')
    .execute()
}

export interface PayoutFilter {
  partner?: string | undefined
  batch?: string | undefined
  status?: PayoutRow['status'] | undefined
  before?: string | undefined
  limit: number
}

/** One page of payouts, the newest first. */
export function payoutsPage(db: Db, programId: string, filter: PayoutFilter): Promise<PayoutRow[]> {
  const { partner, batch, status, before, limit } = filter
  let query = db.selectFrom('payout').selectAll().where('program_id', '=', programId)
  if (partner !== undefined) query = query.where('partner_id', '=', partner)
  if (batch !== undefined) query = query.where('batch_id', '=', batch)
  if (status !== undefined) query = query.where('status', '=', status)
  if (before !== undefined) query = query.where('id', '<', before)
  return query.orderBy('id', 'desc').limit(limit).execute()
}

/** One page of batches, the newest first. */
export function payoutBatchesPage(
  db: Db,
  programId: string,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<PayoutBatchRow[]> {
  let query = db.selectFrom('payout_batch').selectAll().where('program_id', '=', programId)
  if (before !== undefined) query = query.where('id', '<', before)
  return query.orderBy('id', 'desc').limit(limit).execute()
}

/**
 * What a payout was made of, as the ledger has it: it stays so when the payout fails and its rewards go into another.
 * Reversals are summed with the reward that they belong to.
 */
export async function rewardsPaidBy(
  db: Db,
  programId: string,
  payout: string,
): Promise<{ reward: string; amount: number }[]> {
  const rows = await db
    .selectFrom('ledger_transaction as t')
    .innerJoin('ledger_entry as e', (join) =>
      join.onRef('e.program_id', '=', 't.program_id').onRef('e.transaction_id', '=', 't.id'),
    )
    .select('t.reward_id as reward')
    .select(sql<number>`cast(sum(e.amount) as bigint)`.as('amount'))
    .where('t.program_id', '=', programId)
    .where('t.payout_id', '=', payout)
    .where('t.kind', '=', 'payout')
    .where('e.account', '=', 'reserved')
    .groupBy('t.reward_id')
    .orderBy('t.reward_id')
    .execute()
  return rows.flatMap(({ reward, amount }) =>
    reward === null ? [] : [{ reward, amount: Number(amount) }],
  )
}

/**
 * Payouts whose rewards do not add up to them, and scheduled or settled rewards without a payout in that state; none,
 * or something is broken.
 */
export async function payoutsUnlikeRewards(db: Db, programId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from (
      select id, case status when 'paid' then 'settled' else 'scheduled' end as stands, amount
      from payout where program_id = ${programId} and status not in ('failed', 'returned')
      union all
      select coalesce(payout_id, id) as id, status as stands, -amount as amount
      from reward where program_id = ${programId}
        and (status in ('scheduled', 'settled') or payout_id is not null)
    ) as both_sides
    group by id, stands having sum(amount) <> 0 limit 100`.execute(db)
  return rows.map((row) => row.id)
}
