import { asBuffer } from './as-buffer.ts'
import { sliceSource } from './source.ts'
import { type Source, StampError } from './types.ts'
import { FULL_16, FULL_32, readLong, type ZipDirectory } from './zip-end.ts'

/** One record of a central directory. */
export interface ZipEntry {
  name: string
  isFolder: boolean
  /** Where its local header begins. */
  start: number
  /** Where its bytes end at the earliest; a data descriptor or a longer local header may follow. */
  end: number
}

/** How a directory record begins, and its bytes and a local header's without name, extra fields and comment. */
export const ENTRY = 0x02014b50
export const ENTRY_SIZE = 46
export const LOCAL_SIZE = 30
/** A record is at most 46 + 3 × 65,535 bytes, so one window holds at least one. */
const WINDOW = 256 * 1024
/** Largest central directory that is read, bytes: some 700 thousand entries. */
const MAX_DIRECTORY = 64 * 1024 * 1024
/** A name in UTF-8; other names are code page 437 or whatever their maker used. */
const UTF_8 = new TextDecoder('utf-8', { fatal: true })
const LATIN = new TextDecoder('latin1')

/**
 * Reads a central directory, at most 256 KiB at a time, checks it and tells of each entry.
 *
 * @throws StampError `malformed` when a record, the count or an entry's place is impossible; `unsupported` when it is
 *   encrypted or split; `too_large` beyond 64 MiB.
 */
export async function readDirectory(
  source: Source,
  directory: ZipDirectory,
  onEntry: (entry: ZipEntry) => void,
): Promise<void> {
  if (directory.size > MAX_DIRECTORY) {
    throw new StampError('too_large', 'the central directory is larger than 64 MiB')
  }
  if (directory.entries * ENTRY_SIZE > directory.size) throw malformed('more entries than records')
  const records = sliceSource(source, directory.offset, directory.offset + directory.size)
  let at = 0
  let count = 0
  while (at < records.size) {
    const window = asBuffer(await records.read(at, Math.min(at + WINDOW, records.size)))
    let used = 0
    for (let length = nextLength(window, used); length > 0; length = nextLength(window, used)) {
      onEntry(readEntry(window.subarray(used, used + length), directory.offset))
      used += length
      count += 1
    }
    if (used === 0) throw malformed('the last record is cut off')
    at += used
  }
  if (count !== directory.entries) throw malformed('another number of entries than it says')
}

/** Bytes of the record that begins here; 0 when the window does not hold all of it. */
function nextLength(window: Buffer, at: number): number {
  const left = window.length - at
  if (left >= 4) checkSignature(window.readUInt32LE(at))
  if (left < ENTRY_SIZE) return 0
  const variable =
    window.readUInt16LE(at + 28) + window.readUInt16LE(at + 30) + window.readUInt16LE(at + 32)
  return ENTRY_SIZE + variable <= left ? ENTRY_SIZE + variable : 0
}

function checkSignature(signature: number): void {
  if (signature === ENTRY) return
  // "Archive extra data" of an encrypted directory, and its digital signature.
  if (signature === 0x08064b50 || signature === 0x05054b50) {
    throw new StampError('unsupported', 'the central directory is encrypted or signed')
  }
  throw malformed('a record has no signature')
}

function readEntry(record: Buffer, directoryOffset: number): ZipEntry {
  const flags = record.readUInt16LE(8)
  if ((flags & 0x2000) !== 0) throw new StampError('unsupported', 'the directory is encrypted')
  const nameLength = record.readUInt16LE(28)
  const { size, start, disk } = readPlace(record)
  if (disk !== 0) throw new StampError('unsupported', 'the zip is split over several disks')
  const end = start + LOCAL_SIZE + nameLength + size
  if (end > directoryOffset) throw malformed('an entry runs into the directory')
  const name = decodeName(record.subarray(ENTRY_SIZE, ENTRY_SIZE + nameLength))
  // Unix: a folder's name ends in a slash; DOS: it has the attribute too.
  return { name, isFolder: /[/\\]$/.test(name), start, end }
}

/** Size, place and disk; each one that is full stands in the zip64 field, in this order (APPNOTE §4.5.3). */
function readPlace(record: Buffer): { size: number; start: number; disk: number } {
  const long = findExtra(record, 0x0001)
  let at = 0
  const next = (value: number, full: number, bytes: 4 | 8): number => {
    if (value !== full || long === null) return value
    if (at + bytes > long.length) throw malformed('a zip64 field is too short')
    at += bytes
    return bytes === 8 ? readLong(long, at - 8) : long.readUInt32LE(at - 4)
  }
  next(record.readUInt32LE(24), FULL_32, 8)
  const size = next(record.readUInt32LE(20), FULL_32, 8)
  const start = next(record.readUInt32LE(42), FULL_32, 8)
  return { size, start, disk: next(record.readUInt16LE(34), FULL_16, 4) }
}

/** The data of a directory record's extra field of this id, or `null`. */
export function findExtra(record: Buffer, id: number): Buffer | null {
  const from = ENTRY_SIZE + record.readUInt16LE(28)
  const end = from + record.readUInt16LE(30)
  let at = from
  while (at + 4 <= end) {
    const next = at + 4 + record.readUInt16LE(at + 2)
    if (next > end) return null
    if (record.readUInt16LE(at) === id) return record.subarray(at + 4, next)
    at = next
  }
  return null
}

function decodeName(bytes: Buffer): string {
  try {
    return UTF_8.decode(bytes)
  } catch {
    return LATIN.decode(bytes)
  }
}

/** Collects where entries lie, and tells whether two of them share bytes, as those of a zip bomb do. */
export class Spans {
  readonly #starts: number[] = []
  readonly #ends: number[] = []

  /** Takes an entry. */
  add(entry: ZipEntry): void {
    this.#starts.push(entry.start)
    this.#ends.push(entry.end)
  }

  /** Whether two entries overlap. */
  overlap(): boolean {
    // Apart from each other, they end in the order in which they begin.
    const starts = Float64Array.from(this.#starts).sort()
    const ends = Float64Array.from(this.#ends).sort()
    return ends.some((end, i) => end > (starts[i + 1] ?? Number.POSITIVE_INFINITY))
  }
}

function malformed(why: string): StampError {
  return new StampError('malformed', `the central directory is damaged: ${why}`)
}
