/** Reads claim lines, which carry a claim out of a site without internet (docs/claim-line.md). */
import { isUtf8 } from 'node:buffer'
import { CLAIM_TEXT, LIMITS, toInstant } from '@sentby/contract'
import type { InstallFields } from './install-event.ts'

const START = 'sentby1:'
const CHECK = /&check=([0-9a-f]{8})$/
const CHECK_LENGTH = '&check=00000000'.length

/** A line as it was written, unfolded. */
export interface FoundLine {
  /** Where it starts, from 1. */
  line: number
  text: string
}

/** A line that was read, or why it cannot be. */
export type ReadLine = { fields: InstallFields } | { reason: 'malformed' | 'bad_check' }

/**
 * The lines of a text, empty ones and comments passed over. Mail programs fold long lines: what starts like no claim
 * line goes on with the line before, unless that is whole already.
 */
export function findLines(text: string): FoundLine[] {
  const found: Gathered[] = []
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const part = raw.replace(/[ \t\r]/g, '')
    if (part === '' || part.startsWith('#')) continue
    const last = found.at(-1)
    if (last && !part.startsWith(START) && isUnfinished(last)) append(last, part)
    else found.push({ line: index + 1, parts: [part], length: part.length, end: endOf(part) })
  }
  return found.map(({ line, parts }) => ({ line, text: parts.join('') }))
}

/** A line while it is put together: looked at as a whole after each piece, a megabyte of pieces would take seconds. */
interface Gathered {
  line: number
  parts: string[]
  length: number
  /** Its last characters: as many as a check has. */
  end: string
}

function append(last: Gathered, part: string): void {
  last.parts.push(part)
  last.length += part.length
  last.end = endOf(last.end + part)
}

function endOf(text: string): string {
  return text.slice(-CHECK_LENGTH)
}

function isUnfinished({ parts: [first = ''], end, length }: Gathered): boolean {
  return first.startsWith(START) && !CHECK.test(end) && length <= LIMITS.claimLineBytes
}

/** Reads one unfolded line by the exact grammar. */
export function readLine(text: string): ReadLine {
  if (!text.startsWith(START) || Buffer.byteLength(text) > LIMITS.claimLineBytes) return MALFORMED
  const check = CHECK.exec(text)
  if (!check) return MALFORMED
  const body = text.slice(0, check.index)
  if (adler32(Buffer.from(body)) !== check[1]) return { reason: 'bad_check' }
  const fields = readFields(body.slice(START.length))
  return fields ? { fields } : MALFORMED
}

const MALFORMED = { reason: 'malformed' } as const

/** The fields in their order; whatever else is there is wrong. */
function readFields(body: string): InstallFields | undefined {
  const left = body.split('&')
  const take = (name: string): string | undefined => {
    if (!left[0]?.startsWith(`${name}=`)) return undefined
    return decode(left.shift()?.slice(name.length + 1) ?? '')
  }
  const product = take('product')
  const install = take('install')
  const version = take('version')
  const parent = take('parent')
  const at = take('at')
  const claims: string[] = []
  while (left[0]?.startsWith('claim=')) claims.push(take('claim') ?? '')
  if (left.length > 0 || !product || !install || !at) return undefined
  if (toInstant(at) === null || claims.length > LIMITS.installClaims) return undefined
  if (claims.some((claim) => !CLAIM_TEXT.test(claim))) return undefined
  return { product, install, version, parent, at, claims }
}

/** A value in its only form; `undefined` for any other. */
function decode(value: string): string | undefined {
  if (!/^(?:[A-Za-z0-9\-._~]|%[0-9A-F]{2})+$/.test(value)) return undefined
  const bytes = Buffer.from(
    value.replace(/%([0-9A-F]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    ),
    'latin1',
  )
  if (!isUtf8(bytes)) return undefined
  return encode(bytes) === value ? bytes.toString('utf8') : undefined
}

function encode(bytes: Buffer): string {
  return [...bytes]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      if (/[A-Za-z0-9\-._~]/.test(character)) return character
      return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}

/** Adler-32 (RFC 1950 §8.2), 8 lower-case hex digits. */
export function adler32(bytes: Uint8Array): string {
  let a = 1
  let b = 0
  for (const byte of bytes) {
    a = (a + byte) % 65_521
    b = (b + a) % 65_521
  }
  return (b * 65_536 + a).toString(16).padStart(8, '0')
}
