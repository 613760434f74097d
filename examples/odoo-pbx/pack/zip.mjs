/** A zip as Odoo's importer reads it: deflated entries, one directory, nothing else. */
import { crc32, deflateRawSync } from 'node:zlib'

/** 1980-01-01, the first day of a zip: the same files make the same bytes. */
const DATE = 0x0021
const UTF8_NAMES = 0x0800
const DEFLATED = 8
const REGULAR_0644 = 0o100644 * 0x10000

/**
 * @param {{ path: string, content: Buffer }[]} files
 * @returns {Buffer}
 */
export function packZip(files) {
  const locals = []
  const directory = []
  let offset = 0
  for (const file of files) {
    const name = Buffer.from(file.path)
    const body = deflateRawSync(file.content)
    const common = commonFields(name, body, file.content)
    const local = Buffer.concat([uint32(0x04034b50), common, name, body])
    locals.push(local)
    directory.push(directoryRecord(name, common, offset))
    offset += local.length
  }
  const records = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(records.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, records, end])
}

/** What stands alike in front of an entry and in the directory: 26 bytes. */
function commonFields(name, body, content) {
  const fields = Buffer.alloc(26)
  fields.writeUInt16LE(20, 0)
  fields.writeUInt16LE(UTF8_NAMES, 2)
  fields.writeUInt16LE(DEFLATED, 4)
  fields.writeUInt16LE(DATE, 8)
  fields.writeUInt32LE(crc32(content), 10)
  fields.writeUInt32LE(body.length, 14)
  fields.writeUInt32LE(content.length, 18)
  fields.writeUInt16LE(name.length, 22)
  return fields
}

function directoryRecord(name, common, offset) {
  const madeByUnix = Buffer.from([20, 3])
  const rest = Buffer.alloc(14)
  rest.writeUInt32LE(REGULAR_0644, 6)
  rest.writeUInt32LE(offset, 10)
  return Buffer.concat([uint32(0x02014b50), madeByUnix, common, rest, name])
}

function uint32(value) {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
