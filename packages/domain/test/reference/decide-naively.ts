/**
 * docs/attribution.md in its plainest form, section by section. Slow on purpose: the product's `decide`
 * is held against it, so nothing here is clever and nothing is shared with it but the types.
 */
import {
  type Candidate,
  type CandidateVerdict,
  codeAt,
  type DecideInput,
  type DecideInstallationInput,
  type Decision,
  type EvidenceKind,
  type InstallationDecision,
  isActiveAt,
  type PartnerConfig,
  type Provisional,
  type UnknownCode,
  windowDays,
} from '../../src/index.ts'
import { compareFacts, DAY_MS, later, type Subject, subjectOf } from './customer-naively.ts'
import { type Piece, piecesOf } from './evidence-naively.ts'
import { installationSubject, piecesOfInstallation, whatItIs } from './installation-naively.ts'

interface Judged {
  piece: Piece
  partner: string | null
  /** `eligible` until the winner is known. */
  verdict: CandidateVerdict | 'eligible'
}

// 4. Verdicts

function couldBeLate(piece: Piece, subject: Subject): boolean {
  return (
    piece.lateClaim &&
    piece.standing === 'verified' &&
    subject.trustedAnchor !== null &&
    piece.at > subject.trustedAnchor
  )
}

function endOfLateClaims(subject: Subject): string {
  return later(subject.trustedAnchor ?? '', subject.policy.lateClaimDays * DAY_MS)
}

function isSelfReferral(piece: Piece, partner: PartnerConfig, subject: Subject): boolean {
  return (
    partner.customer === subject.input.customer ||
    piece.emailHashes.some((hash) => partner.emailHashes.includes(hash))
  )
}

function verdictOf(piece: Piece, partner: string | null, subject: Subject): Judged['verdict'] {
  const { config } = subject.input
  const unbounded = piece.kind === 'assigned' || piece.kind === 'imported'
  const limit = unbounded ? null : piece.limit
  if (piece.standing === 'void') return 'unverified'
  if (piece.fact.type === 'visit' && piece.fact.bot) return 'bot'
  if (piece.fact.type === 'visit' && piece.fact.frame) return 'framed'
  if (piece.download !== undefined) {
    const revoked = config.revokedDownloads.get(piece.download)
    if (revoked !== undefined && revoked <= piece.at) return 'revoked'
  }
  if (piece.code !== null) {
    const until = codeAt(config, piece.code, piece.at)?.until
    if (until !== undefined && until < piece.at) return 'alias_ended'
  }
  if (partner !== null) {
    const person = config.partners.get(partner)
    if (person && isSelfReferral(piece, person, subject)) return 'self_referral'
    if (!person || !isActiveAt(person, piece.at)) return 'inactive'
    if (limit !== null && !isActiveAt(person, limit)) return 'inactive'
  }
  if (couldBeLate(piece, subject) && piece.at > endOfLateClaims(subject)) return 'lapsed'
  if (limit !== null) {
    if (piece.at > limit) return 'after_anchor'
    const days = windowDays(subject.policy, piece.kind)
    if (piece.at < later(limit, -days * DAY_MS)) return 'outside_window'
  }
  return 'eligible'
}

// 5. The winner

/** By time, id and trust; within one fact the stronger source stands last. */
function comparePieces(a: Piece, b: Piece): number {
  return compareFacts(a.fact, b.fact, a.at, b.at) || b.weakness - a.weakness
}

function rankOf(kind: EvidenceKind, subject: Subject): number {
  return subject.policy.order.findIndex((rank) => [rank].flat().includes(kind))
}

function isFirstWithin(rank: number, subject: Subject): boolean {
  const kinds = [subject.policy.order[rank] ?? []].flat()
  if (kinds.length === 1 && kinds[0] === 'assigned') return false
  if (kinds.length === 1 && kinds[0] === 'lead') return true
  return subject.policy.within === 'first'
}

/** Negative when `a` beats `b`. */
function compareFirst(a: Piece, b: Piece): number {
  if (compareFacts(a.fact, b.fact, a.at, b.at) === 0) return a.weakness - b.weakness
  return compareFacts(a.fact, b.fact, a.at, b.at)
}

function compareEligible(a: Piece, b: Piece, subject: Subject): number {
  const rank = rankOf(a.kind, subject)
  if (rank !== rankOf(b.kind, subject)) return rank - rankOf(b.kind, subject)
  return isFirstWithin(rank, subject) ? compareFirst(a, b) : comparePieces(b, a)
}

// 5. Provisional

function provisionalOf(
  winner: Judged,
  eligible: readonly Judged[],
  subject: Subject,
): Provisional | null {
  if (winner.piece.standing !== 'open') return null
  const open = eligible.filter(({ piece }) => piece.standing === 'open')
  const bestOfCarriers = open.filter(
    ({ piece }) =>
      !open.some(
        (other) =>
          other.piece.owner === piece.owner && compareEligible(other.piece, piece, subject) < 0,
      ),
  )
  if (new Set(bestOfCarriers.map(({ partner }) => partner)).size > 1) return 'contested'
  return subject.input.sharedCarriers.has(winner.piece.carrier) ? 'shared' : 'unverified'
}

// 7. What is kept

