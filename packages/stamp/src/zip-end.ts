import { asBuffer } from './as-buffer.ts'
import { type Source, StampError } from './types.ts'

// The end of a zip: central directory, then (zip64 only) a record and its locator, then the end record and the
// comment. Source: APPNOTE 6.3.10 §4.3.14–16.

const END = 0x06054b50
const LOCATOR = 0x07064b50
const RECORD = 0x06064b50
const END_SIZE = 22
const LOCATOR_SIZE = 20
const RECORD_SIZE = 56
const ZIP64_SIZE = RECORD_SIZE + LOCATOR_SIZE + END_SIZE
const MAX_COMMENT = 0xffff

/** The largest number of a 16-bit and of a 32-bit field; it says: see the zip64 record. */
export const FULL_16 = 0xffff
export const FULL_32 = 0xffffffff

/** Where a zip's central directory is. */
export interface ZipDirectory {
  entries: number
  /** Bytes. */
  size: number
  offset: number
}

/** How a zip ends. */
export interface ZipEnd extends ZipDirectory {
  /** The records between the directory and the comment: 22 bytes, or 98 in a zip64. */
  tail: Buffer
}

/**
 * Reads how a zip ends: 64 KiB at most.
 *
 * @throws StampError `malformed`, `truncated` or `unsupported`; also where two readers could see two archives: an
 *   end record in the comment, bytes after the end, fields that differ from those of the zip64 record.
 */
export async function readEnd(source: Source): Promise<ZipEnd> {
  const from = Math.max(0, source.size - END_SIZE - MAX_COMMENT - LOCATOR_SIZE - RECORD_SIZE)
  const last = asBuffer(await source.read(from, source.size))
  const [at, another] = findEnds(last)
  if (at === undefined) throw new StampError('truncated', 'the zip has no end record')
  if (!endsAt(last, at) || another !== undefined) {
    throw new StampError('malformed', 'the zip does not end with one end record and its comment')
  }
  const start = tailStart(last, at)
  const tail = Buffer.from(last.subarray(start, at + END_SIZE))
  const directory = readTail(tail)
  if (directory.offset + directory.size > from + start) {
    throw new StampError('malformed', 'the central directory runs past its end')
  }
  if (directory.offset + directory.size < from + start) {
    throw new StampError('unsupported', 'bytes stand before the zip or after its directory')
  }
  return { ...directory, tail }
}

/**
 * The last end record's place in these bytes, and those of earlier ones that could be meant as well: they say that
 * the file ends with their comment, and a later one stands in that.
 */
function findEnds(bytes: Buffer): number[] {
  const found: number[] = []
  let from = bytes.length - END_SIZE
  while (from >= 0) {
    const at = bytes.lastIndexOf('PK\x05\x06', from, 'latin1')
    if (at < 0) break
    if (found.length === 0 || endsAt(bytes, at)) found.push(at)
    from = at - 1
  }
  return found
}

function endsAt(bytes: Buffer, at: number): boolean {
  return at + END_SIZE + bytes.readUInt16LE(at + 20) === bytes.length
}

function tailStart(bytes: Buffer, end: number): number {
  const locator = end - LOCATOR_SIZE
  if (locator < 0 || bytes.readUInt32LE(locator) !== LOCATOR) return end
  const record = locator - RECORD_SIZE
  if (record < 0 || bytes.readUInt32LE(record) !== RECORD) {
    throw new StampError('unsupported', 'the zip64 end record is not where it is expected')
  }
  return record
}

/** Reads end records, 22 or 98 bytes. @throws StampError `malformed` or `unsupported`. */
export function readTail(tail: Buffer): ZipDirectory {
  const end = tail.subarray(tail.length - END_SIZE)
  const short = {
    entries: end.readUInt16LE(10),
    size: end.readUInt32LE(12),
    offset: end.readUInt32LE(16),
  }
  const disks = [end.readUInt16LE(4), end.readUInt16LE(6)]
  if (tail.length !== ZIP64_SIZE) {
    if (disks.some((disk) => disk !== 0)) throw severalDisks()
    if (end.readUInt16LE(8) !== short.entries) throw severalDisks()
    return short
  }
  if (disks.some((disk) => disk !== 0 && disk !== FULL_16)) throw severalDisks()
  const long = readRecord(tail)
  const agree =
    agrees(short.entries, long.entries, FULL_16) &&
    agrees(end.readUInt16LE(8), long.entries, FULL_16) &&
    agrees(short.size, long.size, FULL_32) &&
    agrees(short.offset, long.offset, FULL_32)
  if (!agree) throw new StampError('malformed', 'the two end records differ')
  return long
}

