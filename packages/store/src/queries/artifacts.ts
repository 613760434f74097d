/** Published files and their bytes. A row is written last, so an artifact that can be found is whole. */
import { type Kysely, sql } from 'kysely'
import type { ArtifactChunkRow, ArtifactRow, Tables } from '../tables.ts'

type Db = Kysely<Tables>

/** Bytes of one row; the last one of a file may be shorter. */
export const ARTIFACT_CHUNK_BYTES = 1024 * 1024

export async function insertArtifact(db: Db, row: ArtifactRow): Promise<void> {
  await db.insertInto('artifact').values(row).execute()
}

export async function insertArtifactChunk(db: Db, row: ArtifactChunkRow): Promise<void> {
  await db.insertInto('artifact_chunk').values(row).execute()
}

/** The bytes `[start, end)` of one chunk, or `undefined` where there is none. */
export async function artifactBytes(
  db: Db,
  programId: string,
  artifactId: string,
  { n, start, end }: { n: number; start: number; end: number },
): Promise<Uint8Array | undefined> {
  const row = await db
    .selectFrom('artifact_chunk')
    .select(sql<Uint8Array>`substr(bytes, ${start + 1}, ${end - start})`.as('bytes'))
    .where('program_id', '=', programId)
    .where('artifact_id', '=', artifactId)
    .where('n', '=', n)
    .executeTakeFirst()
  return row?.bytes
}

/** Ids below `before` whose bytes belong to no artifact: publishing them was begun and never finished. */
export async function unfinishedArtifacts(
  db: Db,
  programId: string,
  before: string,
): Promise<string[]> {
  const rows = await db
    .selectFrom('artifact_chunk')
    .select('artifact_id')
    .where('program_id', '=', programId)
    .where('artifact_id', '<', before)
    .where('n', '=', 0)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('artifact')
            .select('id')
            .where('artifact.program_id', '=', programId)
            .whereRef('artifact.id', '=', 'artifact_chunk.artifact_id'),
        ),
      ),
    )
    .execute()
  return rows.map((row) => row.artifact_id)
}

/** The numbers of an artifact's chunks, the last first: the first goes last, by which leftovers are found. */
export async function artifactChunkNumbers(
  db: Db,
  programId: string,
  artifactId: string,
): Promise<number[]> {
  const rows = await db
    .selectFrom('artifact_chunk')
    .select('n')
    .where('program_id', '=', programId)
    .where('artifact_id', '=', artifactId)
    .orderBy('n', 'desc')
    .execute()
  return rows.map((row) => row.n)
}

export async function deleteArtifactChunk(
  db: Db,
  programId: string,
  artifactId: string,
  n: number,
): Promise<void> {
  await db
    .deleteFrom('artifact_chunk')
    .where('program_id', '=', programId)
    .where('artifact_id', '=', artifactId)
    .where('n', '=', n)
    .execute()
}
