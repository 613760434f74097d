/** What customers were given. Frozen: a later change is a later file, and nothing here imports from the program. */
import { type Kysely, sql } from 'kysely'
import { columnTypes, expectRows, makeAppendOnly } from './step-parts.ts'

/** Runs on both engines; `postgres` says which. */
export async function up(db: Kysely<unknown>, postgres: boolean): Promise<void> {
  const { text, whole } = columnTypes(postgres)
  await sql
    .raw(
      `create table offer_grant (
      program_id ${text} not null references program (id), customer ${text} not null,
      partner_id ${text} not null, code ${text}, offer ${text} not null,
      group_id ${text} not null, terms_version ${whole} not null, terms_hash ${text} not null,
      event_trust ${text}, event_id ${text}, created_at ${text} not null,
      primary key (program_id, customer))`,
    )
    .execute(db)
  if (!postgres) {
    await expectRows(db, [['offer_grant', 'sqlite_autoindex_offer_grant_1', '100000 100000 1']])
  }
  await makeAppendOnly(db, ['offer_grant'], postgres)
}
