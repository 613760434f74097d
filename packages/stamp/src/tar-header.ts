import { StampError } from './types.ts'

/** A tar archive is a row of blocks of this many bytes. */
export const TAR_BLOCK = 512

/** One tar header, as it stands in the archive; long names come in headers of their own before it. */
export interface TarHeader {
  /** As stored, with the ustar prefix. */
  name: string
  /** One character: `0` file, `5` folder, `x` pax records … */
  type: string
  /** Bytes of content that follow, without their padding. */
  size: number
  /** Old GNU sparse files: more blocks of the sparse map follow at once. */
  hasMoreMap: boolean
}

const FIELD = {
  name: [0, 100],
  size: [124, 136],
  checksum: [148, 156],
  type: [156, 157],
  magic: [257, 263],
  prefix: [345, 500],
} as const

/** Links, devices, folders and pipes have no content, and readers differ about one that claims some. */
const WITHOUT_CONTENT = '123456'

/**
 * Reads a header block. Source: POSIX.1-2017 pax §ustar, GNU tar's `tar.h`.
 *
 * @param block 512 bytes.
 * @returns `null` where the checksum says that this is no header.
 * @throws StampError `malformed` for a size that is no number, `unsupported` where readers would disagree.
 */
export function readTarHeader(block: Uint8Array): TarHeader | null {
  if (!hasChecksum(block)) return null
  const type = text(block, FIELD.type) || '0'
  const size = readNumber(block.subarray(...FIELD.size))
  if (size > 0 && WITHOUT_CONTENT.includes(type)) {
    throw new StampError('unsupported', 'a link, device or folder with content in the tar archive')
  }
  const name = text(block, FIELD.name)
  // GNU's own format (`ustar` and two spaces) has other fields where POSIX has the prefix.
  const prefix = text(block, FIELD.magic) === 'ustar' ? text(block, FIELD.prefix) : ''
  return {
    name: prefix ? `${prefix}/${name}` : name,
    type,
    size,
    hasMoreMap: type === 'S' && block[482] === 1,
  }
}

/** The checksum of a header: its bytes added up, the checksum's own counted as spaces. */
export function headerChecksum(block: Uint8Array): number {
  const [start, end] = FIELD.checksum
  let sum = (end - start) * 0x20
  for (let i = 0; i < TAR_BLOCK; i++) if (i < start || i >= end) sum += block[i] ?? 0
  return sum
}

function hasChecksum(block: Uint8Array): boolean {
  const stored = /^ *([0-7]+)/.exec(text(block, FIELD.checksum))?.[1]
  if (stored === undefined) return false
  const unsigned = headerChecksum(block)
  if (Number.parseInt(stored, 8) === unsigned) return true
  // Some old archivers added signed bytes.
  const [start, end] = FIELD.checksum
  let high = 0
  for (let i = 0; i < TAR_BLOCK; i++) {
    if ((i < start || i >= end) && (block[i] ?? 0) > 127) high += 256
  }
  return Number.parseInt(stored, 8) === unsigned - high
}

/** Octal digits, or GNU's big-endian binary where the first bit is set. */
function readNumber(bytes: Uint8Array): number {
  const first = bytes[0] ?? 0
  if (first === 0x80) {
    const value = bytes.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0)
    if (Number.isSafeInteger(value)) return value
    throw new StampError('too_large', 'a tar entry of more than is taken')
  }
  const digits = Buffer.from(bytes).toString('latin1')
  const octal = /^ *([0-7]*)[ \0]*$/.exec(digits)?.[1]
  if (octal === undefined) throw new StampError('malformed', 'a tar entry without a size')
  return octal === '' ? 0 : Number.parseInt(octal, 8)
}

function text(block: Uint8Array, [start, end]: readonly [number, number]): string {
  return textOf(block.subarray(start, end))
}

/** A text that ends with its bytes, or at a zero before. */
export function textOf(bytes: Uint8Array): string {
  const zero = bytes.indexOf(0)
  return Buffer.from(zero < 0 ? bytes : bytes.subarray(0, zero)).toString('utf8')
}
