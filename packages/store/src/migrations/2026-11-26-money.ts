/**
 * Terms, rewards, their review, the ledger and payouts. Frozen: a later change is a later file, and nothing here
 * imports from the program.
 */
import { type Kysely, sql } from 'kysely'
import { columnTypes, type ExpectedRows, expectRows, makeAppendOnly } from './step-parts.ts'

const APPEND_ONLY = ['terms', 'reward_review', 'ledger_transaction', 'ledger_entry']

/** Runs on both engines; `postgres` says which. */
export async function up(db: Kysely<unknown>, postgres: boolean): Promise<void> {
  const { text, whole } = columnTypes(postgres)
  const statements = [...tables(text, whole), ...indexes()]
  for (const statement of statements) await sql.raw(statement).execute(db)
  if (!postgres) await expectRows(db, EXPECTED_ROWS)
  await makeAppendOnly(db, APPEND_ONLY, postgres)
  if (postgres) await balanceInPostgres(db)
}

function tables(text: string, whole: string): string[] {
  return [
    `create table terms (
      program_id ${text} not null, group_id ${text} not null, version ${whole} not null,
      from_at ${text}, body ${text} not null, hash ${text} not null, actor ${text} not null,
      created_at ${text} not null, revision ${whole} not null,
      primary key (program_id, group_id, version),
      foreign key (program_id, group_id) references partner_group (program_id, id))`,
    `create table reward (
      program_id ${text} not null, id ${text} not null, partner_id ${text} not null,
      trigger_key ${text} not null, customer ${text} not null, order_id ${text}, reverses ${text},
      kind ${text} not null, currency ${text} not null, amount ${whole} not null,
      entry ${text} not null default 'amount', exact ${text} not null,
      orders ${text} not null default '[]', status ${text} not null, reason ${text},
      review_status ${text}, review_reason ${text}, reviewed_by ${text},
      agreed ${text}, refused ${text}, auto_review ${whole} not null default 0,
      earned_at ${text} not null, hold_until ${text} not null, month ${text} not null,
      decided_at ${text}, published_at ${text}, published_status ${text} not null default 'new',
      payout_id ${text}, explanation ${text} not null,
      group_id ${text} not null, terms_version ${whole} not null, terms_hash ${text} not null,
      tier ${whole}, created_at ${text} not null, updated_at ${text} not null,
      primary key (program_id, id),
      foreign key (program_id, partner_id) references partner (program_id, id))`,
    `create table no_reward (
      program_id ${text} not null, trigger_key ${text} not null, customer ${text} not null,
      order_id ${text}, partner_id ${text}, reason ${text} not null, at ${text} not null,
      primary key (program_id, trigger_key))`,
    `create table expected_reward (
      program_id ${text} not null, trigger_key ${text} not null, customer ${text} not null,
      order_id ${text}, partner_id ${text} not null, kind ${text} not null, amount ${whole} not null,
      currency ${text} not null, at ${text}, explanation ${text} not null,
      primary key (program_id, trigger_key))`,
    `create table reward_review (
      program_id ${text} not null, reward_id ${text} not null, n ${whole} not null, at ${text} not null,
      actor ${text} not null, status ${text} not null, amount ${whole} not null, reason ${text},
      primary key (program_id, reward_id, n))`,
    `create table proposal (
      program_id ${text} not null, id ${text} not null, reward_id ${text} not null,
      partner_id ${text} not null, changes ${text} not null,
      status ${text} not null, actor ${text}, reason ${text}, created_at ${text} not null,
      decided_at ${text}, primary key (program_id, id))`,
    `create table ledger_transaction (
      program_id ${text} not null, id ${text} not null, at ${text} not null, kind ${text} not null,
      actor ${text} not null, reward_id ${text}, payout_id ${text}, primary key (program_id, id))`,
    `create table ledger_entry (
      program_id ${text} not null, transaction_id ${text} not null, n ${whole} not null,
      account ${text} not null, partner_id ${text}, kind ${text} not null, currency ${text} not null,
      amount ${whole} not null,
      primary key (program_id, transaction_id, n),
      foreign key (program_id, transaction_id) references ledger_transaction (program_id, id))`,
    `create table balance (
      program_id ${text} not null, partner_id ${text} not null, kind ${text} not null,
      currency ${text} not null, account ${text} not null, amount ${whole} not null,
      primary key (program_id, partner_id, kind, currency, account))`,
    `create table stale_partner (
      program_id ${text} not null, partner_id ${text} not null, customer ${text} not null,
      primary key (program_id, partner_id, customer))`,
    `create table payout_batch (
      program_id ${text} not null, id ${text} not null, method ${text} not null,
      currency ${text} not null, kind ${text} not null, status ${text} not null,
      period ${text} not null, provider_key ${text} not null, provider_id ${text},
      actor ${text} not null, created_at ${text} not null, updated_at ${text} not null,
      primary key (program_id, id), unique (program_id, provider_key))`,
    `create table payout (
      program_id ${text} not null, id ${text} not null, batch_id ${text} not null,
      partner_id ${text} not null, method ${text} not null, kind ${text} not null,
      currency ${text} not null, amount ${whole} not null, status ${text} not null,
      destination ${text}, provider_id ${text}, reason ${text}, converted ${text},
      created_at ${text} not null, updated_at ${text} not null,
      primary key (program_id, id),
      foreign key (program_id, batch_id) references payout_batch (program_id, id))`,
    `create table period_run (
      program_id ${text} not null references program (id), kind ${text} not null,
      period ${text} not null, at ${text} not null, result ${text} not null,
      primary key (program_id, kind, period))`,
  ]
}

