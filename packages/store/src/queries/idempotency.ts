/** Answers that were given under an `Idempotency-Key`, kept in the transaction of their effect. */
import type { Kysely, Selectable } from 'kysely'
import type { IdempotencyTable, Tables } from '../tables.ts'

type Db = Kysely<Tables>
export type IdempotencyRow = Selectable<IdempotencyTable>

/** What was answered under this key, if anything. */
export function answeredUnder(
  db: Db,
  programId: string,
  key: string,
): Promise<IdempotencyRow | undefined> {
  return db
    .selectFrom('idempotency')
    .selectAll()
    .where('program_id', '=', programId)
    .where('key', '=', key)
    .executeTakeFirst()
}

export async function keepAnswer(db: Db, row: IdempotencyRow): Promise<void> {
  await db.insertInto('idempotency').values(row).execute()
}
