import type { CandidateVerdict, Provisional } from '../decision.ts'
import type { Judgement } from './judge.ts'
import { earliestFirst, latestFirst, type Piece } from './piece.ts'
import { byRank } from './rank.ts'

/** A piece with the verdict it ends with. */
export interface Settled {
  piece: Piece
  verdict: CandidateVerdict
}

/** The pieces as judged one by one. */
export interface Judged {
  eligible: Piece[]
  /** After the anchor, but able to fill a gap (RULES A5). */
  late: Piece[]
  struck: Settled[]
}

/** Judges each piece by itself. */
export function judgeAll(pieces: readonly Piece[], judge: (piece: Piece) => Judgement): Judged {
  const judged: Judged = { eligible: [], late: [], struck: [] }
  for (const piece of pieces) {
    const verdict = judge(piece)
    if (verdict === 'eligible') judged.eligible.push(piece)
    else if (verdict === 'late') judged.late.push(piece)
    else judged.struck.push({ piece, verdict })
  }
  return judged
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
export function settleOutcome(judged: Judged, shared: ReadonlySet<string>): Outcome {
  const inTime = judged.eligible.length > 0
  const better: Compare = inTime ? byRank : earliestFirst
  const field = inTime ? judged.eligible : judged.late
  const runners = bestPerKey(field, better, ({ carrier }) => carrier.key)
  const winner = best(runners.values(), better)
  const late = inTime ? judged.late.map(afterAnchor) : []
  const kept = [...lastStruck(judged.struck), ...lastStruck(late)]
  for (const piece of bestPerKey(field, better, ({ carrier }) => carrier.name).values()) {
    kept.push({ piece, verdict: piece === winner ? 'won' : 'outranked' })
  }
  kept.sort((a, b) => latestFirst(a.piece, b.piece))
  const provisional = winner === null ? null : provisionalOf(winner, runners, better, shared)
  return { winner, late: winner !== null && !inTime, kept, provisional }
}

/** A piece that may come late never shares a kind and a carrier with one that may not. */
function afterAnchor(piece: Piece): Settled {
  return { piece, verdict: 'after_anchor' }
}

function bestPerKey(
  pieces: readonly Piece[],
  better: Compare,
  carrierOf: (piece: Piece) => string,
): Map<string, Piece> {
  const bests = new Map<string, Piece>()
  for (const piece of pieces) {
    const key = keyOf(piece, carrierOf(piece))
    const known = bests.get(key)
    if (known === undefined || better(piece, known) < 0) bests.set(key, piece)
  }
  return bests
}

function lastStruck(struck: readonly Settled[]): Settled[] {
  const lasts = new Map<string, Settled>()
  for (const settled of struck) {
    const key = `${settled.verdict}\n${keyOf(settled.piece, settled.piece.carrier.name)}`
    const known = lasts.get(key)
    if (known === undefined || latestFirst(settled.piece, known.piece) < 0) lasts.set(key, settled)
  }
  return [...lasts.values()]
}

function keyOf({ kind, partner }: Piece, carrier: string): string {
  return `${kind}\n${partner ?? ''}\n${carrier}`
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
