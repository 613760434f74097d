import { asBuffer } from './as-buffer.ts'
import { crc32 } from './crc32.ts'
import { ENTRY, ENTRY_SIZE, findExtra, LOCAL_SIZE } from './zip-directory.ts'
import { FULL_32, packTail, unpackTail } from './zip-end.ts'

/** An extra field of ours: `Sb`. It marks the stamp and holds the base's end records. */
const MARK = 0x6253
const ZIP64 = 0x0001
/** 1980-01-01, the first day of DOS time: the bytes depend on the token alone. */
const DOS_DATE = 0x0021
/** A regular file, readable by all. */
const MODE = 0o100644
/** The stamp's local header and content are never longer. */
export const MAX_LOCAL_ENTRY = 1024

/** The stamp as an entry: stored, so that its bytes can be read without a decompressor. */
export interface StampEntry {
  path: string
  content: Uint8Array
  /** Where its local header begins. */
  offset: number
  /** The end records of the base. */
  tail: Buffer
}

/** The local header and the content. */
export function localEntry(entry: StampEntry): Buffer {
  const name = Buffer.from(entry.path)
  const header = Buffer.alloc(LOCAL_SIZE)
  header.writeUInt32LE(0x04034b50, 0)
  writeCommon(header, 4, entry, name)
  return Buffer.concat([header, name, entry.content])
}

/** The record in the central directory. */
export function directoryRecord(entry: StampEntry): Buffer {
  const name = Buffer.from(entry.path)
  const extra = Buffer.concat([place(entry.offset), field(MARK, packTail(entry.tail))])
  const record = Buffer.alloc(ENTRY_SIZE)
  record.writeUInt32LE(ENTRY, 0)
  record.writeUInt16LE((3 << 8) | 45, 4)
  writeCommon(record, 6, entry, name)
  record.writeUInt16LE(extra.length, 30)
  record.writeUInt32LE(MODE * 0x10000, 38)
  record.writeUInt32LE(Math.min(entry.offset, FULL_32), 42)
  return Buffer.concat([record, name, extra])
}

/** The fields that both headers have in the same order, from "version needed" to the name's length. */
function writeCommon(header: Buffer, at: number, entry: StampEntry, name: Buffer): void {
  const { content, offset } = entry
  const isAscii = name.length === entry.path.length
  header.writeUInt16LE(at === 6 && offset >= FULL_32 ? 45 : 10, at)
  header.writeUInt16LE(isAscii ? 0 : 0x0800, at + 2)
  header.writeUInt16LE(DOS_DATE, at + 8)
  header.writeUInt32LE(crc32(content), at + 10)
  header.writeUInt32LE(content.length, at + 14)
  header.writeUInt32LE(content.length, at + 18)
  header.writeUInt16LE(name.length, at + 22)
}

/** Where the local header begins, as a zip64 field when 32 bits cannot hold it. */
function place(offset: number): Buffer {
  if (offset < FULL_32) return Buffer.alloc(0)
  const long = Buffer.alloc(8)
  long.writeBigUInt64LE(BigInt(offset))
  return field(ZIP64, long)
}

function field(id: number, data: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(id, 0)
  head.writeUInt16LE(data.length, 2)
  return Buffer.concat([head, data])
}

/** Bytes of the directory's end in which the stamp's record begins, if there is one: its name has 255 at most. */
export const LAST_RECORD_WINDOW = 1024

/**
 * Finds the stamp's record at the end of a directory, by our mark.
 *
 * @param last the directory's last bytes, {@link LAST_RECORD_WINDOW} or all.
 */
export function findRecord(last: Uint8Array): { path: string; size: number; tail: Buffer } | null {
  const bytes = asBuffer(last)
  for (let at = bytes.length - ENTRY_SIZE; at >= 0; at--) {
    if (bytes.readUInt32LE(at) !== ENTRY) continue
    const record = bytes.subarray(at)
    const nameLength = record.readUInt16LE(28)
    const length = ENTRY_SIZE + nameLength + record.readUInt16LE(30) + record.readUInt16LE(32)
    if (length !== record.length) continue
    const packed = findExtra(record, MARK)
    const tail = packed === null ? null : unpackTail(packed)
    if (tail === null) return null
    const path = record.subarray(ENTRY_SIZE, ENTRY_SIZE + nameLength).toString()
    return { path, size: record.length, tail }
  }
  return null
}

/** The content of a local entry that {@link localEntry} made for this path. */
export function contentOf(local: Uint8Array, path: string): Uint8Array {
  return local.subarray(LOCAL_SIZE + Buffer.byteLength(path))
}
