/** The program's own row, its keys and its policy versions. */
import type { Kysely } from 'kysely'
import type { ApiKeyRow, PolicyRow, ProgramRow, Tables } from '../tables.ts'

type Db = Kysely<Tables>

/** The revision of one program; what a cache compares itself with. */
export async function programRevision(db: Db, programId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('program')
    .select('revision')
    .where('id', '=', programId)
    .executeTakeFirst()
  return row?.revision
}

/** Every other program's hosts, a list a program. */
export async function hostsOfOthers(db: Db, programId: string): Promise<string[][]> {
  const rows = await db.selectFrom('program').select('hosts').where('id', '<>', programId).execute()
  return rows.map((row) => JSON.parse(row.hosts) as string[])
}

export type ProgramSettings = Pick<
  ProgramRow,
  'name' | 'currency' | 'timezone' | 'site' | 'sites' | 'hosts' | 'settings'
>

export async function updateProgram(
  db: Db,
  programId: string,
  settings: ProgramSettings,
): Promise<void> {
  await db.updateTable('program').set(settings).where('id', '=', programId).execute()
}

export async function insertKey(db: Db, row: ApiKeyRow): Promise<void> {
  await db.insertInto('api_key').values(row).execute()
}

export async function revokeKey(
  db: Db,
  programId: string,
  id: string,
  revokedAt: string,
): Promise<void> {
  await db
    .updateTable('api_key')
    .set({ revoked_at: revokedAt })
    .where('program_id', '=', programId)
    .where('id', '=', id)
    .execute()
}

export async function insertPolicy(db: Db, row: PolicyRow): Promise<void> {
  await db.insertInto('policy').values(row).execute()
}
