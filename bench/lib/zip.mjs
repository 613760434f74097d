/** Archives to publish: valid, of any size, and nothing in them that could be compressed. */
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const VERSION = 20
/** 1 January 2026. */
const DATE = (46 << 9) | (1 << 5) | 1

/**
 * Writes a zip with one top folder whose entries are stored as they are (APPNOTE 4.3).
 *
 * @param {string} path
 * @param {number} bytes of all its entries together.
 * @param {number} entries as many as a product of this size has: all of them stand in the part behind the stamp.
 */
export function writeZip(path, bytes, entries) {
  const data = randomBytes(Math.floor(bytes / entries))
  const file = openSync(path, 'w')
  /** @type {Buffer[]} */
  const directory = []
  let at = 0
  const put = (/** @type {Buffer} */ part) => {
    writeSync(file, part)
    at += part.length
  }
  for (let i = 0; i < entries; i++) {
    // No two files of a product are alike.
    data.writeUInt32LE(i)
    const name = Buffer.from(`product/static/src/folder${i % 20}/file${i}.bin`)
    const common = commonHeader(data, name)
    directory.push(centralHeader(common, at), name)
    put(Buffer.concat([uint32(LOCAL), common, name]))
    put(data)
  }
  const start = at
  put(Buffer.concat(directory))
  put(endRecord(entries, start, at - start))
  closeSync(file)
}

/** What an entry's two headers have in common. @param {Buffer} data @param {Buffer} name */
function commonHeader(data, name) {
  const header = Buffer.alloc(26)
  header.writeUInt16LE(VERSION, 0)
  header.writeUInt16LE(DATE, 8)
  header.writeUInt32LE(crc32(data), 10)
  header.writeUInt32LE(data.length, 14)
  header.writeUInt32LE(data.length, 18)
  header.writeUInt16LE(name.length, 22)
  return header
}

/** @param {Buffer} common @param {number} offset of the entry's local header. */
function centralHeader(common, offset) {
  const head = Buffer.alloc(6)
  head.writeUInt32LE(CENTRAL)
  head.writeUInt16LE(VERSION, 4)
  const rest = Buffer.alloc(14)
  rest.writeUInt32LE(offset, 10)
  return Buffer.concat([head, common, rest])
}

/** @param {number} entries @param {number} start @param {number} length */
function endRecord(entries, start, length) {
  const record = Buffer.alloc(22)
  record.writeUInt32LE(END)
  record.writeUInt16LE(entries, 8)
  record.writeUInt16LE(entries, 10)
  record.writeUInt32LE(length, 12)
  record.writeUInt32LE(start, 16)
  return record
}

/** @param {number} value */
function uint32(value) {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
