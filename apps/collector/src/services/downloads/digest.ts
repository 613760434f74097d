/** SHA-256 of what is sent, where it costs little: `Repr-Digest` (RFC 9530). */
import { sha256 } from '@sentby/stamp'
import type { OpenArtifact } from './open-artifact.ts'
import type { ResolvedFile } from './resolve-file.ts'

/** A file on the disk is read to its end for this many bytes at most. */
const TAIL_BYTES = 4 * 1024 * 1024
const MAX_REMEMBERED = 4096
/** Files that are read for their digest at the same time: each is read into buffers of its own. */
const READ_AT_ONCE = 4

let reading = 0
const waiting: (() => void)[] = []

/** Digests of stamped files by their strong ETag, base64; the oldest go first. */
const remembered = new Map<string, string>()

/**
 * The SHA-256 of the whole file in base64, or `undefined` where it would have to be read for it. All files
 * stamped from one begin alike, so only what follows the stamp is hashed.
 */
export async function digestOf(
  file: ResolvedFile,
  open: OpenArtifact,
): Promise<string | undefined> {
  const { artifact, composition, etag } = file
  if (!file.stamp || !('code' in file.stamp)) {
    return Buffer.from(artifact.sha256, 'hex').toString('base64')
  }
  const known = remembered.get(etag)
  if (known !== undefined) return known
  const tail = composition.size - (open.prefix?.end ?? 0)
  if (open.bytes === undefined && (!open.prefix || tail > TAIL_BYTES)) return undefined
  const digest = await inTurn(async () =>
    Buffer.from(await sha256(composition, open, open.prefix)).toString('base64'),
  )
  if (remembered.size >= MAX_REMEMBERED) {
    const [oldest] = remembered.keys()
    if (oldest !== undefined) remembered.delete(oldest)
  }
  remembered.set(etag, digest)
  return digest
}

async function inTurn<T>(read: () => Promise<T>): Promise<T> {
  if (reading < READ_AT_ONCE) reading++
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    return await read()
  } finally {
    // The place goes to the next in line, or is free.
    const next = waiting.shift()
    if (next) next()
    else reading--
  }
}