function isKept(judged: Judged, all: readonly Judged[], beats: (a: Piece, b: Piece) => number) {
  const stood = (verdict: Judged['verdict']) => verdict === 'won' || verdict === 'outranked'
  const rivals = all.filter(
    (other) =>
      other !== judged &&
      other.piece.kind === judged.piece.kind &&
      other.partner === judged.partner &&
      other.piece.carrier === judged.piece.carrier,
  )
  if (stood(judged.verdict)) {
    return !rivals.some((r) => stood(r.verdict) && beats(r.piece, judged.piece) < 0)
  }
  return !rivals.some(
    (r) => r.verdict === judged.verdict && comparePieces(r.piece, judged.piece) > 0,
  )
}

function candidateOf({ piece, partner, verdict }: Judged): Candidate {
  if (verdict === 'eligible') throw new Error('an eligible piece has won or was outranked')
  const { evidence, kind, code, at, carrier } = piece
  return { evidence, kind, partner, code, at, carrier, verdict }
}

function unknownCodesOf(pieces: readonly Piece[]): UnknownCode[] {
  return pieces
    .filter(
      (piece) =>
        !pieces.some(
          (other) =>
            other.carrier === piece.carrier &&
            other.code === piece.code &&
            comparePieces(other, piece) > 0,
        ),
    )
    .sort((a, b) => comparePieces(b, a))
    .map(({ evidence, code, at }) => ({ evidence, code: code ?? '', at }))
}

interface Outcome {
  winner: Judged | undefined
  /** The pieces that could win. */
  field: readonly Judged[]
  judged: readonly Judged[]
  kept: readonly Judged[]
  unknown: readonly Piece[]
}

/** Sections 4, 5 and 7 about pieces that are there. */
function settle(subject: Subject, all: readonly Piece[]): Outcome {
  const { input } = subject
  const pieces = all.filter((piece) => rankOf(piece.kind, subject) >= 0)
  const unknown = pieces.filter(
    (piece) => piece.code !== null && codeAt(input.config, piece.code, piece.at) === undefined,
  )
  const judged: Judged[] = pieces
    .filter((piece) => !unknown.includes(piece))
    .filter((piece) => piece.limit !== null || piece.kind === 'assigned')
    .map((piece) => {
      const found = piece.code === null ? undefined : codeAt(input.config, piece.code, piece.at)
      const partner = found ? found.partner : piece.assignedTo
      return { piece, partner, verdict: verdictOf(piece, partner, subject) }
    })

  const eligible = judged.filter(({ verdict }) => verdict === 'eligible')
  const late = judged.filter(
    ({ piece, verdict }) => verdict === 'after_anchor' && couldBeLate(piece, subject),
  )
  const isLate = eligible.length === 0
  const beats = isLate ? compareFirst : (a: Piece, b: Piece) => compareEligible(a, b, subject)
  const field = [...(isLate ? late : eligible)].sort((a, b) => beats(a.piece, b.piece))
  const winner = field[0]
  for (const one of field) one.verdict = one === winner ? 'won' : 'outranked'

  const kept = judged.filter((one) => isKept(one, judged, beats))
  return { winner, field, judged, kept, unknown }
}

/** What the decisions about customers and installations have in common. */
function tell(subject: Subject, { winner, judged, kept, unknown }: Outcome) {
  const credited =
    winner === undefined || winner.partner === null
      ? null
      : {
          partner: winner.partner,
          code: winner.piece.code,
          evidence: winner.piece.evidence,
          kind: winner.piece.kind,
        }
  return {
    credited,
    reason: reasonOf(winner, judged, subject),
    anchor: subject.anchor,
    settlesAt: subject.settlesAt,
    policyVersion: subject.policy.version,
    candidates: [...kept].sort((a, b) => comparePieces(b.piece, a.piece)).map(candidateOf),
    more: judged.length - kept.length,
    unknownCodes: unknownCodesOf(unknown),
  }
}

/** Decides as docs/attribution.md says, in quadratic time. */
export function decideNaively(input: DecideInput): Decision {
  const subject = subjectOf(input)
  const outcome = settle(subject, piecesOf(subject))
  const { winner, field } = outcome
  return {
    customer: input.customer,
    ...tell(subject, outcome),
    provisional: winner === undefined ? null : provisionalOf(winner, field, subject),
    verified: subject.verified,
  }
}

/** Decides as section 8 says. */
export function decideInstallationNaively(input: DecideInstallationInput): InstallationDecision {
  const subject = installationSubject(input)
  const told = tell(subject, settle(subject, piecesOfInstallation(input, subject)))
  const winner = told.credited?.partner
  const rivals = told.candidates.filter(
    ({ partner, verdict }) =>
      partner !== winner && ['outranked', 'after_anchor', 'lapsed'].includes(verdict),
  )
  return {
    installation: input.install,
    ...told,
    contested: winner !== undefined && rivals.length > 0,
    ...whatItIs(input, subject),
  }
}

function reasonOf(winner: Judged | undefined, all: readonly Judged[], subject: Subject): string {
  if (winner !== undefined) return winner.partner === null ? 'assigned_to_nobody' : 'credited'
  if (subject.anchor === null) return 'no_conversion'
  return all.length === 0 ? 'no_evidence' : 'all_struck'
}

/** All of a decision that must be equal: the sentence of a credited customer is the product's own. */
export function comparable<D extends Decision | InstallationDecision>(decision: D): D {
  return { ...decision, reason: decision.credited === null ? decision.reason : 'credited' }
}
