import type { EvidenceKind, Policy } from '../policy.ts'
import { earliestFirst, latestFirst, type Piece, type Rank } from './piece.ts'

/** The kinds that are evidence under a policy. */
export type Ranks = ReadonlyMap<EvidenceKind, Rank>

/**
 * Reads a policy's order (docs/attribution.md, 5): a kind counts at its first place; `assigned` alone takes
 * the last, `lead` alone the first, whatever `within` says (RULES E3, E5).
 */
export function ranksOf(policy: Policy): Ranks {
  const ranks = new Map<EvidenceKind, Rank>()
  for (const [place, rank] of policy.order.entries()) {
    const kinds = typeof rank === 'string' ? [rank] : rank
    const within = kinds.length === 1 ? withinAlone(kinds[0], policy) : policy.within
    for (const kind of kinds) if (!ranks.has(kind)) ranks.set(kind, { place, within })
  }
  return ranks
}

function withinAlone(kind: EvidenceKind | undefined, policy: Policy): 'last' | 'first' {
  if (kind === 'assigned') return 'last'
  return kind === 'lead' ? 'first' : policy.within
}

/** Negative where `a` beats `b`, both eligible (docs/attribution.md, 5). */
export function byRank(a: Piece, b: Piece): number {
  if (a.rank.place !== b.rank.place) return a.rank.place - b.rank.place
  return a.rank.within === 'first' ? earliestFirst(a, b) : latestFirst(a, b)
}
