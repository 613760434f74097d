import type { Candidate, DecideInput, Decision, NoCreditReason, UnknownCode } from '../decision.ts'
import type { Policy } from '../policy.ts'
import { findAnchors, policyInForce } from './anchor.ts'
import { findCarriers } from './carriers.ts'
import { type CodedPiece, readEvidence, type Scene } from './evidence.ts'
import { createJudge } from './judge.ts'
import { judgeAll, type Outcome, type Settled, settleOutcome } from './outcome.ts'
import { latestFirst } from './piece.ts'
import { ranksOf } from './rank.ts'
import { creditReason } from './reason.ts'
import { readSubjects, type Subjects } from './subjects.ts'
import { settle } from './ties.ts'

/**
 * Decides who gets the credit for a customer, under the policy version in force at its anchor: a pure function
 * of stored facts and dated configuration, whatever order the facts come in and however often
 * (docs/attribution.md). Throws `RangeError` when the configuration has no policy version.
 */
export function decide(input: DecideInput): Decision {
  const subjects = readSubjects(input.customer, input.facts)
  return decideSubjects(input, subjects, policyInForce(subjects, input.config.policies))
}

/** Decides as {@link decide} does, under one given policy, whatever versions the configuration holds (RULES A6). */
export function decideUnder(input: DecideInput, policy: Policy): Decision {
  return decideSubjects(input, readSubjects(input.customer, input.facts), policy)
}

/** Subjects → ties → anchor → judge each → rank → late claim → provisional (RULES E8). */
function decideSubjects(input: DecideInput, subjects: Subjects, policy: Policy): Decision {
  const settling = settle(subjects, policy)
  const anchors = findAnchors(subjects, settling, policy)
  const { config } = input
  const scene: Scene = { subjects, settling, anchors, policy, ranks: ranksOf(policy), config }
  const { pieces, unknown } = readEvidence(scene, findCarriers(subjects, settling, anchors, policy))
  const outcome = settleOutcome(judgeAll(pieces, createJudge(scene)), input.sharedCarriers)
  return {
    customer: input.customer,
    ...creditOf(scene, outcome),
    provisional: outcome.provisional,
    verified: settling.verified,
    anchor: anchors.shown,
    settlesAt: settling.settlesAt,
    policyVersion: policy.version,
    candidates: outcome.kept.map(candidateOf),
    more: pieces.length - outcome.kept.length,
    unknownCodes: [...unknown.values()].sort(latestFirst).map(unknownCodeOf),
  }
}

/** Who is credited, and why; an assignment to nobody wins like any other and credits nobody (RULES E3). */
export function creditOf(
  scene: Scene,
  outcome: Outcome,
  conversion: 'signup' | 'install' = 'signup',
): Pick<Decision, 'credited' | 'reason'> {
  const { winner, late } = outcome
  if (winner === null || winner.partner === null) {
    return { credited: null, reason: noCreditReason(scene, outcome) }
  }
  const { partner, code, evidence, kind } = winner
  return {
    credited: { partner, code, evidence, kind },
    reason: creditReason(winner, late, scene.policy, conversion),
  }
}

function noCreditReason(scene: Scene, outcome: Outcome): NoCreditReason {
  if (outcome.winner !== null) return 'assigned_to_nobody'
  if (scene.anchors.shown === null) return 'no_conversion'
  return outcome.kept.length === 0 ? 'no_evidence' : 'all_struck'
}

export function candidateOf({ piece, verdict }: Settled): Candidate {
  const { evidence, kind, partner, code, at, carrier } = piece
  return { evidence, kind, partner, code, at, carrier: carrier.name, verdict }
}

export function unknownCodeOf({ evidence, code, at }: CodedPiece): UnknownCode {
  return { evidence, code, at }
}
