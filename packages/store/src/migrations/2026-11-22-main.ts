/**
 * The first schema. Frozen: a later change is a later file, and nothing here imports from the program.
 */
import { type Kysely, sql } from 'kysely'
import { columnTypes, type ExpectedRows, expectRows, makeAppendOnly } from './step-parts.ts'

const APPEND_ONLY = ['fact', 'partner_change', 'policy']

/** Runs on both engines; `postgres` says which. */
export async function up(db: Kysely<unknown>, postgres: boolean): Promise<void> {
  const { text, whole } = columnTypes(postgres)
  const clustered = postgres ? '' : ' without rowid'
  for (const statement of tables(text, whole, clustered)) await sql.raw(statement).execute(db)
  for (const statement of indexes()) await sql.raw(statement).execute(db)
  if (!postgres) {
    await sql`analyze`.execute(db)
    await expectRows(db, EXPECTED_ROWS)
  }
  await makeAppendOnly(db, APPEND_ONLY, postgres)
}

function tables(text: string, whole: string, clustered: string): string[] {
  return [
    `create table program (
      id ${text} primary key, slug ${text} not null unique, name ${text} not null,
      currency ${text} not null, timezone ${text} not null, site ${text} not null,
      sites ${text} not null, hosts ${text} not null, settings ${text} not null,
      identity_secret ${text} not null, people_key ${text} not null,
      revision ${whole} not null, decisions_revision ${whole} not null, created_at ${text} not null)`,
    `create table api_key (
      program_id ${text} not null references program (id), id ${text} not null, kind ${text} not null,
      hash ${text} not null, hint ${text} not null, created_at ${text} not null, revoked_at ${text},
      primary key (program_id, id), unique (program_id, hash))`,
    `create table partner_group (
      program_id ${text} not null references program (id), id ${text} not null, slug ${text} not null,
      name ${text} not null, created_at ${text} not null,
      primary key (program_id, id), unique (program_id, slug))`,
    `create table partner (
      program_id ${text} not null, id ${text} not null, email ${text} not null, name ${text} not null,
      group_id ${text} not null, customer ${text}, payout ${text}, shows_name ${whole} not null,
      created_at ${text} not null, revision ${whole} not null,
      primary key (program_id, id),
      foreign key (program_id, group_id) references partner_group (program_id, id))`,
    `create table partner_change (
      program_id ${text} not null, partner_id ${text} not null, id ${text} not null,
      field ${text} not null, value ${text} not null, from_at ${text},
      created_at ${text} not null, revision ${whole} not null,
      primary key (program_id, partner_id, id),
      foreign key (program_id, partner_id) references partner (program_id, id))`,
    `create table code (
      program_id ${text} not null, code ${text} not null, partner_id ${text} not null,
      origin ${text} not null, is_primary ${whole} not null, from_at ${text}, until_at ${text},
      created_at ${text} not null, revision ${whole} not null,
      primary key (program_id, code),
      foreign key (program_id, partner_id) references partner (program_id, id))`,
    `create table link (
      program_id ${text} not null, id ${text} not null, code ${text} not null,
      partner_id ${text} not null, to_url ${text} not null, campaign ${text},
      created_at ${text} not null, revision ${whole} not null,
      primary key (program_id, id), unique (program_id, code),
      foreign key (program_id, code) references code (program_id, code))`,
    `create table policy (
      program_id ${text} not null references program (id), version ${whole} not null,
      from_at ${text}, body ${text} not null, created_at ${text} not null,
      primary key (program_id, version))`,
    `create table fact (
      program_id ${text} not null, trust ${text} not null, id ${text} not null, type ${text} not null,
      at ${text} not null, received ${text} not null, visitor ${text}, install ${text}, customer ${text},
      order_id ${text}, lead_id ${text}, email_hash ${text}, content ${text} not null, verdict ${text},
      bot ${whole} not null, signed ${whole} not null,
      primary key (program_id, trust, id))${clustered}`,
    `create table person (
      program_id ${text} not null, trust ${text} not null, event_id ${text} not null,
      email ${text}, name ${text}, company ${text}, note ${text},
      primary key (program_id, trust, event_id))`,
    `create table set_aside (
      program_id ${text} not null references program (id), id ${text} not null, event_id ${text},
      type ${text}, trust ${text} not null, outcome ${text} not null, reason ${text} not null,
      errors ${text}, body ${text} not null, key_id ${text} not null, received ${text} not null,
      replayed_at ${text}, primary key (program_id, id))`,
    `create table customer (
      program_id ${text} not null references program (id), id ${text} not null, ref ${text} not null,
      partner_id ${text}, code ${text}, evidence ${text}, kind ${text}, provisional ${text},
      verified ${whole} not null, anchor ${text}, reason ${text} not null,
      policy_version ${whole} not null, decision ${text} not null, revision ${whole} not null,
      created_at ${text} not null, decided_at ${text} not null,
      primary key (program_id, id), unique (program_id, ref))`,
    `create table unresolved (
      program_id ${text} not null, code ${text} not null, trust ${text} not null,
      event_id ${text} not null, received ${text} not null,
      primary key (program_id, code, trust, event_id))`,
    `create table click (
      program_id ${text} not null, id ${text} not null, at ${text} not null, code ${text} not null,
      class ${text} not null, primary key (program_id, id))${clustered}`,
    `create table click_count (
      program_id ${text} not null, code ${text} not null, day ${text} not null, class ${text} not null,
      clicks ${whole} not null, primary key (program_id, code, day, class))`,
    `create table idempotency (
      program_id ${text} not null references program (id), key ${text} not null,
      request_hash ${text} not null, status ${whole} not null, body ${text} not null,
      created_at ${text} not null, primary key (program_id, key))`,
  ]
}

