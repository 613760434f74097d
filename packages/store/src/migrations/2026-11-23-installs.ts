/**
 * Products, stamped downloads and installations. Frozen: a later change is a later file, and nothing here
 * imports from the program.
 */
import { randomBytes } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { columnTypes, type ExpectedRows, expectRows, makeAppendOnly } from './step-parts.ts'

const APPEND_ONLY = ['artifact', 'download_revocation']

/** Runs on both engines; `postgres` says which. */
export async function up(db: Kysely<unknown>, postgres: boolean): Promise<void> {
  const { text, whole, bytes } = columnTypes(postgres)
  const statements = [...columns(text, whole), ...tables(text, whole, bytes), ...indexes()]
  for (const statement of statements) await sql.raw(statement).execute(db)
  await giveSecrets(db)
  if (!postgres) await expectRows(db, EXPECTED_ROWS)
  await makeAppendOnly(db, APPEND_ONLY, postgres)
}

function columns(text: string, whole: string): string[] {
  return [
    `alter table fact add column stamps ${text}`,
    `alter table partner_group add column support ${whole} not null default 0`,
    `alter table program add column stamp_secret ${text} not null default ''`,
  ]
}

function tables(text: string, whole: string, bytes: string): string[] {
  return [
    `create table product (
      program_id ${text} not null references program (id), id ${text} not null, name ${text} not null,
      stamp_path ${text}, stamp_days ${whole}, created_at ${text} not null, revision ${whole} not null,
      primary key (program_id, id))`,
    `create table artifact (
      program_id ${text} not null, id ${text} not null, product_id ${text} not null,
      file ${text} not null, version ${text}, format ${text} not null, size ${whole} not null,
      sha256 ${text} not null, published_sha256 ${text} not null, plan ${text} not null,
      created_at ${text} not null, revision ${whole} not null,
      primary key (program_id, id),
      foreign key (program_id, product_id) references product (program_id, id))`,
    `create table artifact_chunk (
      program_id ${text} not null, artifact_id ${text} not null, n ${whole} not null,
      bytes ${bytes} not null, primary key (program_id, artifact_id, n))`,
    `create table download (
      program_id ${text} not null, id ${text} not null, product_id ${text} not null,
      artifact_id ${text} not null, code ${text} not null, source ${text} not null, visitor ${text},
      at ${text} not null, primary key (program_id, id))`,
    `create table download_revocation (
      program_id ${text} not null, download_id ${text} not null, from_at ${text} not null,
      reason ${text} not null, created_at ${text} not null, revision ${whole} not null,
      primary key (program_id, download_id))`,
    `create table installation (
      program_id ${text} not null references program (id), id ${text} not null, ref ${text} not null,
      product_id ${text} not null, version ${text}, copy_of ${text}, ephemeral ${whole} not null,
      download_id ${text}, partner_id ${text}, code ${text}, evidence ${text}, kind ${text},
      contested ${whole} not null, anchor ${text}, reason ${text} not null,
      policy_version ${whole} not null, decision ${text} not null, revision ${whole} not null,
      receipts ${whole} not null, first_seen ${text} not null, last_seen ${text} not null,
      created_at ${text} not null, decided_at ${text} not null,
      primary key (program_id, id), unique (program_id, ref))`,
  ]
}

function indexes(): string[] {
  return [
    'create index artifact_product on artifact (program_id, product_id, file, id)',
    'create index artifact_revision on artifact (program_id, revision)',
    'create index download_product on download (program_id, product_id, id)',
    'create index download_code on download (program_id, code, id)',
    'create index download_revocation_revision on download_revocation (program_id, revision)',
    'create index installation_partner on installation (program_id, partner_id, id) where partner_id is not null',
    'create index installation_product on installation (program_id, product_id, id)',
    'create index installation_download on installation (program_id, download_id) where download_id is not null',
    'create index installation_contested on installation (program_id, id) where contested = 1',
    'create index installation_revision on installation (program_id, revision)',
  ]
}

async function giveSecrets(db: Kysely<unknown>): Promise<void> {
  const programs = await sql<{ id: string }>`select id from program`.execute(db)
  for (const { id } of programs.rows) {
    const secret = randomBytes(32).toString('base64url')
    await sql`update program set stamp_secret = ${secret} where id = ${id}`.execute(db)
  }
}

const EXPECTED_ROWS: readonly ExpectedRows[] = [
  ['installation', 'installation_partner', '80000 80000 500 1'],
  ['installation', 'installation_product', '100000 100000 20000 1'],
  ['installation', 'installation_download', '80000 80000 2'],
  ['installation', 'installation_revision', '100000 100000 1000'],
  ['installation', 'sqlite_autoindex_installation_1', '100000 100000 1'],
  ['installation', 'sqlite_autoindex_installation_2', '100000 100000 1'],
  ['download', 'download_product', '100000 100000 20000 1'],
  ['download', 'download_code', '100000 100000 50 1'],
  ['download', 'sqlite_autoindex_download_1', '100000 100000 1'],
]
