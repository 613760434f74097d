/** What was approved and is not paid yet, because the partner may not see it yet. */
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { BalanceRow, RewardKind, Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'

type Db = Kysely<Tables>

/** The part of an approved balance that waits to be published. */
export type UnpublishedBalance = Omit<BalanceRow, 'account' | 'program_id'>

/** What a reward that waits to be published is worth by now, refunds taken off. */
export interface UnpublishedReward extends UnpublishedBalance {
  reward: string
}

/** What can be narrowed of what is not published. */
export interface UnpublishedFilter {
  partners?: readonly string[] | undefined
  currency?: string | undefined
  kind?: RewardKind | undefined
}

/** By partner, kind and currency. */
export async function unpublishedBalances(
  db: Db,
  programId: string,
  filter: UnpublishedFilter,
): Promise<UnpublishedBalance[]> {
  const { rows } = await sql<UnpublishedBalance>`
    select partner_id, kind, currency, cast(sum(amount) as bigint) as amount
    from (${unpublished(db, programId, filter)}) as waiting
    group by partner_id, kind, currency`.execute(db)
  return rows.map((row) => ({ ...row, amount: Number(row.amount) }))
}

/** By reward, kind and currency. */
export async function unpublishedRewards(
  db: Db,
  programId: string,
  filter: UnpublishedFilter,
): Promise<UnpublishedReward[]> {
  const { rows } = await sql<UnpublishedReward>`
    select reward, partner_id, kind, currency, cast(sum(amount) as bigint) as amount
    from (${unpublished(db, programId, filter)}) as waiting
    group by reward, partner_id, kind, currency`.execute(db)
  return rows.map((row) => ({ ...row, amount: Number(row.amount) }))
}

/**
 * Rewards that wait, and what was added to them. The words stand in the text: a partial index is found by them. A cross
 * join is one that SQLite does not turn round: it would begin with all that was ever added.
 */
function unpublished(
  db: Db,
  programId: string,
  { partners, currency, kind }: UnpublishedFilter,
): RawBuilder<unknown> {
  const waits = sql`m.program_id = ${programId} and m.status = 'approved' and m.reverses is null
    and m.decided_at is not null and m.published_at is null
    ${partners ? sql`and ${anyOf(db, 'm.partner_id', partners)}` : sql``}`
  const asked = (row: 'm' | 'r') => sql`
    ${currency === undefined ? sql`` : sql`and ${sql.ref(`${row}.currency`)} = ${currency}`}
    ${kind === undefined ? sql`` : sql`and ${sql.ref(`${row}.kind`)} = ${kind}`}`
  return sql`
    select m.id as reward, m.partner_id, m.kind, m.currency, m.amount
    from reward m where ${waits} ${asked('m')}
    union all
    select m.id as reward, m.partner_id, r.kind, r.currency, r.amount
    from reward m cross join reward r
    where ${waits} and r.program_id = m.program_id and r.reverses = m.id
      and r.status = 'approved' ${asked('r')}`
}