function indexes(): string[] {
  return [
    'create index fact_received on fact (program_id, received, id)',
    'create index fact_visitor on fact (program_id, visitor) where visitor is not null',
    `create index fact_visitor_tie on fact (program_id, visitor, customer)
      where visitor is not null and customer is not null`,
    `create index fact_visitor_install on fact (program_id, visitor, install)
      where visitor is not null and install is not null`,
    'create index fact_install on fact (program_id, install) where install is not null',
    'create index fact_customer on fact (program_id, customer) where customer is not null',
    'create index fact_order on fact (program_id, order_id) where order_id is not null',
    'create index fact_lead on fact (program_id, lead_id) where lead_id is not null',
    'create index fact_email on fact (program_id, email_hash) where email_hash is not null',
    'create index set_aside_received on set_aside (program_id, received, id)',
    'create index set_aside_event on set_aside (program_id, event_id)',
    'create index unresolved_received on unresolved (program_id, received)',
    'create index customer_partner on customer (program_id, partner_id) where partner_id is not null',
    'create index customer_revision on customer (program_id, revision)',
    'create index code_partner on code (program_id, partner_id)',
    'create index code_revision on code (program_id, revision)',
    'create index link_revision on link (program_id, revision)',
    'create index link_partner on link (program_id, partner_id)',
    'create index partner_revision on partner (program_id, revision)',
    'create index partner_change_revision on partner_change (program_id, revision)',
  ]
}

const EXPECTED_ROWS: readonly ExpectedRows[] = [
  ['fact', 'fact', '1000000 1000000 500000 1'],
  ['fact', 'fact_received', '1000000 1000000 5 1'],
  ['fact', 'fact_visitor', '900000 900000 3'],
  ['fact', 'fact_visitor_tie', '100000 100000 2 1'],
  ['fact', 'fact_visitor_install', '50000 50000 2 1'],
  ['fact', 'fact_install', '100000 100000 3'],
  ['fact', 'fact_customer', '300000 300000 10'],
  ['fact', 'fact_order', '200000 200000 2'],
  ['fact', 'fact_lead', '10000 10000 2'],
  ['fact', 'fact_email', '100000 100000 2'],
]
