/** An installation's row holds its present decision (RULES E9), and the receipts that it was shown. */
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { InstallationRow, Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'

type Db = Kysely<Tables>

/** Rows of one insert: engines take some ten thousand parameters and no more. */
const ROWS_AT_ONCE = 500

/** Of decisions about to be written, whole rows. A known one keeps its `ref`, `receipts` and `created_at`. */
export async function saveInstallations(db: Db, rows: readonly InstallationRow[]): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    await db
      .insertInto('installation')
      .values(rows.slice(from, from + ROWS_AT_ONCE))
      .onConflict((conflict) =>
        conflict.columns(['program_id', 'id']).doUpdateSet((set) => ({
          product_id: set.ref('excluded.product_id'),
          version: set.ref('excluded.version'),
          copy_of: set.ref('excluded.copy_of'),
          ephemeral: set.ref('excluded.ephemeral'),
          download_id: set.ref('excluded.download_id'),
          partner_id: set.ref('excluded.partner_id'),
          code: set.ref('excluded.code'),
          evidence: set.ref('excluded.evidence'),
          kind: set.ref('excluded.kind'),
          contested: set.ref('excluded.contested'),
          anchor: set.ref('excluded.anchor'),
          reason: set.ref('excluded.reason'),
          policy_version: set.ref('excluded.policy_version'),
          decision: set.ref('excluded.decision'),
          revision: set.ref('excluded.revision'),
          first_seen: set.ref('excluded.first_seen'),
          last_seen: set.ref('excluded.last_seen'),
          decided_at: set.ref('excluded.decided_at'),
        })),
      )
      .execute()
  }
}

/** Notes installations that are to be decided later: new ones get this row, known ones keep theirs. */
export async function leaveInstallationsUndecided(
  db: Db,
  rows: readonly InstallationRow[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    await db
      .insertInto('installation')
      .values(rows.slice(from, from + ROWS_AT_ONCE).map((row) => ({ ...row, revision: -1 })))
      .onConflict((conflict) =>
        conflict.columns(['program_id', 'id']).doUpdateSet({ revision: -1 }),
      )
      .execute()
  }
}

/** Installations by their ids, those that are known. */
export async function installationsById(
  db: Db,
  programId: string,
  ids: readonly string[],
): Promise<InstallationRow[]> {
  if (ids.length === 0) return []
  return db
    .selectFrom('installation')
    .selectAll()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'id', ids))
    .execute()
}

/** Whom installations are credited to, as it stands in their rows. */
export async function creditsOfInstallations(
  db: Db,
  programId: string,
  ids: readonly string[],
): Promise<Pick<InstallationRow, 'id' | 'partner_id'>[]> {
  return db
    .selectFrom('installation')
    .select(['id', 'partner_id'])
    .where('program_id', '=', programId)
    .where(anyOf(db, 'id', ids))
    .execute()
}

/** Installations whose decision is older than the configuration it should rest on. */
export async function undecidedInstallations(
  db: Db,
  programId: string,
  decisionsRevision: number,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('installation')
    .select('id')
    .where('program_id', '=', programId)
    .where('revision', '<', decisionsRevision)
    .limit(limit)
    .execute()
  return rows.map((row) => row.id)
}

/** Those of these installations whose decision is still older than the configuration. */
export async function stillUndecided(
  db: Db,
  programId: string,
  decisionsRevision: number,
  ids: readonly string[],
): Promise<string[]> {
  const rows = await db
    .selectFrom('installation')
    .select('id')
    .where('program_id', '=', programId)
    .where(anyOf(db, 'id', ids))
    .where('revision', '<', decisionsRevision)
    .execute()
  return rows.map((row) => row.id)
}

/** What a list of installations may be narrowed to. */
export interface InstallationFilter {
  product?: string | undefined
  partner?: string | undefined
  download?: string | undefined
  contested?: boolean | undefined
  copies?: boolean | undefined
  after: string | undefined
  limit: number
}

/** One page of installations by id, with the filters of the list. */
export function installationsPage(
  db: Db,
  programId: string,
  filter: InstallationFilter,
): Promise<InstallationRow[]> {
  const { product, partner, download, contested, copies, after, limit } = filter
  let query = db
    .selectFrom('installation')
    .selectAll()
    .where('program_id', '=', programId)
    .orderBy('id')
    .limit(limit)
  if (product !== undefined) query = query.where('product_id', '=', product)
  if (partner !== undefined) query = query.where('partner_id', '=', partner)
  if (download !== undefined) query = query.where('download_id', '=', download)
  // Written out, so that SQLite sees that the partial index fits.
  if (contested === true) query = query.where(sql<boolean>`contested = 1`)
  if (contested === false) query = query.where('contested', '=', 0)
  if (copies === true) query = query.where('copy_of', 'is not', null)
  if (copies === false) query = query.where('copy_of', 'is', null)
  if (after !== undefined) query = query.where('id', '>', after)
  return query.execute()
}

/** Notes that a receipt was shown; an earlier one never takes it back. */
export async function raiseReceipt(
  db: Db,
  programId: string,
  id: string,
  receipt: number,
): Promise<void> {
  await db
    .updateTable('installation')
    .set({ receipts: receipt })
    .where('program_id', '=', programId)
    .where('id', '=', id)
    .where('receipts', '<', receipt)
    .execute()
}

/** Installations that an `install` names and that have no decision; none, or something is broken. */
export async function installationsWithoutDecision(db: Db, programId: string): Promise<string[]> {
  const { rows } = await sql<{ install: string }>`
    select distinct f.install from fact f
    where f.program_id = ${programId} and f.type = 'install' and f.install is not null
      and not exists (
        select 1 from installation i where i.program_id = f.program_id and i.id = f.install)
    limit 100`.execute(db)
  return rows.map((row) => row.install)
}
