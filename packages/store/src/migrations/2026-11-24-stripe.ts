/** What the collector remembers of a Stripe account. Frozen: a later change is a later file. */
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
    `create table stripe_setting (
      program_id ${text} not null references program (id), secret ${text} not null,
      previous_secret ${text}, account ${text}, livemode ${whole}, updated_at ${text} not null,
      primary key (program_id))`,
    `create table stripe_payment (
      program_id ${text} not null, payment ${text} not null, order_id ${text} not null,
      currency ${text} not null, created_at ${text} not null, primary key (program_id, payment))`,
    `create table stripe_refund (
      program_id ${text} not null, payment ${text} not null, event_id ${text} not null,
      body ${text} not null, created_at ${text} not null,
      primary key (program_id, payment, event_id))`,
    'create index stripe_refund_event on stripe_refund (program_id, event_id)',
  ]
}

const EXPECTED_ROWS: readonly ExpectedRows[] = [
  ['stripe_payment', 'sqlite_autoindex_stripe_payment_1', '1000000 1000000 1'],
  ['stripe_refund', 'sqlite_autoindex_stripe_refund_1', '1000 1000 1 1'],
  ['stripe_refund', 'stripe_refund_event', '1000 1000 2'],
]
