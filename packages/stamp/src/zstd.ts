import * as zlib from 'node:zlib'
import { readUint } from './gzip-header.ts'
import { StampError } from './types.ts'

const MAGIC = 0xfd2fb528
const BLOCK = { rle: 1, reserved: 3 } as const

/**
 * Unpacks zstd data of one frame, as dpkg-deb writes it, where Node has zstd (22.15 and newer).
 *
 * Source: RFC 8878 §3.1.1. Node takes data that is cut off for whole, so the frame is walked through first.
 *
 * @param maxLength bytes of content, at most.
 * @throws StampError `unsupported` where Node has none, for several frames and dictionaries; `unknown_format`,
 *   `malformed`, `truncated`, `too_large`.
 */
export function unzstd(packed: Uint8Array, maxLength: number): Uint8Array {
  // The types of the oldest Node that this runs on do not know it.
  const decompress: unknown = Reflect.get(zlib, 'zstdDecompressSync')
  if (typeof decompress !== 'function') {
    throw new StampError('unsupported', 'zstd takes Node 22.15 or newer')
  }
  const contentLength = checkFrame(packed)
  try {
    const content: unknown = decompress(packed, { maxOutputLength: maxLength })
    if (!(content instanceof Uint8Array)) throw malformed()
    if (contentLength !== undefined && content.length !== contentLength) throw malformed()
    return content
  } catch (error) {
    throw refusalOf(error, maxLength)
  }
}

/** Walks to the end of the frame, which must be that of the file. Returns the content's length, where it is told. */
function checkFrame(packed: Uint8Array): number | undefined {
  if (packed.length < 4 || readUint(packed, 0, 4) !== MAGIC) {
    throw new StampError('unknown_format', 'not a zstd file')
  }
  const flags = number(packed, 4, 1)
  const isSingle = (flags & 0x20) !== 0
  if (flags & 3) throw new StampError('unsupported', 'zstd data with a dictionary')
  const lengthSize = [isSingle ? 1 : 0, 2, 4, 6][flags >>> 6] ?? 0
  const lengthStart = isSingle ? 5 : 6
  const contentLength = number(packed, lengthStart, lengthSize) + (lengthSize === 2 ? 256 : 0)
  // The eight bytes of the longest kind are read to their sixth: no member is that long.
  let at = lengthStart + (lengthSize === 6 ? 8 : lengthSize)
  for (let isLast = false; !isLast; ) {
    const header = number(packed, at, 3)
    const type = (header >>> 1) & 3
    if (type === BLOCK.reserved) throw malformed()
    isLast = (header & 1) === 1
    at += 3 + (type === BLOCK.rle ? 1 : header >>> 3)
  }
  if (flags & 4) at += 4
  if (at > packed.length) throw cutShort()
  if (at < packed.length) {
    throw new StampError('unsupported', 'zstd data of several frames, or bytes behind it')
  }
  return lengthSize === 0 ? undefined : contentLength
}

function number(packed: Uint8Array, at: number, length: number): number {
  if (at + length > packed.length) throw cutShort()
  return readUint(packed, at, length)
}

function refusalOf(error: unknown, maxLength: number): unknown {
  if (error instanceof StampError || !(error instanceof Error) || !('code' in error)) return error
  if (error.code === 'ERR_BUFFER_TOO_LARGE') {
    return new StampError('too_large', `zstd data of more than ${maxLength} bytes`)
  }
  return malformed()
}

function malformed(): StampError {
  return new StampError('malformed', 'damaged zstd data')
}

function cutShort(): StampError {
  return new StampError('truncated', 'the file ends inside its zstd data')
}
