/** Publishing: a file is prepared, planned and proven on itself, then stored; its row is written last. */
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type ArtifactAnswer, LIMITS } from '@sentby/contract'
import {
  detect,
  type Format,
  fileSource,
  type Proof,
  prepare,
  proveStampable,
  readStamp,
  type Source,
  StampError,
} from '@sentby/stamp'
import { type ArtifactRow, insertArtifact, newId } from '@sentby/store'
import {
  type Answer,
  type ConfigureDeps,
  changeConfiguration,
  freshProgram,
  type Retry,
} from '../configuration/change.ts'
import { productOf, toArtifact } from '../configuration/products.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal, tooLarge } from '../refusal.ts'
import { deleteChunks, deleteUnfinished, storeChunks } from './artifact-chunks.ts'
import { sha256Of } from './artifact-plan.ts'
import { currentFile } from './product-files.ts'

/** A file to publish. */
export interface NewFile {
  /** Where it lies; it does not change meanwhile. */
  path: string
  /** The name it is downloaded under. */
  file: string
  version?: string | undefined
  /** A folder for the prepared copy. */
  workFolder: string
  onProgress?: ((step: 'test' | 'store', done: number, total: number) => void) | undefined
}

/** Formats that may have to be packed once more; of a deb only the control member. */
const PREPARED: readonly Format[] = ['tar.gz', 'deb']
/** Formats whose stamp is a file in them, at a path that the vendor may choose. */
const WITH_PATH: readonly Format[] = ['zip', 'wheel', 'tar.gz']

/** A file that takes a stamp. */
interface Proven {
  path: string
  proof: Proof
  publishedSha256: string
}

/**
 * Publishes a file. The same file again under its name is the one that is there.
 *
 * @returns 200 where the same file is the current one of its name.
 * @throws Refusal `not_found` for an unknown product, `too_large`, `invalid_request` at `/file` for what cannot be
 *   stamped: nothing of it is left behind.
 */
export async function publish(
  deps: ConfigureDeps,
  programId: string,
  product: string,
  input: NewFile,
  retry?: Retry,
): Promise<Answer<ArtifactAnswer>> {
  const { stamp_path } = productOf(await freshProgram(deps, programId), product)
  const proven = await prove(input, stamp_path)
  const same = sameAs(deps, await freshProgram(deps, programId), product, input, proven)
  if (same) return same
  const nowMs = deps.clock.now()
  await deleteUnfinished(deps.store, programId, nowMs)
  const id = newId('artifact', nowMs)
  const source = await fileSource(proven.path)
  try {
    await storeChunks(deps.store, programId, id, source, (done, total) =>
      input.onProgress?.('store', done, total),
    )
    const answer = await announce(deps, programId, product, { id, input, proven, retry })
    // Somebody published the same meanwhile.
    if (answer.body.id !== id) await deleteChunks(deps.store, programId, id)
    return answer
  } catch (error) {
    await deleteChunks(deps.store, programId, id).catch(() => {})
    throw error
  } finally {
    await source.close()
  }
}

interface Stored {
  id: string
  input: NewFile
  proven: Proven
  retry: Retry | undefined
}

function announce(
  deps: ConfigureDeps,
  programId: string,
  product: string,
  { id, input, proven, retry }: Stored,
): Promise<Answer<ArtifactAnswer>> {
  // The same request is one for the same bytes.
  const ofBytes = retry && {
    ...retry,
    requestHash: `${retry.requestHash} ${proven.publishedSha256}`,
  }
  return changeConfiguration(deps, programId, ofBytes, async (change) => {
    productOf(change.program, product)
    const same = sameAs(deps, change.program, product, input, proven)
    if (same) return same
    const { plan, sha256 } = proven.proof
    const row: ArtifactRow = {
      program_id: programId,
      id,
      product_id: product,
      file: input.file,
      version: input.version ?? null,
      format: plan.format,
      size: plan.baseSize,
      sha256: Buffer.from(sha256).toString('hex'),
      published_sha256: proven.publishedSha256,
      plan: JSON.stringify(plan),
      created_at: change.now,
      revision: await change.revise(false),
    }
    await insertArtifact(change.tx.db, row)
    return { status: 201, body: toArtifact(deps, change.program, row) }
  })
}

function sameAs(
  deps: ConfigureDeps,
  program: ProgramConfig,
  product: string,
  { file, version }: NewFile,
  { proof, publishedSha256 }: Proven,
): Answer<ArtifactAnswer> | undefined {
  const row = currentFile(program, product, file)
  if (row?.published_sha256 !== publishedSha256 || row.version !== (version ?? null)) {
    return undefined
  }
  if (row.plan !== JSON.stringify(proof.plan)) return undefined
  return { status: 200, body: toArtifact(deps, program, row) }
}

async function prove(input: NewFile, stampPath: string | null): Promise<Proven> {
  const { file, onProgress } = input
  const published = await fileSource(input.path)
  try {
    if (published.size > LIMITS.artifactBytes) throw tooLarge(LIMITS.artifactBytes)
    onProgress?.('test', 0, published.size)
    const format = await detect(published, file)
    if (await readStamp(published, { format })) throw stamped()
    const { path, publishedSha256 } = await prepareCopy(format, published, input)
    const base = await fileSource(path)
    try {
      const chosen = stampPath !== null && WITH_PATH.includes(format) ? { path: stampPath } : {}
      const proof = await proveStampable(base, { format, ...chosen })
      return { path, publishedSha256, proof }
    } finally {
      await base.close()
    }
  } catch (error) {
    throw error instanceof StampError ? cannotBeStamped(error) : error
  } finally {
    await published.close()
  }
}

/** Of a format that needs no preparing, and of a deb with a gzip control member, the published file is the base. */
async function prepareCopy(
  format: Format,
  published: Source,
  { path, workFolder }: NewFile,
): Promise<{ path: string; publishedSha256: string }> {
  const publishedSha256 = await sha256Of(published)
  if (!PREPARED.includes(format)) return { path, publishedSha256 }
  const prepared = join(workFolder, 'prepared')
  const limit = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.length
      done(bytes > LIMITS.artifactBytes ? tooLarge(LIMITS.artifactBytes) : null, chunk)
    },
  })
  let bytes = 0
  const target = createWriteStream(prepared, { mode: 0o600 })
  await pipeline(Readable.from(prepare(format, published), { objectMode: false }), limit, target)
  return { path: prepared, publishedSha256 }
}

function stamped(): Refusal {
  const errors = [{ pointer: '/file', detail: 'carries a stamp already; publish it without' }]
  return new Refusal('invalid_request', { errors })
}

function cannotBeStamped({ code, message }: StampError): Refusal {
  if (code === 'too_large') return new Refusal('too_large', { detail: message })
  const errors = [{ pointer: '/file', detail: `${code}: ${message}` }]
  return new Refusal('invalid_request', { errors })
}
