/** Timed work that is done once a period, on however many collectors. */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

type Db = Kysely<Tables>

/** The periods for which this was done. */
export async function periodRuns(db: Db, programId: string, kind: string): Promise<string[]> {
  const rows = await db
    .selectFrom('period_run')
    .select('period')
    .where('program_id', '=', programId)
    .where('kind', '=', kind)
    .execute()
  return rows.map((row) => row.period)
}

/**
 * Notes that a period is done.
 *
 * @returns whether it was not before: of several collectors one is told so.
 */
export async function recordPeriod(
  db: Db,
  programId: string,
  kind: string,
  period: string,
  at: string,
): Promise<boolean> {
  const done = await db
    .insertInto('period_run')
    .values({ program_id: programId, kind, period, at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return (done.numInsertedOrUpdatedRows ?? 0n) > 0n
}
