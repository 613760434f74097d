import { asBuffer } from './as-buffer.ts'
import { type Source, StampError } from './types.ts'

/** A member of an ar archive. */
export interface ArMember {
  name: string
  /** Its 60-byte header. */
  header: Uint8Array
  /** Where its header begins. */
  start: number
  /** Its content is `[contentStart, contentEnd)`. */
  contentStart: number
  contentEnd: number
  /** Where the next header begins: a byte further when the size is odd. */
  end: number
}

/** How an ar archive begins. */
export const AR_MAGIC = '!<arch>\n'

const HEADER_SIZE = 60
/** A Debian package has three or four members. */
const MAX_MEMBERS = 64

/**
 * Reads the headers of an ar archive (the common form of System V, as in deb(5)).
 *
 * @throws StampError `malformed`, `truncated`, or `too_large` beyond 64 members.
 */
export async function readArMembers(source: Source): Promise<ArMember[]> {
  const magic = asBuffer(await source.read(0, AR_MAGIC.length)).toString('latin1')
  if (magic !== AR_MAGIC) throw malformed('it does not begin like one')
  const members: ArMember[] = []
  let start = AR_MAGIC.length
  while (start < source.size) {
    if (members.length === MAX_MEMBERS) {
      throw new StampError('too_large', 'the ar archive has more than 64 members')
    }
    const member = readHeader(await source.read(start, start + HEADER_SIZE), start)
    if (member.contentEnd > source.size) {
      throw new StampError('truncated', `the member ${member.name} is cut off`)
    }
    members.push(member)
    start = member.end
  }
  return members
}

function readHeader(bytes: Uint8Array, start: number): ArMember {
  const text = asBuffer(bytes).toString('latin1')
  // A single form, padded with spaces alone: what stamping rewrites must come back byte for byte.
  const size = /^(0|[1-9]\d*) *$/.exec(text.slice(48, 58))?.[1]
  if (!text.endsWith('`\n')) throw malformed('a header does not end like one')
  if (size === undefined) throw malformed('a size is no number')
  const contentStart = start + HEADER_SIZE
  const contentEnd = contentStart + Number(size)
  const end = contentEnd + (Number(size) % 2)
  const name = text.slice(0, 16).trimEnd().replace(/\/$/, '')
  return { name, header: bytes, start, contentStart, contentEnd, end }
}

/** The header with another size. @throws StampError `too_large` beyond 10 digits. */
export function withSize(header: Uint8Array, size: number): Uint8Array {
  const digits = String(size)
  if (digits.length > 10) throw new StampError('too_large', 'an ar member has at most 10 digits')
  const changed = Buffer.from(header)
  changed.write(digits.padEnd(10, ' '), 48, 'latin1')
  return changed
}

function malformed(why: string): StampError {
  return new StampError('malformed', `the ar archive is damaged: ${why}`)
}
