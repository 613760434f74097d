import { crc32 } from './crc32.ts'
import { type Source, StampError } from './types.ts'

/** The head of one gzip member (RFC 1952 §2.3). */
export interface GzipHeader {
  /** Where its deflate data starts, in bytes of the file. */
  end: number
  /** The subfields of its extra field, by their two-letter id; the first of an id counts. */
  extra: ReadonlyMap<string, Uint8Array>
}

/** The last bytes of a gzip member: CRC-32 and length, four bytes each. */
export const GZIP_TRAILER_LENGTH = 8

const FIXED_LENGTH = 10
const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const
const FIRST_READ = 4096
/** A header is a few bytes; its extra field alone may have 64 KiB. */
const MAX_HEADER_LENGTH = 256 * 1024

/**
 * Reads the header of the gzip member that starts at `start`.
 *
 * @throws StampError `unknown_format` where no member starts, `unsupported` for another method than deflate,
 *   `malformed` for reserved flags or a wrong header CRC, `truncated`, `too_large` past 256 KiB.
 */
export async function readGzipHeader(source: Source, start: number): Promise<GzipHeader> {
  for (const length of [FIRST_READ, MAX_HEADER_LENGTH]) {
    const bytes = await source.read(start, Math.min(source.size, start + length))
    const header = parseHeader(bytes)
    if (header) return { end: start + header.end, extra: header.extra }
    if (start + bytes.length === source.size) {
      throw new StampError('truncated', 'the file ends inside a gzip header')
    }
  }
  throw new StampError('too_large', 'a gzip header of more than 256 KiB')
}

/** The header, or `null` where `bytes` end inside it. */
function parseHeader(bytes: Uint8Array): GzipHeader | null {
  if (bytes[0] !== 0x1f || (bytes.length > 1 && bytes[1] !== 0x8b)) {
    throw new StampError('unknown_format', 'not a gzip file')
  }
  if (bytes.length < FIXED_LENGTH) return null
  if (bytes[2] !== 8) throw new StampError('unsupported', 'gzip with another method than deflate')
  const flags = bytes[3] ?? 0
  if (flags & FLAG.reserved) throw new StampError('malformed', 'reserved flags in a gzip header')

  let end: number | null = FIXED_LENGTH
  let extra: ReadonlyMap<string, Uint8Array> = new Map()
  if (flags & FLAG.extra) {
    if (bytes.length < end + 2) return null
    const start = end + 2
    end = start + readUint(bytes, end, 2)
    if (bytes.length < end) return null
    extra = readSubfields(bytes.subarray(start, end))
  }
  if (flags & FLAG.name) end = afterZero(bytes, end)
  if (end !== null && flags & FLAG.comment) end = afterZero(bytes, end)
  if (end === null) return null
  if (flags & FLAG.headerCrc) {
    if (bytes.length < end + 2) return null
    if (readUint(bytes, end, 2) !== (crc32(bytes.subarray(0, end)) & 0xffff)) {
      throw new StampError('malformed', 'wrong CRC of a gzip header')
    }
    end += 2
  }
  return { end, extra }
}

/** Subfields up to the first that does not fit: readers ignore what they don't know. */
function readSubfields(bytes: Uint8Array): Map<string, Uint8Array> {
  const fields = new Map<string, Uint8Array>()
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + readUint(bytes, at + 2, 2)
    if (end > bytes.length) break
    const id = String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0)
    if (!fields.has(id)) fields.set(id, bytes.slice(at + 4, end))
    at = end
  }
  return fields
}

function afterZero(bytes: Uint8Array, from: number): number | null {
  const zero = bytes.indexOf(0, from)
  return zero < 0 ? null : zero + 1
}

/** The trailer of a member whose content has this CRC and length; lengths count modulo 2³². */
export function gzipTrailer(crc: number, contentLength: number): Uint8Array {
  const bytes = new Uint8Array(GZIP_TRAILER_LENGTH)
  writeUint(bytes, 0, 4, crc)
  writeUint(bytes, 4, 4, contentLength % 2 ** 32)
  return bytes
}

/** An unsigned number of `length` bytes (at most 6), lowest byte first. */
export function readUint(bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  for (let i = length - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0)
  return value
}

/** Writes what {@link readUint} reads. */
export function writeUint(bytes: Uint8Array, at: number, length: number, value: number): void {
  let rest = value
  for (let i = 0; i < length; i++) {
    bytes[at + i] = rest % 256
    rest = Math.floor(rest / 256)
  }
}
