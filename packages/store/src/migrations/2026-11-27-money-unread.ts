/** Columns and indexes of money that nothing reads. Frozen: a later change is a later file. */
import { type Kysely, sql } from 'kysely'

const INDEXES = [
  'terms_revision',
  'reward_trigger',
  'no_reward_order',
  'stale_partner_customer',
  'ledger_entry_partner',
]

const COLUMNS = [
  ['terms', 'revision'],
  ['reward', 'reviewed_by'],
  ['no_reward', 'partner_id'],
  ['period_run', 'result'],
] as const

/** Runs on both engines. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const index of INDEXES) await sql.raw(`drop index ${index}`).execute(db)
  for (const [table, column] of COLUMNS) {
    await sql.raw(`alter table ${table} drop column ${column}`).execute(db)
  }
}
