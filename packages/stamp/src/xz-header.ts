import { crc32 } from './crc32.ts'
import { readUint } from './gzip-header.ts'
import { StampError } from './types.ts'

/** How a block is packed, and the sizes that it announces. */
export interface XzBlockHeader {
  /** Where the packed data starts. */
  end: number
  packedSize: number | undefined
  unpackedSize: number | undefined
  /** Bytes. */
  dictionarySize: number
}

/** A stream header or footer is this long. */
export const XZ_STREAM_HEADER_LENGTH = 12

const MAGIC = Buffer.from('\xfd7zXZ\0', 'latin1')
const FOOTER_MAGIC = 'YZ'
const LZMA2 = 0x21

/**
 * Reads the header of an .xz stream at the start of `bytes`, and returns the kind of its checks.
 *
 * @throws StampError `unknown_format` where it is no .xz, `malformed`, `truncated`, `unsupported`.
 */
export function readXzStreamHeader(bytes: Uint8Array): number {
  if (!MAGIC.equals(bytes.subarray(0, MAGIC.length))) {
    throw new StampError('unknown_format', 'not an xz file')
  }
  checkCrc(bytes, 6, 8)
  return readFlags(bytes, 6)
}

/**
 * Reads the stream footer at `at`, which must fit the stream it ends.
 *
 * @throws StampError `malformed`, `truncated`, `unsupported`.
 */
export function checkXzFooter(
  bytes: Uint8Array,
  at: number,
  stream: { check: number; indexLength: number },
): void {
  const text = Buffer.from(take(bytes, at, at + XZ_STREAM_HEADER_LENGTH)).toString('latin1')
  if (text.slice(10) !== FOOTER_MAGIC) throw malformedXz('its end is missing')
  if (readUint(bytes, at, 4) !== crc32(bytes.subarray(at + 4, at + 10))) throw wrongCrc()
  const indexLength = (readUint(bytes, at + 4, 4) + 1) * 4
  if (indexLength !== stream.indexLength || readFlags(bytes, at + 8) !== stream.check) {
    throw malformedXz('its end does not fit its beginning')
  }
}

function readFlags(bytes: Uint8Array, at: number): number {
  const [first = 0, check = 0] = bytes.subarray(at, at + 2)
  if (first !== 0 || check > 15) throw new StampError('unsupported', 'xz data of a newer kind')
  return check
}

/**
 * Reads the header of the block at `at`.
 *
 * @throws StampError `unsupported` for other filters than LZMA2 alone, `malformed`, `truncated`.
 */
export function readXzBlockHeader(bytes: Uint8Array, at: number): XzBlockHeader {
  const end = at + ((bytes[at] ?? 0) + 1) * 4
  const crcStart = end - 4
  take(bytes, at, end)
  checkCrc(bytes, at, crcStart)
  const flags = bytes[at + 1] ?? 0
  if (flags & 0x3c) throw new StampError('unsupported', 'xz data of a newer kind')
  const fields = new XzNumbers(bytes, at + 2, crcStart)
  const packedSize = flags & 0x40 ? fields.next() : undefined
  const unpackedSize = flags & 0x80 ? fields.next() : undefined
  const filter = fields.next()
  if ((flags & 3) !== 0 || filter !== LZMA2) {
    throw new StampError('unsupported', 'xz data with a filter for machine code or samples')
  }
  const dictionary = fields.next() === 1 ? fields.next() : -1
  if (dictionary < 0 || dictionary > 40) throw malformedXz('its dictionary has no size')
  checkZeros(bytes, fields.at, crcStart)
  if (packedSize === 0) throw malformedXz('a block is empty')
  return { end, packedSize, unpackedSize, dictionarySize: dictionarySizeOf(dictionary) }
}

/** 4 KiB, 6 KiB, 8 KiB and so on, to 4 GiB less one byte. */
function dictionarySizeOf(code: number): number {
  return code === 40 ? 0xffffffff : (2 + (code & 1)) * 2 ** ((code >>> 1) + 11)
}

/** Reads .xz's numbers: seven bits a byte, lowest first, nine bytes at most. */
export class XzNumbers {
  private readonly bytes: Uint8Array
  private readonly end: number
  /** Where the next one starts. */
  at: number

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  /** @throws StampError `truncated`; `malformed` past the end, where it is longer than it need be, or ≥ 2⁵³. */
  next(): number {
    let value = 0
    for (let i = 0; i < 9; i++) {
      const byte = this.at < this.end ? this.bytes[this.at++] : undefined
      if (byte === undefined) throw this.ended()
      value += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) {
        if ((byte === 0 && i > 0) || !Number.isSafeInteger(value)) break
        return value
      }
    }
    throw malformedXz('a number is none')
  }

  private ended(): StampError {
    return this.end < this.bytes.length ? malformedXz('a header ends early') : cutShort()
  }
}

/** The CRC of `[start, end)` stands behind it. @throws StampError `malformed`, `truncated`. */
export function checkCrc(bytes: Uint8Array, start: number, end: number): void {
  take(bytes, end, end + 4)
  if (readUint(bytes, end, 4) !== crc32(bytes.subarray(start, end))) throw wrongCrc()
}

/** Padding. @throws StampError `malformed`, `truncated`. */
export function checkZeros(bytes: Uint8Array, start: number, end: number): void {
  if (take(bytes, start, end).some((byte) => byte !== 0)) {
    throw malformedXz('its padding is not empty')
  }
}

/** The bytes `[start, end)`, all of them. @throws StampError `truncated`. */
export function take(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (end > bytes.length) throw cutShort()
  return bytes.subarray(start, end)
}

/** How damaged xz data is refused. */
export function malformedXz(why: string): StampError {
  return new StampError('malformed', `the xz data is damaged: ${why}`)
}

function wrongCrc(): StampError {
  return malformedXz('it does not fit its CRC')
}

function cutShort(): StampError {
  return new StampError('truncated', 'the file ends inside its xz data')
}
