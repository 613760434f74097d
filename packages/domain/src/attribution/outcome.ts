import type { CandidateVerdict, Provisional } from '../decision.ts'
import type { Judgement } from './judge.ts'
import { earliestFirst, latestFirst, type Piece } from './piece.ts'
import { byRank } from './rank.ts'

export interface Judged {
  piece: Piece
  judgement: Judgement
}

/** A piece with the verdict it ends with. */
export interface Settled {
  piece: Piece
  verdict: CandidateVerdict
}

/** Who wins, and what is told about it. */
export interface Outcome {
  winner: Piece | null
  /** The winner came after the anchor (RULES A5). */
  late: boolean
  /** Kept pieces, latest first (RULES E8). */
  kept: Settled[]
  provisional: Provisional | null
}

type Compare = (a: Piece, b: Piece) => number

/** Ranks what was judged, lets a late claim fill a gap, and keeps what is told (docs/attribution.md, 5 and 7). */
export function settleOutcome(judged: readonly Judged[], shared: ReadonlySet<string>): Outcome {
  const inTime = judged.some(({ judgement }) => judgement === 'eligible')
  const runs: Judgement = inTime ? 'eligible' : 'late'
  const better: Compare = inTime ? byRank : earliestFirst
  const runners = new Map<string, Piece>()
  const struck = new Map<string, Settled>()
  for (const { piece, judgement } of judged) {
    const key = `${piece.kind}\n${piece.partner ?? ''}\n${piece.carrier.key}`
    if (judgement === runs) {
      const known = runners.get(key)
      if (known === undefined || better(piece, known) < 0) runners.set(key, piece)
    } else if (judgement !== 'eligible') {
      const verdict = judgement === 'late' ? 'after_anchor' : judgement
      const known = struck.get(`${verdict}\n${key}`)
      if (known === undefined || latestFirst(piece, known.piece) < 0) {
        struck.set(`${verdict}\n${key}`, { piece, verdict })
      }
    }
  }
  const winner = best(runners.values(), better)
  const kept: Settled[] = [...struck.values()]
  for (const piece of runners.values()) {
    kept.push({ piece, verdict: piece === winner ? 'won' : 'outranked' })
  }
  kept.sort((a, b) => latestFirst(a.piece, b.piece))
  const provisional = winner === null ? null : provisionalOf(winner, runners, better, shared)
  return { winner, late: winner !== null && !inTime, kept, provisional }
}

/** Why credit over an open tie waits (RULES A4); `null` for credit that rests on a verified carrier. */
function provisionalOf(
  winner: Piece,
  runners: ReadonlyMap<string, Piece>,
  better: Compare,
  shared: ReadonlySet<string>,
): Provisional | null {
  if (winner.carrier.standing !== 'open') return null
  const bests = new Map<string, Piece>()
  for (const piece of runners.values()) {
    if (piece.carrier.standing !== 'open') continue
    const known = bests.get(piece.carrier.key)
    if (known === undefined || better(piece, known) < 0) bests.set(piece.carrier.key, piece)
  }
  for (const piece of bests.values()) if (piece.partner !== winner.partner) return 'contested'
  return shared.has(winner.carrier.key) ? 'shared' : 'unverified'
}

function best(pieces: Iterable<Piece>, better: Compare): Piece | null {
  let found: Piece | null = null
  for (const piece of pieces) if (found === null || better(piece, found) < 0) found = piece
  return found
}
