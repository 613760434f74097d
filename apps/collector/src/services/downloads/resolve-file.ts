/** Which bytes an address means. Nothing but its text, the keys and the configuration in memory decides. */
import {
  artifactId,
  type Composition,
  readToken,
  stamp,
  type TokenFields,
  type TokenReason,
  tokenScope,
  verifyToken,
} from '@sentby/stamp'
import type { ArtifactRow } from '@sentby/store'
import type { Deps } from '../../deps.ts'
import { isRevokedAt, type ProgramConfig } from '../program-config.ts'
import { stampKeys } from '../stamp-keys.ts'
import { canonicalTag, planOf, stampedTag, wholeOf } from './artifact-plan.ts'

/** Why an address with a token gives the file without a stamp. */
export type PlainReason =
  | TokenReason
  | 'revoked'
  | 'unknown_artifact'
  | 'no_code'
  | 'unknown_code'
  | 'deferred'

/** What is sent for an address. */
export interface ResolvedFile {
  artifact: ArtifactRow
  composition: Composition
  /** Strong. */
  etag: string
  /** The partner's code that it is stamped with, or why it is not; `null`: nobody asked for a stamp. */
  stamp: { code: string } | { reason: PlainReason } | null
}

/** A file without a stamp. */
export function plainFile(artifact: ArtifactRow, reason?: PlainReason): ResolvedFile {
  const stamp = reason === undefined ? null : { reason }
  return { artifact, composition: wholeOf(artifact), etag: canonicalTag(artifact), stamp }
}

/** A file stamped with a token that is known to be good. */
export function stampedFile(artifact: ArtifactRow, token: string, code: string): ResolvedFile {
  return {
    artifact,
    composition: stamp(planOf(artifact), token),
    etag: stampedTag(artifact, token),
    stamp: { code },
  }
}

/**
 * Resolves `/dl/{token}/{file}`. A doubt about the token gives the file without a stamp and says why: a download
 * never fails because of who sent the customer.
 *
 * @returns `undefined` when the program has no file of this name.
 */
export function resolveFile(
  deps: Pick<Deps, 'config' | 'clock'>,
  program: ProgramConfig,
  token: string,
  file: string,
): ResolvedFile | undefined {
  const rows = program.artifacts.get(file) ?? []
  const fields = readToken(token)
  const wanted = rowFor(program, rows, fields)
  if (!wanted) return undefined
  const nowMs = deps.clock.now()
  const { row: artifact, isExact } = wanted
  const verdict = verifyToken(token, {
    program: program.row.slug,
    product: artifact.product_id,
    keys: stampKeys(deps.config, program).ring,
    nowMs,
  })
  if (!verdict.ok) return plainFile(artifact, verdict.reason)
  if (!isExact) return plainFile(artifact, 'unknown_artifact')
  const { code, download } = verdict.token
  const now = new Date(nowMs).toISOString()
  if (isRevokedAt(program, download, now)) return plainFile(artifact, 'revoked')
  return stampedFile(artifact, token, code)
}

/** Of the files of one name, that of the token's product and bytes; else the latest. */
function rowFor(
  program: ProgramConfig,
  rows: readonly ArtifactRow[],
  fields: TokenFields | null,
): { row: ArtifactRow; isExact: boolean } | undefined {
  const ofProduct = rows.filter(
    (row) => fields?.scope === tokenScope(program.row.slug, row.product_id),
  )
  const exact = ofProduct.findLast(
    (row) => fields?.artifact === null || fields?.artifact === idOf(row),
  )
  const row = exact ?? ofProduct.at(-1) ?? rows.at(-1)
  return row && { row, isExact: exact !== undefined }
}

const ids = new WeakMap<ArtifactRow, string>()

function idOf(row: ArtifactRow): string {
  const known = ids.get(row) ?? artifactId(Buffer.from(row.sha256, 'hex'))
  ids.set(row, known)
  return known
}
