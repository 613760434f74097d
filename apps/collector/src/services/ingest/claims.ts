/** Reads the claims of an install event: strongest first, ended by an explicit `none` (RULES E2). */
import { readCode } from '@sentby/contract/code'
import type { Claim, ClaimSource } from '@sentby/domain'
import { withoutQuery } from '../without-query.ts'

const STRENGTH: readonly ClaimSource[] = [
  'flag',
  'env',
  'config',
  'prompt',
  'stamp',
  'url',
  'filename',
]

/** A claim as it was sent. */
interface SentClaim {
  source: ClaimSource
  value: string
}

/** The claim as it is kept and read: addresses and names of files without what follows `?` or `#`. */
export function withoutPersonal({ source, value }: SentClaim): SentClaim {
  const isAddress = source === 'url' || source === 'filename'
  return { source, value: isAddress ? withoutQuery(value) : value }
}

/** The claims as the sender ordered them, each with its code. A stamp's code is read by its signature only. */
export function toClaims(claims: readonly SentClaim[]): Claim[] {
  return claims.map(withoutPersonal).map(({ source, value }) => {
    if (value.trim().toLowerCase() === 'none') return { source, code: null, none: true }
    return { source, code: source === 'stamp' ? null : readCode(value) }
  })
}

/** Claims in the order in which they are believed, up to an explicit `none`. */
export function readClaims(claims: readonly SentClaim[]): Claim[] {
  const sorted = toClaims(claims).sort(
    (a, b) => STRENGTH.indexOf(a.source) - STRENGTH.indexOf(b.source),
  )
  const end = sorted.findIndex((claim) => claim.none)
  return end < 0 ? sorted : sorted.slice(0, end)
}
