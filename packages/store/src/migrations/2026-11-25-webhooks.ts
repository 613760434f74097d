/**
 * Webhooks out: where they go, the outbox, and the log of deliveries. Frozen: a later change is a later file,
 * and nothing here imports from the program.
 */
import { type Kysely, sql } from 'kysely'
import { columnTypes, type ExpectedRows, expectRows } from './step-parts.ts'

/** Runs on both engines; `postgres` says which. */
export async function up(db: Kysely<unknown>, postgres: boolean): Promise<void> {
  const { text, whole } = columnTypes(postgres)
  for (const statement of [...tables(text, whole), ...indexes()]) {
    await sql.raw(statement).execute(db)
  }
  if (!postgres) await expectRows(db, EXPECTED_ROWS)
  for (const statement of postgres ? GUARD_POSTGRES : GUARD_SQLITE) {
    await sql.raw(statement).execute(db)
  }
}

function tables(text: string, whole: string): string[] {
  return [
    `create table webhook (
      program_id ${text} not null references program (id), id ${text} not null, url ${text} not null,
      events ${text} not null, description ${text}, secrets ${text} not null, status ${text} not null,
      reason ${text}, failing_since ${text}, created_at ${text} not null,
      primary key (program_id, id))`,
    `create table webhook_message (
      program_id ${text} not null references program (id), id ${text} not null, type ${text} not null,
      body ${text} not null, created_at ${text} not null, primary key (program_id, id))`,
    `create table webhook_delivery (
      program_id ${text} not null, webhook_id ${text} not null, message_id ${text} not null,
      status ${text} not null, tries ${whole} not null, due_at ${text}, claim ${text},
      attempts ${text} not null, created_at ${text} not null,
      primary key (program_id, webhook_id, message_id),
      foreign key (program_id, webhook_id) references webhook (program_id, id))`,
  ]
}

function indexes(): string[] {
  return [
    `create index webhook_delivery_due on webhook_delivery (program_id, webhook_id, due_at)
      where due_at is not null`,
    'create index webhook_delivery_created on webhook_delivery (program_id, created_at)',
    'create index webhook_message_created on webhook_message (program_id, created_at)',
  ]
}

const EXPECTED_ROWS: readonly ExpectedRows[] = [
  ['webhook_delivery', 'webhook_delivery_due', '1000 1000 500 2'],
  ['webhook_delivery', 'webhook_delivery_created', '100000 100000 2'],
  ['webhook_delivery', 'sqlite_autoindex_webhook_delivery_1', '100000 100000 50000 1'],
  ['webhook_message', 'webhook_message_created', '100000 100000 2'],
  ['webhook_message', 'sqlite_autoindex_webhook_message_1', '100000 100000 1'],
]

/** What was sent under an id never changes; it is forgotten one day. */
const GUARD_SQLITE = [
  `create trigger webhook_message_no_update before update on webhook_message
    begin select raise(abort, 'a webhook message never changes'); end`,
]

const GUARD_POSTGRES = [
  `create function webhook_message_no_update() returns trigger language plpgsql as
    $$ begin raise exception 'a webhook message never changes'; end $$`,
  `create trigger webhook_message_no_update before update on webhook_message
    for each row execute function webhook_message_no_update()`,
]
