/** Codes, links, and the facts that named a code before it was there. */
import type { Kysely } from 'kysely'
import type { CodeRow, FactRow, LinkRow, Tables } from '../tables.ts'
import { factsById } from './facts.ts'

type Db = Kysely<Tables>

export async function insertCode(db: Db, row: CodeRow): Promise<void> {
  await db.insertInto('code').values(row).execute()
}

export async function insertLink(db: Db, row: LinkRow): Promise<void> {
  await db.insertInto('link').values(row).execute()
}

/** Facts that named this code while nobody had it, at most `limit`. */
export async function factsNamingUnknownCode(
  db: Db,
  programId: string,
  code: string,
  limit: number,
): Promise<FactRow[]> {
  const rows = await db
    .selectFrom('unresolved')
    .select(['trust', 'event_id'])
    .where('program_id', '=', programId)
    .where('code', '=', code)
    .limit(limit)
    .execute()
  return factsById(
    db,
    programId,
    rows.map(({ trust, event_id }) => ({ trust, id: event_id })),
  )
}

/** The code is known from now on. */
export async function forgetUnknownCode(db: Db, programId: string, code: string): Promise<void> {
  await db
    .deleteFrom('unresolved')
    .where('program_id', '=', programId)
    .where('code', '=', code)
    .execute()
}

/** Clicks on a code by class, of all days. */
export async function clicksOfCode(
  db: Db,
  programId: string,
  code: string,
): Promise<{ class: string; clicks: number }[]> {
  const rows = await db
    .selectFrom('click_count')
    .select((select) => ['class', select.fn.sum<number>('clicks').as('clicks')])
    .where('program_id', '=', programId)
    .where('code', '=', code)
    .groupBy('class')
    .execute()
  return rows.map((row) => ({ class: row.class, clicks: Number(row.clicks) }))
}
