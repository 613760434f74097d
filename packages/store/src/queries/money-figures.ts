/** Figures of a whole program's money, for whoever watches the collector; never of one partner. */
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { LedgerAccount, PayoutStatus, RewardKind, Tables } from '../tables.ts'

type Db = Kysely<Tables>

/** Statuses that wait for something; what is settled or declined is history, and counting that costs ever more. */
export const WAITING_STATUSES = ['new', 'on_hold', 'approved', 'scheduled'] as const
const PAYOUT_STATUSES = ['ready', 'submitted', 'unknown', 'paid', 'failed', 'returned'] as const
const UNREVIEWED = ['new', 'on_hold'] as const

export interface MoneyFigures {
  /** Rewards that wait, reversals and corrections among them, by status. */
  rewards: { status: (typeof WAITING_STATUSES)[number]; count: number }[]
  /** What was ever added to rewards later. */
  reversals: number
  /** When the oldest unreviewed reward was made. */
  oldestUnreviewed: string | null
  openProposals: number
  payouts: { status: PayoutStatus; count: number }[]
  /** What all partners have together. */
  balances: { account: LedgerAccount; kind: RewardKind; currency: string; amount: number }[]
}

/** Reads them in short queries, each within one index, one after another, so that others have their turn. */
export async function moneyFigures(db: Db, programId: string): Promise<MoneyFigures> {
  return {
    rewards: await rewardCounts(db, programId),
    reversals: await countOf(db, 'reward', programId, sql`reverses is not null`),
    oldestUnreviewed: await oldestUnreviewed(db, programId),
    openProposals: await countOf(db, 'proposal', programId, sql`status = 'open'`),
    payouts: await payoutCounts(db, programId),
    balances: await balanceSums(db, programId),
  }
}

/** One status at a time: grouped by it, SQLite would look up every row. */
async function rewardCounts(db: Db, programId: string): Promise<MoneyFigures['rewards']> {
  const counts: MoneyFigures['rewards'] = []
  for (const status of WAITING_STATUSES) {
    counts.push({ status, count: await countOf(db, 'reward', programId, sql`status = ${status}`) })
  }
  return counts
}

async function payoutCounts(db: Db, programId: string): Promise<MoneyFigures['payouts']> {
  const counts: MoneyFigures['payouts'] = []
  for (const status of PAYOUT_STATUSES) {
    counts.push({ status, count: await countOf(db, 'payout', programId, sql`status = ${status}`) })
  }
  return counts
}

async function countOf(
  db: Db,
  table: 'reward' | 'payout' | 'proposal',
  programId: string,
  condition: RawBuilder<unknown>,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from ${sql.table(table)}
    where program_id = ${programId} and ${condition}`.execute(db)
  return Number(rows[0]?.count ?? 0)
}

async function oldestUnreviewed(db: Db, programId: string): Promise<string | null> {
  let oldest: string | null = null
  for (const status of UNREVIEWED) {
    const row = await db
      .selectFrom('reward')
      .select('created_at')
      .where('program_id', '=', programId)
      .where('status', '=', status)
      .where('reverses', 'is', null)
      .orderBy('created_at')
      .limit(1)
      .executeTakeFirst()
    if (row && (oldest === null || row.created_at < oldest)) oldest = row.created_at
  }
  return oldest
}

async function balanceSums(db: Db, programId: string): Promise<MoneyFigures['balances']> {
  const rows = await db
    .selectFrom('balance')
    .select(['account', 'kind', 'currency'])
    .select(sql<number>`cast(sum(amount) as bigint)`.as('amount'))
    .where('program_id', '=', programId)
    .groupBy(['account', 'kind', 'currency'])
    .execute()
  return rows.map((row) => ({ ...row, amount: Number(row.amount) }))
}