function readRecord(tail: Buffer): ZipDirectory {
  const locator = tail.subarray(RECORD_SIZE)
  if (tail.readBigUInt64LE(4) !== BigInt(RECORD_SIZE - 12)) {
    throw new StampError('unsupported', 'the zip64 end record is longer than usual')
  }
  if (tail.readUInt32LE(16) !== 0 || tail.readUInt32LE(20) !== 0) throw severalDisks()
  if (locator.readUInt32LE(4) !== 0 || locator.readUInt32LE(16) > 1) throw severalDisks()
  const entries = readLong(tail, 32)
  if (readLong(tail, 24) !== entries) throw severalDisks()
  const directory = { entries, size: readLong(tail, 40), offset: readLong(tail, 48) }
  if (readLong(locator, 8) !== directory.offset + directory.size) {
    throw new StampError('malformed', 'the zip64 locator points elsewhere')
  }
  return directory
}

function agrees(short: number, long: number, full: number): boolean {
  return short === full || short === long
}

function severalDisks(): StampError {
  return new StampError('unsupported', 'the zip is split over several disks')
}

/** A 64-bit number that JavaScript can hold. @throws StampError `malformed`. */
export function readLong(bytes: Buffer, at: number): number {
  const value = Number(bytes.readBigUInt64LE(at))
  if (!Number.isSafeInteger(value)) throw new StampError('malformed', 'a number is too large')
  return value
}

/**
 * The end records for a directory that grew: as the base's, with zip64 ones where the numbers need them. A field
 * that the base left to the zip64 record is left to it.
 */
export function nextTail(base: Buffer, directory: ZipDirectory): Buffer {
  const { entries, size, offset } = directory
  const end = Buffer.from(base.subarray(base.length - END_SIZE))
  const isLong = base.length === ZIP64_SIZE
  const put = (value: number, old: number, full: number) =>
    value >= full || (isLong && old === full) ? full : value
  end.writeUInt16LE(put(entries, end.readUInt16LE(8), FULL_16), 8)
  end.writeUInt16LE(put(entries, end.readUInt16LE(10), FULL_16), 10)
  end.writeUInt32LE(put(size, end.readUInt32LE(12), FULL_32), 12)
  end.writeUInt32LE(put(offset, end.readUInt32LE(16), FULL_32), 16)
  if (!isLong && entries < FULL_16 && size < FULL_32 && offset < FULL_32) return end
  const long = isLong ? Buffer.from(base.subarray(0, RECORD_SIZE + LOCATOR_SIZE)) : emptyLong()
  long.writeBigUInt64LE(BigInt(entries), 24)
  long.writeBigUInt64LE(BigInt(entries), 32)
  long.writeBigUInt64LE(BigInt(size), 40)
  long.writeBigUInt64LE(BigInt(offset), 48)
  long.writeBigUInt64LE(BigInt(offset + size), RECORD_SIZE + 8)
  return Buffer.concat([long, end])
}

/** A zip64 end record and its locator: unix, version 4.5, one disk. */
function emptyLong(): Buffer {
  const long = Buffer.alloc(RECORD_SIZE + LOCATOR_SIZE)
  long.writeUInt32LE(RECORD, 0)
  long.writeBigUInt64LE(BigInt(RECORD_SIZE - 12), 4)
  long.writeUInt16LE((3 << 8) | 45, 12)
  long.writeUInt16LE(45, 14)
  long.writeUInt32LE(LOCATOR, RECORD_SIZE)
  long.writeUInt32LE(1, RECORD_SIZE + 16)
  return long
}

/**
 * End records without their signatures, to be kept inside of the stamp's own directory record: a reader that
 * looks for an end record must not find this one.
 */
export function packTail(tail: Buffer): Buffer {
  return Buffer.concat(recordsOf(tail.length).map(([from, to]) => tail.subarray(from + 4, to)))
}

/** The end records that were packed, or `null` when these are none. */
export function unpackTail(packed: Buffer): Buffer | null {
  const isLong = packed.length === ZIP64_SIZE - 12
  if (!isLong && packed.length !== END_SIZE - 4) return null
  const tail = Buffer.alloc(isLong ? ZIP64_SIZE : END_SIZE)
  let taken = 0
  for (const [from, to, signature] of recordsOf(tail.length)) {
    tail.writeUInt32LE(signature, from)
    packed.copy(tail, from + 4, taken, taken + to - from - 4)
    taken += to - from - 4
  }
  return tail
}

function recordsOf(length: number): [from: number, to: number, signature: number][] {
  if (length === END_SIZE) return [[0, END_SIZE, END]]
  const locator = RECORD_SIZE + LOCATOR_SIZE
  return [
    [0, RECORD_SIZE, RECORD],
    [RECORD_SIZE, locator, LOCATOR],
    [locator, ZIP64_SIZE, END],
  ]
}
