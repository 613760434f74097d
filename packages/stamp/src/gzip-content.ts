import { pipeline, Readable } from 'node:stream'
import { createInflateRaw } from 'node:zlib'
import { CHUNK_BYTES, composedStream, wholeOf } from './composition.ts'
import { crc32, crc32Combine } from './crc32.ts'
import { GZIP_TRAILER_LENGTH, readGzipHeader, readUint } from './gzip-header.ts'
import { type Source, StampError } from './types.ts'

/** How much a file may unpack to: an archive bomb is refused, not unpacked. */
export interface UnpackLimits {
  /** Bytes of content in all. */
  contentLength: number
  /** Content may be this many times its packed size, once it has `freeLength` bytes. */
  ratio: number
  freeLength: number
}

const UNPACK_LIMITS: UnpackLimits = {
  contentLength: 64 * 2 ** 30,
  ratio: 250,
  freeLength: 64 * 2 ** 20,
}

/** What reading a gzip file to its end has shown. */
export interface GzipFacts {
  members: number
  /** Where the deflate data of the first member starts. */
  headerEnd: number
  /** Bytes and CRC-32 of the content of all members. */
  contentLength: number
  crc: number
}

/**
 * The content of a gzip file, member after member, each checked against its CRC and length. `facts` is filled
 * in while it is read and true at the end.
 *
 * @throws StampError `malformed` where a check fails or bytes follow that are no member, `truncated`,
 *   `too_large` past the limits.
 */
export async function* gunzip(
  source: Source,
  facts: GzipFacts,
  limits: UnpackLimits = UNPACK_LIMITS,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size; facts.members++) {
    const header = await readGzipHeader(source, at).catch((error: unknown) => {
      if (at > 0 && error instanceof StampError && error.code === 'unknown_format') {
        throw new StampError('malformed', 'bytes after the end of the gzip data')
      }
      throw error
    })
    if (at === 0) facts.headerEnd = header.end
    const member = inflateFrom(source, header.end)
    let crc = 0
    let length = 0
    for await (const chunk of member.chunks) {
      crc = crc32(chunk, crc)
      length += chunk.length
      checkSize(facts.contentLength + length, header.end + member.consumed(), limits)
      yield chunk
    }
    const trailerStart = header.end + member.consumed()
    if (trailerStart + GZIP_TRAILER_LENGTH > source.size) throw cutShort()
    const trailer = await source.read(trailerStart, trailerStart + GZIP_TRAILER_LENGTH)
    if (readUint(trailer, 0, 4) !== crc || readUint(trailer, 4, 4) !== length % 2 ** 32) {
      throw new StampError('malformed', 'the content does not fit its CRC')
    }
    facts.crc = crc32Combine(facts.crc, crc, length)
    facts.contentLength += length
    at = trailerStart + GZIP_TRAILER_LENGTH
  }
}

/** Facts of a file of which nothing has been read. */
export function noGzipFacts(): GzipFacts {
  return { members: 0, headerEnd: 0, contentLength: 0, crc: 0 }
}

function checkSize(contentLength: number, packedLength: number, limits: UnpackLimits): void {
  const bomb = contentLength > limits.freeLength && contentLength > packedLength * limits.ratio
  if (bomb || contentLength > limits.contentLength) {
    throw new StampError('too_large', 'the archive unpacks to more than is taken')
  }
}

interface Inflation {
  chunks: AsyncGenerator<Uint8Array>
  /** Packed bytes taken so far; at the end, those of the deflate stream exactly. */
  consumed(): number
}

/** Inflates the deflate stream that starts at `start`, to its own end. */
function inflateFrom(source: Source, start: number): Inflation {
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES })
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const packed = Readable.from(composedStream(wholeOf(source), source, { start }), {
      highWaterMark: 2,
    })
    // Its own errors come out of `inflate` below; a stream that ends before the file is no error.
    pipeline(packed, inflate, () => undefined)
    try {
      for await (const chunk of inflate) yield chunk
    } catch (error) {
      throw inflateError(error)
    }
  }
  return { chunks: chunks(), consumed: () => inflate.bytesWritten }
}

function inflateError(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code === 'Z_BUF_ERROR') return cutShort()
  if (error.code === 'Z_DATA_ERROR') return new StampError('malformed', 'damaged deflate data')
  return error
}

function cutShort(): StampError {
  return new StampError('truncated', 'the file ends inside its gzip data')
}
