/** What batches of payouts add up to. */
import { type Kysely, PostgresAdapter, sql } from 'kysely'
import type { PayoutRow, Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'

type Db = Kysely<Tables>

/** The payouts of a batch that stand alike. */
export interface BatchSum {
  batch: string
  status: PayoutRow['status']
  count: number
  amount: number
  /** What is paid for it in another currency; null: nothing was converted. */
  paid: number | null
  /** One of the conversions: a batch has one currency, rate and source. */
  converted: string | null
}

/** How many payouts of batches stand where, and what they add up to. */
export async function sumsOfBatches(
  db: Db,
  programId: string,
  batches: readonly string[],
): Promise<BatchSum[]> {
  if (batches.length === 0) return []
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter
  const paid = isPostgres
    ? sql`cast(converted as json) ->> 'amount'`
    : sql`json_extract(converted, '$.amount')`
  const rows = await db
    .selectFrom('payout')
    .select(['batch_id as batch', 'status'])
    .select([
      sql<number>`count(*)`.as('count'),
      sql<number>`cast(sum(amount) as bigint)`.as('amount'),
      sql<number | null>`cast(sum(cast(${paid} as bigint)) as bigint)`.as('paid'),
      sql<string | null>`max(converted)`.as('converted'),
    ])
    .where('program_id', '=', programId)
    .where(anyOf(db, 'batch_id', batches))
    .groupBy(['batch_id', 'status'])
    .orderBy('status')
    .execute()
  return rows.map((row) => ({
    ...row,
    count: Number(row.count),
    amount: Number(row.amount),
    paid: row.paid === null ? null : Number(row.paid),
  }))
}
