/** Stamped downloads that were begun, and those whose stamps count no more. */
import type { Kysely } from 'kysely'
import type { DownloadRevocationRow, DownloadRow, Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'

type Db = Kysely<Tables>

export async function insertDownload(db: Db, row: DownloadRow): Promise<void> {
  await db.insertInto('download').values(row).execute()
}

export function downloadById(
  db: Db,
  programId: string,
  id: string,
): Promise<DownloadRow | undefined> {
  return db
    .selectFrom('download')
    .selectAll()
    .where('program_id', '=', programId)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** One page of downloads, the oldest first, with the filters of the list. */
export function downloadsPage(
  db: Db,
  programId: string,
  filter: {
    product: string | undefined
    /** Any of these; `undefined`: whatever code. */
    codes: readonly string[] | undefined
    after: string | undefined
    limit: number
  },
): Promise<DownloadRow[]> {
  let query = db
    .selectFrom('download')
    .selectAll()
    .where('program_id', '=', programId)
    .orderBy('id')
    .limit(filter.limit)
  if (filter.product !== undefined) query = query.where('product_id', '=', filter.product)
  if (filter.codes !== undefined) query = query.where(anyOf(db, 'code', filter.codes))
  if (filter.after !== undefined) query = query.where('id', '>', filter.after)
  return query.execute()
}

/** How many installations each of these downloads has; copies and ephemeral ones are not counted. */
export async function installationsOfDownloads(
  db: Db,
  programId: string,
  ids: readonly string[],
): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('installation')
    .select(({ fn }) => ['download_id', fn.countAll<number>().as('count')])
    .where('program_id', '=', programId)
    .where(anyOf(db, 'download_id', ids))
    .where('copy_of', 'is', null)
    .where('ephemeral', '=', 0)
    .groupBy('download_id')
    .execute()
  return new Map(rows.map((row) => [row.download_id ?? '', Number(row.count)]))
}

/** Whether an installation came by this download: its own row may have been past the day's budget. */
export async function isInstalledFrom(db: Db, programId: string, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('installation')
    .select('id')
    .where('program_id', '=', programId)
    .where('download_id', '=', id)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export async function insertDownloadRevocation(db: Db, row: DownloadRevocationRow): Promise<void> {
  await db.insertInto('download_revocation').values(row).execute()
}
