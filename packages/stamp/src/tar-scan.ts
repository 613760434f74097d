import { readTarHeader, TAR_BLOCK, type TarHeader, textOf } from './tar-header.ts'
import { type PaxRecords, readPaxRecords } from './tar-pax.ts'
import { StampError } from './types.ts'

/** Names and pax records are a few bytes; this many are a trap. */
const MAX_META_LENGTH = 1024 * 1024
/** Multi-volume parts, and long names in a form that GNU tar left in 1993. */
const UNSUPPORTED = 'MN'
/** Headers about other entries or about the archive: no file of their own. */
const LONG_NAME = 'L'
const LONG_LINK = 'K'
const PAX = 'xX'
const GLOBAL_PAX = 'g'
const VOLUME_LABEL = 'V'

/** Told of each entry: its full name, and whether it is a folder. */
type OnEntry = (name: string, isFolder: boolean) => void

/**
 * Reads a tar archive that comes in pieces, and holds none of its contents. `push` each piece, then `end`.
 * Every entry must be whole, and nothing but zeros may follow the first zero block.
 */
export class TarScan {
  /** Where the entries end and the end blocks begin; `null` until there. */
  entriesEnd: number | null = null
  readonly #onEntry: OnEntry
  readonly #block = new Uint8Array(TAR_BLOCK)
  #filled = 0
  #at = 0
  /** Content and padding still to be passed over. */
  #skip = 0
  #meta: { type: string; bytes: Uint8Array; filled: number } | null = null
  #expectsMap = false
  /** What headers before it said of the next entry. */
  #longName: string | undefined
  #pax: PaxRecords = {}

  constructor(onEntry: OnEntry) {
    this.#onEntry = onEntry
  }

  /**
   * @throws StampError `unknown_format` where the first block is no tar header, `malformed`, `unsupported`,
   *   `too_large` for names of more than 1 MiB.
   */
  push(piece: Uint8Array): void {
    for (let i = 0; i < piece.length; ) {
      const rest = piece.subarray(i)
      if (this.entriesEnd !== null) {
        this.#checkZeros(rest)
        return
      }
      const taken = this.#skip > 0 ? this.#pass(rest) : this.#fill(rest)
      i += taken
      this.#at += taken
      if (this.#filled === TAR_BLOCK) this.#takeBlock()
    }
  }

  /** @throws StampError `truncated` where the archive ends inside an entry, `unknown_format` where it is empty. */
  end(): void {
    if (this.#at === 0) throw new StampError('unknown_format', 'an empty file, not a tar archive')
    const expects = this.#expectsMap || this.#longName !== undefined || this.#pax.name !== undefined
    if (this.#skip > 0 || this.#filled > 0 || expects) {
      throw new StampError('truncated', 'the tar archive ends inside an entry')
    }
    // Some archivers leave out the end blocks, and readers do without.
    this.entriesEnd ??= this.#at
  }

  #pass(piece: Uint8Array): number {
    const taken = Math.min(piece.length, this.#skip)
    const meta = this.#meta
    if (meta) {
      const wanted = Math.min(taken, meta.bytes.length - meta.filled)
      meta.bytes.set(piece.subarray(0, wanted), meta.filled)
      meta.filled += wanted
    }
    this.#skip -= taken
    if (meta && this.#skip === 0) this.#takeMeta(meta.type, meta.bytes)
    return taken
  }

  #fill(piece: Uint8Array): number {
    const taken = Math.min(piece.length, TAR_BLOCK - this.#filled)
    this.#block.set(piece.subarray(0, taken), this.#filled)
    this.#filled += taken
    return taken
  }

  #takeBlock(): void {
    this.#filled = 0
    if (this.#expectsMap) {
      this.#expectsMap = this.#block[504] === 1
      return
    }
    if (isZero(this.#block)) {
      this.entriesEnd = this.#at - TAR_BLOCK
      return
    }
    const header = readTarHeader(this.#block)
    if (!header) {
      if (this.#at === TAR_BLOCK) throw new StampError('unknown_format', 'not a tar archive')
      throw new StampError('malformed', 'a damaged header in the tar archive')
    }
    if (UNSUPPORTED.includes(header.type)) {
      throw new StampError('unsupported', `a tar entry of type ${header.type}`)
    }
    if (isMeta(header.type)) this.#startMeta(header)
    else this.#takeEntry(header)
  }

  #startMeta(header: TarHeader): void {
    if (header.size > MAX_META_LENGTH) {
      throw new StampError('too_large', 'a name of more than 1 MiB in the tar archive')
    }
    this.#meta = { type: header.type, bytes: new Uint8Array(header.size), filled: 0 }
    this.#skip = padded(header.size)
    if (this.#skip === 0) this.#takeMeta(header.type, this.#meta.bytes)
  }

  #takeMeta(type: string, bytes: Uint8Array): void {
    this.#meta = null
    if (type === LONG_NAME) {
      this.#longName = textOf(bytes)
    } else if (PAX.includes(type)) {
      this.#pax = readPaxRecords(bytes)
    } else if (type === GLOBAL_PAX) {
      const { name, size } = readPaxRecords(bytes)
      if (name !== undefined || size !== undefined) {
        throw new StampError('unsupported', 'one name or size for all entries of the tar archive')
      }
    }
  }

  #takeEntry(header: TarHeader): void {
    const name = this.#pax.name ?? this.#longName ?? header.name
    this.#skip = padded(this.#pax.size ?? header.size)
    if (!Number.isSafeInteger(this.#at + this.#skip)) {
      throw new StampError('too_large', 'a tar entry of more than is taken')
    }
    this.#expectsMap = header.hasMoreMap
    this.#longName = undefined
    this.#pax = {}
    // Before ustar, a folder was a file whose name ends in a slash.
    const isFolder = header.type === '5' || header.type === 'D' || name.endsWith('/')
    if (header.type !== VOLUME_LABEL) this.#onEntry(name, isFolder)
  }

  #checkZeros(piece: Uint8Array): void {
    if (!isZero(piece)) {
      throw new StampError('malformed', 'bytes after the end of the tar archive')
    }
  }
}

const ZEROS = new Uint8Array(64 * 1024)

/** Compared, not walked through: an archive may end in many MiB of zeros. */
function isZero(piece: Uint8Array): boolean {
  for (let at = 0; at < piece.length; at += ZEROS.length) {
    const part = piece.subarray(at, at + ZEROS.length)
    if (Buffer.compare(part, ZEROS.subarray(0, part.length)) !== 0) return false
  }
  return true
}

function isMeta(type: string): boolean {
  return type === LONG_NAME || type === LONG_LINK || type === GLOBAL_PAX || PAX.includes(type)
}

function padded(size: number): number {
  return Math.ceil(size / TAR_BLOCK) * TAR_BLOCK
}
