/** The vendor's PayPal account, and batches sent over a provider's API. Frozen: a later change is a later file. */
import { type Kysely, sql } from 'kysely'
import { columnTypes, type ExpectedRows, expectRows } from './step-parts.ts'

/** Runs on both engines; `postgres` says which. */
export async function up(db: Kysely<unknown>, postgres: boolean): Promise<void> {
  const { text, whole } = columnTypes(postgres)
  for (const statement of statements(text, whole)) await sql.raw(statement).execute(db)
  if (!postgres) await expectRows(db, EXPECTED_ROWS)
}

function statements(text: string, whole: string): string[] {
  return [
    `create table paypal_setting (
      program_id ${text} not null references program (id), client_id ${text} not null,
      client_secret ${text} not null, environment ${text} not null, sends ${text} not null,
      paused_at ${text}, paused_reason ${text}, updated_at ${text} not null,
      primary key (program_id))`,
    `create table payout_sending (
      program_id ${text} not null, batch_id ${text} not null, account ${text} not null,
      actor ${text} not null, first_at ${text} not null, calls_in_doubt ${whole} not null,
      tries ${whole} not null, calling_until ${text}, next_at ${text}, hint ${text},
      problem ${text}, updated_at ${text} not null,
      primary key (program_id, batch_id),
      foreign key (program_id, batch_id) references payout_batch (program_id, id))`,
    `create index payout_sending_next on payout_sending (program_id, next_at)
      where next_at is not null`,
    `create index payout_batch_provider on payout_batch (program_id, provider_id)
      where provider_id is not null`,
    `create index payout_batch_ready on payout_batch (program_id, method, id)
      where status = 'ready'`,
  ]
}

const EXPECTED_ROWS: readonly ExpectedRows[] = [
  ['payout_sending', 'payout_sending_next', '100 100 1'],
]
