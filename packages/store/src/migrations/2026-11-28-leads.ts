/** A row for each lead, so that lists read no facts. Frozen: a later change is a later file. */
import { type Kysely, sql } from 'kysely'
import { columnTypes, type ExpectedRows, expectRows } from './step-parts.ts'

/** Runs on both engines; `postgres` says which. */
export async function up(db: Kysely<unknown>, postgres: boolean): Promise<void> {
  const { text, whole } = columnTypes(postgres)
  await sql
    .raw(
      `create table lead (
        program_id ${text} not null references program (id), id ${text} not null,
        status ${text} not null, code ${text}, customer ${text}, email_hash ${text},
        domain_hash ${text}, company_hash ${text}, filed_at ${text} not null,
        created_at ${text} not null, decided_at ${text}, decision ${text},
        decisions ${whole} not null, stale ${whole} not null, primary key (program_id, id))`,
    )
    .execute(db)
  // Leads that are known already: what their facts say is read when somebody asks.
  await sql
    .raw(
      `insert into lead (program_id, id, status, filed_at, created_at, decisions, stale)
        select program_id, lead_id, 'new', min(at), min(received), 0, 1 from fact
        where lead_id is not null and type = 'lead' group by program_id, lead_id`,
    )
    .execute(db)
  for (const index of INDEXES) await sql.raw(index).execute(db)
  if (!postgres) await expectRows(db, EXPECTED_ROWS)
}

const INDEXES = [
  'create index lead_created on lead (program_id, created_at, id)',
  'create index lead_status on lead (program_id, status, created_at, id)',
  'create index lead_code on lead (program_id, code) where code is not null',
  'create index lead_email on lead (program_id, email_hash) where email_hash is not null',
  'create index lead_domain on lead (program_id, domain_hash) where domain_hash is not null',
  'create index lead_company on lead (program_id, company_hash) where company_hash is not null',
  'create index lead_stale on lead (program_id, id) where stale = 1',
]

const EXPECTED_ROWS: readonly ExpectedRows[] = [
  ['lead', 'sqlite_autoindex_lead_1', '100000 100000 1'],
  ['lead', 'lead_created', '100000 100000 2 1'],
  ['lead', 'lead_status', '100000 100000 33000 2 1'],
  ['lead', 'lead_code', '100000 100000 100'],
  ['lead', 'lead_email', '100000 100000 2'],
  ['lead', 'lead_domain', '60000 60000 2'],
  ['lead', 'lead_company', '80000 80000 2'],
  ['lead', 'lead_stale', '10 10 1'],
]
