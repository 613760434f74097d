import type {
  Candidate,
  CandidateVerdict,
  DecideInstallationInput,
  Decision,
  InstallationDecision,
} from '../decision.ts'
import type { CodeFact, Fact, InstallFact, Instant, VisitFact } from '../facts.ts'
import type { Policy } from '../policy.ts'
import { addMinutes } from '../time.ts'
import { versionInForce } from './anchor.ts'
import { type Carriers, verifiedCarrier } from './carriers.ts'
import { candidateOf, creditOf, unknownCodeOf } from './decide.ts'
import { describeInstallation } from './describe-installation.ts'
import { readEvidence, type Scene } from './evidence.ts'
import { createJudge } from './judge.ts'
import { judgeAll, settleOutcome } from './outcome.ts'
import { latestFirst } from './piece.ts'
import { ranksOf } from './rank.ts'
import { installKey, readSubjects, type Subjects, visitorKey } from './subjects.ts'
import { isTimely, type Settling, smallest } from './ties.ts'

/** An installation has no customers to share: nothing about it is provisional. */
const NO_CARRIERS: ReadonlySet<string> = new Set()

/** Verdicts of a rival that the vendor should see. */
const RIVAL: ReadonlySet<CandidateVerdict> = new Set(['outranked', 'after_anchor', 'lapsed'])

/**
 * Decides who gets the credit for an installation, under the policy version in force at its anchor: a pure function
 * of stored facts and dated configuration, as `decide` is for a customer (RULES E9; docs/attribution.md, 8). Throws
 * `RangeError` when the configuration has no policy version.
 */
export function decideInstallation(input: DecideInstallationInput): InstallationDecision {
  const subjects = subjectsOf(input)
  const installs = subjects.installs.get(input.install) ?? []
  const policy = versionInForce(input.config.policies, (version) =>
    anchorOf(installs, settle(installs, version)),
  )
  return decideSubjects(input, subjects, policy)
}

/** Decides as {@link decideInstallation} does, under one given policy (RULES A6). */
export function decideInstallationUnder(
  input: DecideInstallationInput,
  policy: Policy,
): InstallationDecision {
  return decideSubjects(input, subjectsOf(input), policy)
}

function decideSubjects(
  input: DecideInstallationInput,
  subjects: Subjects,
  policy: Policy,
): InstallationDecision {
  const { install, config } = input
  const installs = subjects.installs.get(install) ?? []
  const settling = settle(installs, policy)
  const anchor = anchorOf(installs, settling)
  const anchors = { trusted: anchor, shown: anchor }
  const scene: Scene = { subjects, settling, anchors, policy, ranks: ranksOf(policy), config }
  const carriers = carriersOf(install, installs, settling, anchor)
  const { pieces, unknown } = readEvidence(scene, carriers)
  const outcome = settleOutcome(judgeAll(pieces, createJudge(scene)), NO_CARRIERS)
  const { credited, reason } = creditOf(scene, outcome, 'install')
  const candidates = outcome.kept.map(candidateOf)
  return {
    installation: install,
    credited,
    reason,
    contested: isContested(credited, candidates),
    anchor,
    settlesAt: settling.settlesAt,
    policyVersion: policy.version,
    candidates,
    more: pieces.length - outcome.kept.length,
    unknownCodes: [...unknown.values()].sort(latestFirst).map(unknownCodeOf),
    ...describeInstallation(installs, settling),
  }
}

/** The facts that can reach the installation; those that speak of customers never do (RULES E4). */
function subjectsOf({ install, facts }: DecideInstallationInput): Subjects {
  return readSubjects(
    null,
    facts.filter((fact) => speaksOf(install, fact)),
  )
}

function speaksOf(install: string, fact: Fact): fact is VisitFact | CodeFact | InstallFact {
  if (fact.type === 'install') return fact.install === install
  if (fact.type === 'visit') return true
  return fact.type === 'code' && fact.customer === undefined
}

/** It settles after the first receipt of an `install` of it, whoever sent that. */
function settle(installs: readonly InstallFact[], policy: Policy): Settling {
  const first = smallest(installs.map(({ received }) => received))
  const settlesAt = first === null ? null : addMinutes(first, policy.settleMinutes)
  return { settlesAt, closesAt: settlesAt, verified: true }
}

function anchorOf(installs: readonly InstallFact[], settling: Settling): Instant | null {
  return smallest(installs.filter((fact) => isTimely(fact, settling)).map(({ at }) => at))
}

/** The installation itself, and the visitors that its leading `install`s name. */
function carriersOf(
  install: string,
  installs: readonly InstallFact[],
  settling: Settling,
  anchor: Instant | null,
): Carriers {
  const carriers: Carriers = new Map()
  carriers.set(installKey(install), verifiedCarrier(installKey(install), anchor))
  for (const fact of installs) {
    if (fact.visitor === undefined || !isTimely(fact, settling)) continue
    const key = visitorKey(fact.visitor)
    if (!carriers.has(key)) carriers.set(key, verifiedCarrier(key, anchor))
  }
  return carriers
}

function isContested(credited: Decision['credited'], candidates: readonly Candidate[]): boolean {
  if (credited === null) return false
  return candidates.some(
    ({ partner, verdict }) => partner !== credited.partner && RIVAL.has(verdict),
  )
}
