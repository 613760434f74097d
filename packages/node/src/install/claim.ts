import { canonicalCode } from '@sentby/contract/code'

/** Where a claim was found, strongest first: the order of the search. */
export const CLAIM_SOURCES = [
  'flag',
  'env',
  'config',
  'prompt',
  'stamp',
  'url',
  'filename',
] as const

export type ClaimSource = (typeof CLAIM_SOURCES)[number]

/** A partner's code (`[A-Z0-9]{2,32}`), a stamp's token (`[A-Za-z0-9._-]{1,512}`), or `none`. */
export interface Claim {
  source: ClaimSource
  value: string
}

/** The explicit "no partner": it ends the search, and nothing is sent. */
export const NONE = 'none'

/** What the collector takes of one installation. */
export const MAX_CLAIMS = 16

/** Sources that a person or an administrator wrote a code into. */
export const TYPED: ReadonlySet<ClaimSource> = new Set(['flag', 'env', 'config', 'prompt'])

/** Why something that was found is no claim. */
export type IgnoredReason = 'not_a_code' | 'not_a_stamp' | 'unreadable' | 'too_many'

/** `undefined`: nothing was given. */
export type Reading = { value: string } | { ignored: IgnoredReason } | undefined

/**
 * Reads a code that somebody typed: white space and `- _ .` do not count, nor does the case; `none` in any
 * case is the explicit none; nothing but white space is nothing. At most 64 ASCII characters.
 */
export function readTyped(text: string | undefined): Reading {
  if (text === undefined || /^[ \t\r\n]*$/.test(text)) return undefined
  const code = /^[A-Za-z0-9 \t\r\n._-]{1,64}$/.test(text) ? canonicalCode(text) : null
  if (code === null) return { ignored: 'not_a_code' }
  return { value: code === 'NONE' ? NONE : code }
}

/** Reads a stamp: one line of `[A-Za-z0-9._-]`, 512 characters at most; one line feed may end it. */
export function readStamp(text: string | undefined): Reading {
  if (text === undefined || text === '') return undefined
  const token = /^([A-Za-z0-9._-]{1,512})\n?$/.exec(text)?.[1]
  if (token === undefined) return { ignored: 'not_a_stamp' }
  return { value: token.toLowerCase() === NONE ? NONE : token }
}

/**
 * Reads the address that a file was downloaded from: the token of `/dl/<token>/…` is a stamp wherever it
 * stands, the code of `?via=` a hint. Nothing else of the address is used.
 */
export function readUrl(url: string | undefined): Claim | undefined {
  if (url === undefined || !/^https?:\/\//.test(url)) return undefined
  const [address = ''] = url.split('#')
  const [path = '', ...rest] = address.split('?')
  const token = /^.*\/dl\/(s\d\.[A-Za-z0-9._-]{1,500})\//.exec(path)?.[1]
  if (token !== undefined) return { source: 'stamp', value: token }
  const fields = rest.join('?').split('&')
  const code = readTyped(fields.find((field) => field.startsWith('via='))?.slice(4))
  return code !== undefined && 'value' in code ? { source: 'url', value: code.value } : undefined
}

/**
 * Reads the code out of a file's name: `Setup-ref_JANE.exe`. What browsers add to a second download,
 * `Setup-ref_JANE (1).exe`, does not matter.
 */
export function readFileName(path: string | undefined): Claim | undefined {
  const name = path?.split(/[\\/]/).at(-1) ?? ''
  const found = /^.*-ref_([A-Za-z0-9]{2,32})(?:[. (]|$)/.exec(name)?.[1]
  const code = readTyped(found)
  return code !== undefined && 'value' in code
    ? { source: 'filename', value: code.value }
    : undefined
}

/**
 * The code that a claim names, for showing it: a stamp's is what its token says, which nobody has verified
 * before the collector did.
 */
export function codeOf(claim: Claim): string | undefined {
  if (claim.value === NONE) return undefined
  if (claim.source !== 'stamp') return claim.value
  const parts = claim.value.split('.')
  return parts.length === 9 ? (canonicalCode(parts[3] ?? '') ?? undefined) : undefined
}
