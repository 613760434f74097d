import type { Claim, ClaimSource, InstallFact, Instant, Trust } from '../facts.ts'
import type { EvidenceKind } from '../policy.ts'
import type { Carrier } from './carriers.ts'

/** A kind's place in the policy's order, and which piece of that place wins. */
export interface Rank {
  place: number
  within: 'last' | 'first'
}

/** What speaks against a piece by itself (RULES E6). */
export type Flaw = 'bot' | 'framed' | 'revoked' | 'alias_ended'

/** One piece of evidence: a fact, or a claim of one, that names a partner through one carrier. */
export interface Piece {
  /** The fact's id; with the trust it tells facts apart (RULES F3). */
  factId: string
  trust: Trust
  /** The fact's id; `<event>#<n>` for a claim of an install. */
  evidence: string
  kind: EvidenceKind
  rank: Rank
  /** The time it counts at (RULES F4, A2). */
  at: Instant
  carrier: Carrier
  /** `null` only for an assignment to nobody. */
  partner: string | null
  code: string | null
  /** Among pieces of one fact the smaller is the stronger (RULES E2). */
  strength: number
  flaw: Flaw | null
  /** A typed code or an install claim: it may come late (RULES A5). */
  mayBeLate: boolean
}

/** Evidence kinds, strongest first (RULES E1). */
export const KINDS: readonly EvidenceKind[] = [
  'assigned',
  'imported',
  'lead',
  'typed',
  'coupon',
  'stamp',
  'link',
  'hint',
]

/** Claim sources, strongest first, each with the kind of evidence it gives (RULES E1, E2). */
export const SOURCES: Readonly<Record<ClaimSource, { rank: number; kind: EvidenceKind }>> = {
  flag: { rank: 0, kind: 'typed' },
  env: { rank: 1, kind: 'typed' },
  config: { rank: 2, kind: 'typed' },
  prompt: { rank: 3, kind: 'typed' },
  stamp: { rank: 4, kind: 'stamp' },
  url: { rank: 5, kind: 'hint' },
  filename: { rank: 6, kind: 'hint' },
}

/** An `install`'s claims with their places, strongest first; an explicit `none` ends the search (RULES E2). */
export function claimsRead({ claims }: InstallFact): (readonly [n: number, claim: Claim])[] {
  const search = [...claims.entries()].sort(
    ([n, a], [m, b]) => SOURCES[a.source].rank - SOURCES[b.source].rank || n - m,
  )
  const end = search.findIndex(([, { none }]) => none === true)
  return end < 0 ? search : search.slice(0, end)
}

const KIND_STEP = 1_000_000_000
const SOURCE_STEP = 1_000_000

/** The strength of a piece inside its fact: by kind, then by claim source, then by place. */
export function strengthOf(kind: EvidenceKind, source?: ClaimSource, n = 0): number {
  const rank = source === undefined ? 0 : SOURCES[source].rank
  return KINDS.indexOf(kind) * KIND_STEP + rank * SOURCE_STEP + n
}

type Ordered = Pick<Piece, 'at' | 'factId' | 'trust'>

/** Negative where `a` comes before `b`: time, then the fact's id as bytes, then `open` first; 0: one fact. */
export function byOrder(a: Ordered, b: Ordered): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1
  if (a.factId !== b.factId) return a.factId < b.factId ? -1 : 1
  if (a.trust !== b.trust) return a.trust === 'open' ? -1 : 1
  return 0
}

/** Negative where `a` stands before `b` in a list: the latest first, of one fact the strongest first. */
export function latestFirst(a: Piece, b: Piece): number {
  return byOrder(b, a) || insideFact(a, b)
}

/** Negative where `a` is the earlier one; of one fact the strongest. */
export function earliestFirst(a: Piece, b: Piece): number {
  return byOrder(a, b) || insideFact(a, b)
}

function insideFact(a: Piece, b: Piece): number {
  if (a.strength !== b.strength) return a.strength - b.strength
  if (a.carrier.key === b.carrier.key) return 0
  return a.carrier.key < b.carrier.key ? -1 : 1
}
