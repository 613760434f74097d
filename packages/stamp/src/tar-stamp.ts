import { readUint, writeUint } from './gzip-header.ts'
import { MAX_STAMP_BYTES, stampContent, tokenInContent } from './stamp-content.ts'
import { headerChecksum, readTarHeader, TAR_BLOCK } from './tar-header.ts'
import { StampError } from './types.ts'

/** A stamp in a tar archive is always this long, whatever its token: a header and one block. */
export const TAR_STAMP_LENGTH = 2 * TAR_BLOCK

/** Content without its stamp, as the stamp's own header remembers it. */
export interface CanonicalContent {
  /** Bytes, below 2⁴⁸. */
  length: number
  crc: number
}

/** A stamp as it stands in a tar archive. */
export interface TarStamp {
  token: string
  path: string
  canonical: CanonicalContent
}

/** Bytes that ustar leaves unused at a header's end; no reader looks at them. Ours: CRC, length, mark. */
const SPARE = { crc: 500, length: 504, mark: 510 } as const
const MARK = 'Sb'
const NAME_LENGTH = 100
const PREFIX_LENGTH = 155

/**
 * The stamp as a tar entry: a regular ustar file of mode 0644, owner 0, time 0, so that the same token gives
 * the same bytes on every machine.
 *
 * @throws StampError `bad_token`; `bad_path` where the path does not fit a ustar header.
 */
export function writeTarStamp({ token, path, canonical }: TarStamp): Uint8Array {
  const entry = new Uint8Array(TAR_STAMP_LENGTH)
  const content = stampContent(token)
  const { prefix, name } = splitPath(path)
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  const put = (at: number, value: string | Uint8Array) => {
    entry.set(typeof value === 'string' ? Buffer.from(value, 'latin1') : value, at)
  }
  put(0, name)
  put(100, octal(0o644, 7))
  put(108, octal(0, 7))
  put(116, octal(0, 7))
  put(124, octal(content.length, 11))
  put(136, octal(0, 11))
  put(156, '0')
  put(257, 'ustar\x0000')
  put(329, octal(0, 7))
  put(337, octal(0, 7))
  put(345, prefix)
  writeUint(entry, SPARE.crc, 4, canonical.crc)
  writeUint(entry, SPARE.length, 6, canonical.length)
  put(SPARE.mark, MARK)
  put(148, `${headerChecksum(entry).toString(8).padStart(6, '0')}\0 `)
  put(TAR_BLOCK, content)
  return entry
}

/**
 * The stamp in these 1,024 bytes, or `null` where they are not what {@link writeTarStamp} writes, bit for bit.
 */
export function readTarStamp(entry: Uint8Array): TarStamp | null {
  if (entry.length !== TAR_STAMP_LENGTH) return null
  if (Buffer.from(entry.subarray(SPARE.mark, TAR_BLOCK)).toString('latin1') !== MARK) return null
  const stamp = parse(entry)
  return stamp && Buffer.compare(writeTarStamp(stamp), entry) === 0 ? stamp : null
}

function parse(entry: Uint8Array): TarStamp | null {
  try {
    const header = readTarHeader(entry.subarray(0, TAR_BLOCK))
    if (!header || header.size > MAX_STAMP_BYTES) return null
    const token = tokenInContent(entry.subarray(TAR_BLOCK, TAR_BLOCK + header.size))
    if (token === null) return null
    const crc = readUint(entry, SPARE.crc, 4)
    const length = readUint(entry, SPARE.length, 6)
    splitPath(header.name)
    return { token, path: header.name, canonical: { crc, length } }
  } catch (error) {
    if (error instanceof StampError) return null
    throw error
  }
}

/** A path in the two fields that ustar has for it: 155 bytes, a slash, 100 bytes. */
function splitPath(path: string): { prefix: Uint8Array; name: Uint8Array } {
  const bytes = new TextEncoder().encode(path)
  if (bytes.length <= NAME_LENGTH) return { prefix: new Uint8Array(), name: bytes }
  const slash = bytes.indexOf(0x2f, bytes.length - NAME_LENGTH - 1)
  if (slash < 1 || slash > PREFIX_LENGTH) {
    throw new StampError('bad_path', 'the stamp’s path does not fit a tar header')
  }
  return { prefix: bytes.subarray(0, slash), name: bytes.subarray(slash + 1) }
}
