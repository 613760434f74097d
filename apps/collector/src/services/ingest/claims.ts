/** Reads the claims of an install event: strongest first, ended by an explicit `none` (RULES E2). */
import { readCode } from '@sentby/contract/code'
import type { Claim, ClaimSource } from '@sentby/domain'
import { withoutQuery } from '../without-query.ts'
import { isNone, type StampRefusal, type StoredStamps } from './stamps.ts'

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

/** A claim with what speaks against its stamp. */
export interface ReadClaim extends Claim {
  refused?: StampRefusal
}

/** The claim as it is kept and read: addresses and names of files without what follows `?` or `#`. */
export function withoutPersonal({ source, value }: SentClaim): SentClaim {
  const isAddress = source === 'url' || source === 'filename'
  return { source, value: isAddress ? withoutQuery(value) : value }
}

/** The claims as the sender ordered them, each with its code. A stamp's code is what its signature vouches for. */
export function toClaims(claims: readonly SentClaim[], stamps: StoredStamps): ReadClaim[] {
  return claims.map(withoutPersonal).map(({ source, value }, n) => {
    if (isNone(value)) return { source, code: null, none: true }
    if (source !== 'stamp') return { source, code: readCode(value) }
    const stamp = stamps[n] ?? { refused: 'bad_stamp' as const }
    return 'refused' in stamp ? { source, code: null, ...stamp } : { source, ...stamp }
  })
}

/** Claims in the order in which they are believed, up to an explicit `none`. */
export function readClaims(claims: readonly SentClaim[], stamps: StoredStamps): ReadClaim[] {
  const sorted = toClaims(claims, stamps).sort(
    (a, b) => STRENGTH.indexOf(a.source) - STRENGTH.indexOf(b.source),
  )
  const end = sorted.findIndex((claim) => claim.none)
  return end < 0 ? sorted : sorted.slice(0, end)
}

/** The claim that a verdict is about: the strongest that holds a code, or a stamp that was refused. */
export function strongestClaim(
  claims: readonly SentClaim[],
  stamps: StoredStamps,
): ReadClaim | undefined {
  return readClaims(claims, stamps).find(
    ({ code, refused }) => code !== null || refused !== undefined,
  )
}
