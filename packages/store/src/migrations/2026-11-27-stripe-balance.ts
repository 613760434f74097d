/** How customer balances at Stripe are credited. Frozen: a later change is a later file. */
import { type Kysely, sql } from 'kysely'
import { columnTypes } from './step-parts.ts'

/** Runs on both engines; `postgres` says which. */
export async function up(db: Kysely<unknown>, postgres: boolean): Promise<void> {
  const { text } = columnTypes(postgres)
  for (const column of [`api_key ${text}`, `sends ${text} not null default 'by_hand'`]) {
    await sql.raw(`alter table stripe_setting add column ${column}`).execute(db)
  }
}
