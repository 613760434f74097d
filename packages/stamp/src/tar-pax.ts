import { asBuffer } from './as-buffer.ts'
import { StampError } from './types.ts'

/** What pax records say about the entry that follows; the rest of them is not our business. */
export interface PaxRecords {
  name?: string
  size?: number
}

/**
 * Reads the records `<length> <key>=<value>\n` of a pax header. Source: POSIX.1-2017 pax, "pax Extended Header".
 *
 * @throws StampError `malformed` where a length does not fit.
 */
export function readPaxRecords(bytes: Uint8Array): PaxRecords {
  const data = asBuffer(bytes)
  const records: PaxRecords = {}
  let sparseName: string | undefined
  for (let at = 0; at < data.length && data[at] !== 0; ) {
    const space = data.indexOf(0x20, at)
    const length = space < 0 ? '' : data.toString('latin1', at, Math.min(space, at + 8))
    const end = at + Number(length)
    if (!/^[1-9]\d*$/.test(length) || end <= space || end > data.length || data[end - 1] !== 0x0a) {
      throw new StampError('malformed', 'damaged pax records in the tar archive')
    }
    const record = data.toString('utf8', space + 1, end - 1)
    const equals = record.indexOf('=')
    const value = record.slice(equals + 1)
    const key = record.slice(0, Math.max(equals, 0))
    if (key === 'path') records.name = value
    if (key === 'GNU.sparse.name') sparseName = value
    if (key === 'size') records.size = paxSize(value)
    at = end
  }
  if (sparseName !== undefined) records.name = sparseName
  return records
}

function paxSize(value: string): number {
  const size = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN
  if (Number.isNaN(size)) throw new StampError('malformed', 'a pax size that is no number')
  return size
}