function indexes(): string[] {
  return [
    'create index terms_revision on terms (program_id, revision)',
    'create index reward_partner on reward (program_id, partner_id, created_at, id)',
    'create index reward_customer on reward (program_id, customer)',
    'create index reward_order on reward (program_id, order_id) where order_id is not null',
    'create index reward_trigger on reward (program_id, trigger_key)',
    'create index reward_reverses on reward (program_id, reverses) where reverses is not null',
    'create index reward_status on reward (program_id, status, created_at, id)',
    'create index reward_payout on reward (program_id, payout_id) where payout_id is not null',
    `create index reward_unpublished on reward (program_id, decided_at)
      where decided_at is not null and published_at is null`,
    'create index no_reward_customer on no_reward (program_id, customer)',
    'create index no_reward_order on no_reward (program_id, order_id) where order_id is not null',
    'create index expected_reward_customer on expected_reward (program_id, customer)',
    'create index expected_reward_at on expected_reward (program_id, at)',
    `create unique index proposal_open on proposal (program_id, reward_id) where status = 'open'`,
    'create index proposal_reward on proposal (program_id, reward_id)',
    'create index proposal_status on proposal (program_id, status, id)',
    `create index reward_waiting on reward (program_id, hold_until)
      where auto_review = 1 and status = 'new' and reverses is null`,
    'create index reward_month on reward (program_id, month, id)',
    'create index stale_partner_customer on stale_partner (program_id, customer)',
    'create index ledger_entry_partner on ledger_entry (program_id, partner_id) where partner_id is not null',
    'create index ledger_transaction_reward on ledger_transaction (program_id, reward_id) where reward_id is not null',
    'create index ledger_transaction_payout on ledger_transaction (program_id, payout_id) where payout_id is not null',
    'create index payout_partner on payout (program_id, partner_id, id)',
    'create index payout_of_batch on payout (program_id, batch_id)',
    'create index payout_status on payout (program_id, status, id)',
  ]
}

const EXPECTED_ROWS: readonly ExpectedRows[] = [
  ['reward', 'sqlite_autoindex_reward_1', '1000000 1000000 1'],
  ['reward', 'reward_partner', '1000000 1000000 1000 2 1'],
  ['reward', 'reward_customer', '1000000 1000000 10'],
  ['reward', 'reward_order', '1000000 1000000 2'],
  ['reward', 'reward_trigger', '1000000 1000000 2'],
  ['reward', 'reward_reverses', '50000 50000 2'],
  ['reward', 'reward_status', '1000000 1000000 200000 2 1'],
  ['reward', 'reward_payout', '800000 800000 100'],
  ['reward', 'reward_unpublished', '10000 10000 100'],
  ['ledger_entry', 'sqlite_autoindex_ledger_entry_1', '4000000 4000000 2 1'],
  ['ledger_entry', 'ledger_entry_partner', '3000000 3000000 3000'],
  ['no_reward', 'sqlite_autoindex_no_reward_1', '1000000 1000000 1'],
  ['no_reward', 'no_reward_customer', '1000000 1000000 10'],
  ['no_reward', 'no_reward_order', '1000000 1000000 1'],
  ['expected_reward', 'sqlite_autoindex_expected_reward_1', '10000 10000 1'],
  ['expected_reward', 'expected_reward_customer', '10000 10000 1'],
  ['expected_reward', 'expected_reward_at', '10000 10000 2'],
]

/** PostgreSQL proves at the commit that every transaction of the ledger sums to zero; `check` proves it anywhere. */
async function balanceInPostgres(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `create function ledger_entry_sums_to_zero() returns trigger language plpgsql as
      $$ begin
        if exists (select 1 from ledger_entry
          where program_id = new.program_id and transaction_id = new.transaction_id
          group by kind, currency having sum(amount) <> 0)
        then raise exception 'a ledger transaction does not sum to zero'; end if;
        return null;
      end $$`,
    )
    .execute(db)
  await sql
    .raw(
      `create constraint trigger ledger_entry_sums_to_zero after insert on ledger_entry
      deferrable initially deferred for each row execute function ledger_entry_sums_to_zero()`,
    )
    .execute(db)
}
