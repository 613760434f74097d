/** What groups earn: dated versions, never changed. */
import type { Kysely } from 'kysely'
import type { Tables, TermsRow } from '../tables.ts'

type Db = Kysely<Tables>

/** All versions of a program, in the order they were put. */
export function termsOfProgram(db: Db, programId: string): Promise<TermsRow[]> {
  return db
    .selectFrom('terms')
    .selectAll()
    .where('program_id', '=', programId)
    .orderBy('group_id')
    .orderBy('version')
    .execute()
}

export async function insertTerms(db: Db, row: TermsRow): Promise<void> {
  await db.insertInto('terms').values(row).execute()
}
