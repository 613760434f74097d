/** Reads bodies: bounded by bytes read, UTF-8, JSON. */
import { isUtf8 } from 'node:buffer'
import type { Context } from 'hono'
import { Refusal } from '../services/refusal.ts'

/**
 * The body as text.
 *
 * @param limit bytes at most, whatever Content-Length says.
 * @throws Refusal `too_large`, `unsupported_media_type` for compressed bodies, `malformed_json` when it is not UTF-8.
 */
export async function readText(c: Context, limit: number): Promise<string> {
  const encoding = c.req.header('content-encoding')
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Refusal('unsupported_media_type', { detail: 'send the body uncompressed' })
  }
  const declared = c.req.header('content-length')
  if (declared !== undefined && Number(declared) > limit) throw tooLarge(limit)
  const bytes =
    declared === undefined
      ? await readStream(c.req.raw.body, limit)
      : Buffer.from(await c.req.arrayBuffer())
  if (bytes.byteLength > limit) throw tooLarge(limit)
  if (!isUtf8(bytes)) throw new Refusal('malformed_json', { detail: 'the body is not UTF-8' })
  return bytes.toString('utf8')
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

async function readStream(body: ReadableStream<Uint8Array> | null, limit: number): Promise<Buffer> {
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
    chunks.push(value)
  }
}

function tooLarge(limit: number): Refusal {
  return new Refusal('too_large', { detail: `${limit} bytes at most` })
}
