import { CLAIM_SOURCES, type Claim, MAX_CLAIMS } from './claim.ts'

/** What a claim line tells: the form and its limits are in docs/claim-line.md. */
export interface ClaimLine {
  /** 1–255 printable characters. */
  product: string
  /** The installation's own id, 1–128 of `[A-Za-z0-9._:-]`. */
  install: string
  version?: string | undefined
  /** The installation that this one was copied from. */
  parent?: string | undefined
  /** When it was installed: ISO-8601, UTC. */
  at: string
  /** In the order of the search, 16 at most. */
  claims: readonly Claim[]
}

export type ReadClaimLine =
  | { ok: true; line: ClaimLine }
  | { ok: false; reason: 'malformed' | 'bad_check' }

const START = 'sentby1:'
const LINE_BYTES = 8192
const ID = /^[A-Za-z0-9._:-]{1,128}$/
const PRODUCT = /^[^\p{C}\p{Zl}\p{Zp}]{1,255}$/u
const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z$/

/**
 * One line that carries the claims of an installation out of a site without internet, as text, on paper or
 * as a QR code. Counts once, however often it is handed in.
 *
 * @throws RangeError where a field breaks its limits.
 * @example claimLine({ product: 'pbx', install: '0192f4c2', at: '2026-11-22T10:00:00.000Z', claims })
 */
export function claimLine(line: ClaimLine): string {
  const wrong = fault(line)
  if (wrong !== undefined) throw new RangeError(`a claim line cannot hold this ${wrong}`)
  const start = START + encodeFields(lineFields(line))
  const text = `${start}&check=${adler32(start)}`
  if (text.length > LINE_BYTES) throw new RangeError('a claim line has 8,192 bytes at most')
  return text
}

/** Reads one claim line, also one that a mail program folded; refuses what is not exactly of the form. */
export function parseClaimLine(text: string): ReadClaimLine {
  const folded = text.replace(/[ \t\r\n]/g, '')
  const found = /^sentby1:(.*)&check=([0-9a-f]{8})$/.exec(folded)
  if (found === null || folded.length > LINE_BYTES) return { ok: false, reason: 'malformed' }
  const [, fields = '', check] = found
  if (adler32(START + fields) !== check) return { ok: false, reason: 'bad_check' }
  const line = readFields(fields)
  // What is written anew must be what was read: order, case of the digits, doubled fields.
  const isExact = line !== undefined && fault(line) === undefined && claimLine(line) === folded
  return isExact ? { ok: true, line } : { ok: false, reason: 'malformed' }
}

/** `name=value` joined by `&`; each byte beyond `A-Z a-z 0-9 - . _ ~` as `%XX` (RFC 3986). */
export function encodeFields(fields: readonly (readonly [string, string])[]): string {
  return fields.map(([name, value]) => `${name}=${encode(value)}`).join('&')
}

/** The fields of a line in their order, `check` aside. */
export function lineFields(line: ClaimLine): [string, string][] {
  const optional = (name: string, value: string | undefined): [string, string][] =>
    value === undefined ? [] : [[name, value]]
  return [
    ['product', line.product],
    ['install', line.install],
    ...optional('version', line.version),
    ...optional('parent', line.parent),
    ['at', line.at],
    ...line.claims.map(({ source, value }): [string, string] => ['claim', `${source}:${value}`]),
  ]
}

function fault(line: ClaimLine): string | undefined {
  if (!PRODUCT.test(line.product)) return 'product'
  if (!ID.test(line.install)) return 'install'
  if (line.version !== undefined && !PRODUCT.test(line.version)) return 'version'
  if (line.parent !== undefined && !ID.test(line.parent)) return 'parent'
  if (!UTC.test(line.at) || Number.isNaN(Date.parse(line.at))) return 'at'
  return line.claims.length > MAX_CLAIMS ? 'claims' : undefined
}

function readFields(text: string): ClaimLine | undefined {
  const line: ClaimLine = { product: '', install: '', at: '', claims: [] }
  const claims: Claim[] = []
  for (const field of text.split('&')) {
    const [name = '', encoded = ''] = field.split('=')
    const value = decode(encoded)
    if (value === undefined) return undefined
    if (name === 'claim') {
      const source = CLAIM_SOURCES.find((one) => value.startsWith(`${one}:`))
      if (source === undefined) return undefined
      claims.push({ source, value: value.slice(source.length + 1) })
    } else if (isTextField(name)) line[name] = value
    else return undefined
  }
  return { ...line, claims }
}

function isTextField(name: string): name is 'product' | 'install' | 'version' | 'parent' | 'at' {
  return ['product', 'install', 'version', 'parent', 'at'].includes(name)
}

function encode(text: string): string {
  // encodeURIComponent throws at a lone surrogate, and leaves these five as they are.
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Adler-32 of ASCII text, eight hex digits (RFC 1950, 9). */
function adler32(text: string): string {
  let a = 1
  let b = 0
  for (let n = 0; n < text.length; n++) {
    a = (a + text.charCodeAt(n)) % 65_521
    b = (b + a) % 65_521
  }
  return [b, a].map((half) => half.toString(16).padStart(4, '0')).join('')
}
