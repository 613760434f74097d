/** Reads bodies: bounded by bytes read, UTF-8, JSON. */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Context } from 'hono'
import { Refusal, tooLarge } from '../services/refusal.ts'
import { headerOf, nodeRequest } from './node-request.ts'

/** Told of bytes as they arrive; throws to refuse them. */
type OnBytes = (bytes: number) => void

/**
 * The body as text.
 *
 * @param limit bytes at most, whatever Content-Length says.
 * @throws Refusal `too_large`, `unsupported_media_type` for compressed bodies, `malformed_json` when it is not UTF-8.
 */
export async function readText(
  c: Context,
  limit: number,
  onBytes: OnBytes = () => {},
): Promise<string> {
  checkAnnounced(c, limit)
  const incoming = nodeRequest(c)
  const bytes = await (incoming
    ? readIncoming(incoming, limit, onBytes)
    : readStream(c.req.raw.body, limit, onBytes))
  if (!isUtf8(bytes)) throw new Refusal('malformed_json', { detail: 'the body is not UTF-8' })
  return bytes.toString('utf8')
}

/**
 * Looks at what the header says of the body, before a byte of it is read.
 *
 * @throws Refusal `unsupported_media_type` when it is compressed, `too_large` when it says so itself.
 */
export function checkAnnounced(c: Context, limit: number): void {
  const encoding = headerOf(c, 'content-encoding')
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Refusal('unsupported_media_type', { detail: 'send the body uncompressed' })
  }
  const declared = headerOf(c, 'content-length')
  if (declared !== undefined && Number(declared) > limit) throw tooLarge(limit)
}

/** Node's own request gives its bytes at a fraction of what a web stream costs. */
function readIncoming(incoming: IncomingMessage, limit: number, onBytes: OnBytes): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    let isWhole = false
    const refuse = (error: unknown) => {
      incoming.off('data', take)
      incoming.resume()
      reject(error)
    }
    const take = (chunk: Buffer) => {
      bytes += chunk.byteLength
      try {
        if (bytes > limit) throw tooLarge(limit)
        onBytes(chunk.byteLength)
      } catch (error) {
        refuse(error)
        return
      }
      chunks.push(chunk)
    }
    incoming.on('data', take)
    incoming.once('end', () => {
      isWhole = true
      const [only] = chunks
      resolve(only && chunks.length === 1 ? only : Buffer.concat(chunks))
    })
    incoming.once('error', reject)
    incoming.once('close', () => {
      if (!isWhole) reject(new Refusal('bad_request', { detail: 'the body ended early' }))
    })
  })
}

/**
 * Parses JSON text.
 *
 * @throws Refusal `malformed_json`; the parser's message could quote the body, so it is not passed on.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal('malformed_json')
  }
}

async function readStream(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
  onBytes: OnBytes,
): Promise<Buffer> {
  if (!body) return Buffer.alloc(0)
  const chunks: Uint8Array[] = []
  let bytes = 0
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks)
    bytes += value.byteLength
    if (bytes > limit) {
      await reader.cancel()
      throw tooLarge(limit)
    }
    onBytes(value.byteLength)
    chunks.push(value)
  }
}
