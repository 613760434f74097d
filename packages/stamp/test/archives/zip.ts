import { deflateRawSync } from 'node:zlib'
import { crc32 } from '../../src/crc32.ts'

/** One entry of a zip to be made; a name that ends in a slash is a folder. */
export interface ZipItem {
  name: string
  content?: string | Uint8Array
  /** Absent: stored. */
  deflate?: boolean
  /** The sizes stand behind the content, as a program writes them that cannot seek. */
  descriptor?: boolean
}

/** What a zip is beside its entries. */
export interface ZipShape {
  comment?: string
  /** Bytes before the first entry; the offsets count them. */
  prefix?: string
  /** Writes zip64 end records, also where they are not needed; needed beyond 65,534 entries. */
  zip64?: boolean
}

const LOCAL = 0x04034b50
const DESCRIPTOR = 0x08074b50
const ENTRY = 0x02014b50
const END = 0x06054b50
/** 2026-11-22. */
const DATE = ((2026 - 1980) << 9) | (11 << 5) | 22

/** Makes a zip as other programs write it, not with the code under test. */
export function makeZip(items: readonly ZipItem[], shape: ZipShape = {}): Buffer {
  const parts: Buffer[] = [Buffer.from(shape.prefix ?? '')]
  const records: Buffer[] = []
  let offset = Buffer.byteLength(shape.prefix ?? '')
  for (const item of items) {
    const { local, record } = makeEntry(item, offset)
    parts.push(local)
    records.push(record)
    offset += local.length
  }
  const directory = Buffer.concat(records)
  const long = shape.zip64 === true || items.length >= 0xffff
  const place = { entries: items.length, size: directory.length, offset }
  return Buffer.concat([
    ...parts,
    directory,
    long ? longEnd(place) : Buffer.alloc(0),
    makeEnd(place, Buffer.from(shape.comment ?? ''), long),
  ])
}

function makeEntry(item: ZipItem, offset: number): { local: Buffer; record: Buffer } {
  const name = Buffer.from(item.name)
  const content = Buffer.from(item.content ?? '')
  const packed = item.deflate === true ? deflateRawSync(content) : content
  const header = Buffer.alloc(26)
  header.writeUInt16LE(20, 0)
  header.writeUInt16LE((item.descriptor === true ? 8 : 0) | 0x800, 2)
  header.writeUInt16LE(item.deflate === true ? 8 : 0, 4)
  header.writeUInt16LE(DATE, 8)
  const facts = Buffer.alloc(12)
  facts.writeUInt32LE(crc32(content), 0)
  facts.writeUInt32LE(packed.length, 4)
  facts.writeUInt32LE(content.length, 8)
  header.writeUInt16LE(name.length, 22)
  const later = item.descriptor === true
  const local = Buffer.concat([
    int32(LOCAL),
    header.subarray(0, 10),
    later ? Buffer.alloc(12) : facts,
    header.subarray(22),
    name,
    packed,
    ...(later ? [int32(DESCRIPTOR), facts] : []),
  ])
  const rest = Buffer.alloc(14)
  const isFolder = item.name.endsWith('/')
  rest.writeUInt32LE((isFolder ? 0o040755 : 0o100644) * 0x10000 + (isFolder ? 0x10 : 0), 6)
  rest.writeUInt32LE(offset, 10)
  const madeBy = Buffer.from([30, 3])
  const record = [int32(ENTRY), madeBy, header.subarray(0, 10), facts, header.subarray(22)]
  return { local, record: Buffer.concat([...record, rest, name]) }
}

interface Place {
  entries: number
  size: number
  offset: number
}

function makeEnd({ entries, size, offset }: Place, comment: Buffer, long: boolean): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(END, 0)
  end.writeUInt16LE(long ? 0xffff : entries, 8)
  end.writeUInt16LE(long ? 0xffff : entries, 10)
  end.writeUInt32LE(long ? 0xffffffff : size, 12)
  end.writeUInt32LE(long ? 0xffffffff : offset, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([end, comment])
}

/** The zip64 end record and its locator. */
export function longEnd({ entries, size, offset }: Place): Buffer {
  const end = Buffer.alloc(76)
  end.writeUInt32LE(0x06064b50, 0)
  end.writeBigUInt64LE(44n, 4)
  end.writeUInt16LE(0x031e, 12)
  end.writeUInt16LE(45, 14)
  end.writeBigUInt64LE(BigInt(entries), 24)
  end.writeBigUInt64LE(BigInt(entries), 32)
  end.writeBigUInt64LE(BigInt(size), 40)
  end.writeBigUInt64LE(BigInt(offset), 48)
  end.writeUInt32LE(0x07064b50, 56)
  end.writeBigUInt64LE(BigInt(offset + size), 64)
  end.writeUInt32LE(1, 72)
  return end
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
