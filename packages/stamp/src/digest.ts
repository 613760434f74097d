import { createHash, type Hash } from 'node:crypto'
import { composedStream } from './composition.ts'
import type { Composition, Source } from './types.ts'

/** The state of SHA-256 after the first bytes of a base: every stamped file begins with them. */
export interface HashedPrefix {
  /** How many bytes of the base were hashed. */
  readonly end: number
  readonly hash: Hash
}

/**
 * Hashes the part of the base that every file stamped by the same plan begins with. Once made, {@link sha256}
 * of a stamped file costs its tail alone.
 *
 * @param composition any stamped file of the plan.
 */
export async function hashPrefix(composition: Composition, source: Source): Promise<HashedPrefix> {
  const [first] = composition.segments
  const end = first !== undefined && 'start' in first && first.start === 0 ? first.end : 0
  const hash = createHash('sha256')
  for await (const chunk of composedStream(composition, source, { end })) hash.update(chunk)
  return { end, hash }
}

/**
 * SHA-256 of a composed file, 32 bytes.
 *
 * @param prefix of {@link hashPrefix}, from the same base and plan; left as it is, so it serves many calls.
 */
export async function sha256(
  composition: Composition,
  source: Source,
  prefix?: HashedPrefix,
): Promise<Uint8Array> {
  const hash = prefix === undefined ? createHash('sha256') : prefix.hash.copy()
  const range = { start: prefix?.end ?? 0 }
  for await (const chunk of composedStream(composition, source, range)) hash.update(chunk)
  return hash.digest()
}
