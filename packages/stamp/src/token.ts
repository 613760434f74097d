import { createHash } from 'node:crypto'
import { isSignedBy, type StampKey, signText } from './token-key.ts'
import { MAX_TOKEN_LENGTH, StampError } from './types.ts'

/** What a token says, read from its text alone. */
export interface TokenFields {
  /** The id of the key that signed it, 6 characters. */
  kid: string
  /** {@link tokenScope} of its program and product, 16 characters. */
  scope: string
  /** The canonical partner code. */
  code: string
  /** The id of the download. */
  download: string
  /** {@link artifactId} of the canonical file, 11 characters; `null` where it was not known. */
  artifact: string | null
  /** When it was made, unix seconds. */
  issuedSeconds: number
  /** From this second on it counts no more; `null`: never. */
  expiresSeconds: number | null
}

/** What a token is made from. */
export interface TokenInput extends Omit<TokenFields, 'kid' | 'scope'> {
  /** The program's slug. */
  program: string
  product: string
}

/** Who is asked about, and by which keys. */
export interface TokenCheck {
  program: string
  product: string
  /** Every key that may have signed; the first need not be the one that signs now. */
  keys: readonly StampKey[]
  nowMs: number
}

/** Why a token does not count, in the order of judging. */
export type TokenReason =
  | 'malformed'
  | 'unknown_key'
  | 'bad_signature'
  | 'foreign_product'
  | 'expired'

/** What {@link verifyToken} found; `token` is what an unverified text says, for the record only. */
export type TokenVerdict =
  | { ok: true; token: TokenFields }
  | { ok: false; reason: TokenReason; token?: TokenFields }

/** 7 digits of base 36: unix seconds until the year 4453. */
const SECONDS_LIMIT = 36 ** 7

const TOKEN = new RegExp(
  [
    '^s1',
    '(?<kid>[A-Za-z0-9_-]{6})',
    '(?<scope>[A-Za-z0-9_-]{16})',
    '(?<code>[A-Z0-9]{2,32})',
    '(?<download>[A-Za-z0-9_-]{1,40})',
    '(?<artifact>[A-Za-z0-9_-]{11}|-)',
    '(?<issued>[1-9a-z][0-9a-z]{0,6})',
    '(?<expires>0|[1-9a-z][0-9a-z]{0,6})',
    '(?<mac>[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{86})$',
  ].join('\\.'),
)

/** What binds a token to a program and a product, however long their names are: 16 characters. */
export function tokenScope(program: string, product: string): string {
  return createHash('sha256').update(`${program}\n${product}`).digest('base64url').slice(0, 16)
}

/**
 * The 11 characters by which a token names a file.
 *
 * @param sha256 of the canonical file, 32 bytes. @throws StampError `bad_token` for another length.
 */
export function artifactId(sha256: Uint8Array): string {
  if (sha256.length !== 32) throw new StampError('bad_token', 'a SHA-256 has 32 bytes')
  return Buffer.from(sha256).toString('base64url').slice(0, 11)
}

/**
 * Makes a token: at most 256 characters of `[A-Za-z0-9._-]`, a claim and never a permission.
 *
 * @throws StampError `bad_token` when a field has not its form, TypeError when the key only verifies.
 */
export function issueToken(input: TokenInput, key: StampKey): string {
  const expires = input.expiresSeconds === null ? '0' : seconds(input.expiresSeconds)
  const scope = tokenScope(input.program, input.product)
  const { code, download, artifact } = input
  const parts = ['s1', key.kid, scope, code, download, artifact ?? '-']
  const signed = [...parts, seconds(input.issuedSeconds), expires].join('.')
  const token = `${signed}.${signText(signed, key)}`
  if (readToken(token) === null) throw new StampError('bad_token', 'a field has not its form')
  return token
}

/** Reads a token's syntax; nothing is verified. `null` when this is none of version 1. */
export function readToken(text: string): TokenFields | null {
  if (text.length > MAX_TOKEN_LENGTH) return null
  const groups = TOKEN.exec(text)?.groups
  if (groups === undefined) return null
  const { kid = '', scope = '', code = '', download = '', artifact = '-' } = groups
  const expires = groups['expires'] ?? '0'
  return {
    kid,
    scope,
    code,
    download,
    artifact: artifact === '-' ? null : artifact,
    issuedSeconds: Number.parseInt(groups['issued'] ?? '', 36),
    expiresSeconds: expires === '0' ? null : Number.parseInt(expires, 36),
  }
}

/**
 * Judges a token: its form, its key, its signature (in constant time), whether it is about this program's
 * product, and its end; the first doubt is the reason. From its last second `expires` on it is expired.
 */
export function verifyToken(text: string, check: TokenCheck): TokenVerdict {
  const token = readToken(text)
  if (token === null) return { ok: false, reason: 'malformed' }
  const refuse = (reason: TokenReason): TokenVerdict => ({ ok: false, reason, token })
  // Two keys may share an id by chance, so each of that id is tried.
  const keys = check.keys.filter((key) => key.kid === token.kid)
  if (keys.length === 0) return refuse('unknown_key')
  const dot = text.lastIndexOf('.')
  const signed = text.slice(0, dot)
  const mac = text.slice(dot + 1)
  if (!keys.some((key) => isSignedBy(signed, mac, key))) return refuse('bad_signature')
  if (token.scope !== tokenScope(check.program, check.product)) return refuse('foreign_product')
  const ends = token.expiresSeconds
  if (ends !== null && check.nowMs >= ends * 1000) return refuse('expired')
  return { ok: true, token }
}

function seconds(value: number): string {
  const fits = Number.isSafeInteger(value) && value > 0 && value < SECONDS_LIMIT
  if (!fits) throw new StampError('bad_token', 'a time is whole unix seconds')
  return value.toString(36)
}
