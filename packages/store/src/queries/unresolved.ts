/** Facts that named a code which nobody had. */
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/**
 * Forgets unknown codes that a program's facts named before an instant, at most `limit` of them; the facts stay.
 *
 * @returns how many were forgotten.
 */
export async function forgetUnknownCodesBefore(
  db: Kysely<Tables>,
  programId: string,
  received: string,
  limit: number,
): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('unresolved')
    .where('program_id', '=', programId)
    .where(
      sql<boolean>`(code, trust, event_id) in (
        select code, trust, event_id from unresolved
        where program_id = ${programId} and received < ${received} limit ${limit})`,
    )
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
