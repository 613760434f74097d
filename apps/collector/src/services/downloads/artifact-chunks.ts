/** The bytes of a published file as the database keeps them. */

import type { Source } from '@sentby/stamp'
import {
  ARTIFACT_CHUNK_BYTES,
  type ArtifactRow,
  artifactBytes,
  artifactChunkNumbers,
  deleteArtifactChunk,
  insertArtifactChunk,
  newId,
  type Store,
  unfinishedArtifacts,
} from '@sentby/store'

/** A publish that has not ended by then never will. */
const UNFINISHED_MS = 24 * 60 * 60 * 1000

type Artifact = Pick<ArtifactRow, 'program_id' | 'id' | 'size'>

/** A published file, read from the database at each call. */
export function chunkSource(store: Pick<Store, 'db'>, artifact: Artifact): Source {
  const { program_id, id, size } = artifact
  return {
    size,
    async read(start, end) {
      const bytes = Buffer.allocUnsafe(end - start)
      let at = start
      while (at < end) {
        const n = Math.floor(at / ARTIFACT_CHUNK_BYTES)
        const from = at - n * ARTIFACT_CHUNK_BYTES
        const part = { n, start: from, end: Math.min(from + end - at, ARTIFACT_CHUNK_BYTES) }
        const found = await artifactBytes(store.db, program_id, id, part)
        if (found?.length !== part.end - part.start)
          throw new Error('bytes of an artifact are lost')
        bytes.set(found, at - start)
        at += found.length
      }
      return bytes
    },
  }
}

/** Writes a file, a chunk a transaction, so that nothing else waits for long. */
export async function storeChunks(
  store: Store,
  programId: string,
  artifactId: string,
  source: Source,
  onBytes: (done: number, total: number) => void,
): Promise<void> {
  for (let n = 0; n * ARTIFACT_CHUNK_BYTES < source.size; n++) {
    const start = n * ARTIFACT_CHUNK_BYTES
    const end = Math.min(start + ARTIFACT_CHUNK_BYTES, source.size)
    const bytes = await source.read(start, end)
    const row = { program_id: programId, artifact_id: artifactId, n, bytes }
    await store.transaction((tx) => insertArtifactChunk(tx.db, row))
    onBytes(end, source.size)
  }
}

/** Deletes the bytes of a file that was never published. */
export async function deleteChunks(
  store: Store,
  programId: string,
  artifactId: string,
): Promise<void> {
  for (const n of await artifactChunkNumbers(store.db, programId, artifactId)) {
    await store.transaction((tx) => deleteArtifactChunk(tx.db, programId, artifactId, n))
  }
}

/** Deletes what publishing left that ended on the way more than a day ago. */
export async function deleteUnfinished(
  store: Store,
  programId: string,
  nowMs: number,
): Promise<void> {
  const before = newId('artifact', nowMs - UNFINISHED_MS)
  for (const id of await unfinishedArtifacts(store.db, programId, before)) {
    await deleteChunks(store, programId, id)
  }
}
