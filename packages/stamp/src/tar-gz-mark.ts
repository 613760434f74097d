import { readUint, writeUint } from './gzip-header.ts'
import type { CanonicalContent } from './tar-stamp.ts'

/**
 * What a prepared file says of itself in its gzip header: its content up to the end of the entries (the head), and
 * the end blocks (the tail), which are a deflate stream of their own.
 */
export interface PreparedMark {
  head: CanonicalContent
  tail: CanonicalContent
  /** Bytes of the tail's deflate stream, without the gzip trailer. */
  tailPackedLength: number
}

/** The id of our subfield in the gzip header's extra field (RFC 1952 §2.3.1.1). */
const ID = 'Sb'
const VERSION = 1
const FIELD = { version: 0, headLength: 1, headCrc: 7, tailLength: 11, tailCrc: 17, packed: 21 }
const MARK_LENGTH = 25
const FIXED_HEADER = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff]

/** The gzip header of a prepared file: no name, no time, our mark. */
export function preparedHeader({ head, tail, tailPackedLength }: PreparedMark): Uint8Array {
  const header = new Uint8Array(FIXED_HEADER.length + 6 + MARK_LENGTH)
  header.set(FIXED_HEADER)
  writeUint(header, 10, 2, 4 + MARK_LENGTH)
  header.set(Buffer.from(ID), 12)
  writeUint(header, 14, 2, MARK_LENGTH)
  const mark = header.subarray(16)
  writeUint(mark, FIELD.version, 1, VERSION)
  writeUint(mark, FIELD.headLength, 6, head.length)
  writeUint(mark, FIELD.headCrc, 4, head.crc)
  writeUint(mark, FIELD.tailLength, 6, tail.length)
  writeUint(mark, FIELD.tailCrc, 4, tail.crc)
  writeUint(mark, FIELD.packed, 4, tailPackedLength)
  return header
}

/** The mark among a gzip header's subfields, or `null`: not prepared by us, or by a version to come. */
export function readMark(extra: ReadonlyMap<string, Uint8Array>): PreparedMark | null {
  const mark = extra.get(ID)
  if (mark?.length !== MARK_LENGTH || mark[FIELD.version] !== VERSION) return null
  return {
    head: { length: readUint(mark, FIELD.headLength, 6), crc: readUint(mark, FIELD.headCrc, 4) },
    tail: { length: readUint(mark, FIELD.tailLength, 6), crc: readUint(mark, FIELD.tailCrc, 4) },
    tailPackedLength: readUint(mark, FIELD.packed, 4),
  }
}
