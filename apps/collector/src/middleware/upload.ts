/** Takes a body of any size to the disk: bounded by bytes read, never held in memory. */
import { createWriteStream } from 'node:fs'
import { PassThrough, Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import type { Context } from 'hono'
import { Refusal, tooLarge } from '../services/refusal.ts'
import { checkAnnounced } from './body.ts'
import { mediaTypeOf, nodeRequest } from './node-request.ts'

const ENDED_EARLY = 'the body ended early'

/**
 * Writes the raw body to a file.
 *
 * @param limit bytes at most, whatever Content-Length says.
 * @throws Refusal `too_large`, `unsupported_media_type` for forms with files and compressed bodies, `bad_request`
 *   when it is empty or ends early.
 */
export async function receiveFile(c: Context, path: string, limit: number): Promise<void> {
  if (mediaTypeOf(c)?.startsWith('multipart/')) {
    throw new Refusal('unsupported_media_type', { detail: 'send the file itself as the body' })
  }
  checkAnnounced(c, limit)
  let bytes = 0
  const bounded = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.length
      done(bytes > limit ? tooLarge(limit) : null, chunk)
    },
  })
  try {
    await pipeline(bodyOf(c), bounded, createWriteStream(path, { mode: 0o600 }))
  } catch (error) {
    if (error instanceof Refusal) throw error
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'ABORT_ERR') {
      throw new Refusal('bad_request', { detail: ENDED_EARLY })
    }
    throw error
  }
  if (bytes === 0) throw new Refusal('bad_request', { detail: 'the body is empty' })
}

/** Node's own request is not destroyed with the pipeline: whoever still sends is to read the answer. */
function bodyOf(c: Context): Readable {
  const incoming = nodeRequest(c)
  if (!incoming) {
    const { body } = c.req.raw
    return body ? Readable.fromWeb(body as ReadableStream) : Readable.from([])
  }
  const copy = new PassThrough()
  incoming.pipe(copy)
  incoming.once('close', () => {
    if (!incoming.complete) copy.destroy(new Refusal('bad_request', { detail: ENDED_EARLY }))
  })
  copy.once('close', () => incoming.resume())
  return copy
}
