/**
 * Sections 1, 2 and 6 of docs/attribution.md, read aloud: who the customer is under one policy version.
 * Every question is a filter over all facts; nothing is indexed and nothing is remembered.
 */
import type {
  DecideInput,
  Fact,
  IdentifyFact,
  InstallFact,
  Instant,
  Policy,
  SaleFact,
  SignupFact,
} from '../../src/index.ts'

export type Standing = 'verified' | 'open' | 'void'
export type Tie = IdentifyFact | SignupFact | SaleFact

/** The customer as one version of the policy sees it. */
export interface Subject {
  input: DecideInput
  policy: Policy
  /** Without repetitions, in order. */
  facts: readonly Fact[]
  settlesAt: Instant | null
  /** Whether there is a trusted conversion at all. */
  hasTrustedConversion: boolean
  verified: boolean
  trustedAnchor: Instant | null
  anchor: Instant | null
}

export const DAY_MS = 24 * 60 * 60 * 1000

export function later(instant: Instant, milliseconds: number): Instant {
  return new Date(Date.parse(instant) + milliseconds).toISOString()
}

export function smallest(instants: readonly Instant[]): Instant | null {
  return [...instants].sort()[0] ?? null
}

/** Order: effective time, then id as bytes (ids are ASCII), then `open` before `secret` (F4). */
export function compareFacts(a: Fact, b: Fact, atOfA = a.at, atOfB = b.at): number {
  if (atOfA !== atOfB) return atOfA < atOfB ? -1 : 1
  if (a.id !== b.id) return a.id < b.id ? -1 : 1
  if (a.trust !== b.trust) return a.trust === 'open' ? -1 : 1
  return 0
}

/** A fact is known by its trust and its id (F3); a second copy says nothing new. */
function withoutRepetitions(facts: readonly Fact[]): Fact[] {
  return facts
    .filter((fact, n) => n === facts.findIndex((f) => f.id === fact.id && f.trust === fact.trust))
    .sort((a, b) => compareFacts(a, b))
}

/** The facts that may tie or convert: they name the customer. */
export function namings(subject: Pick<Subject, 'input' | 'facts'>): Tie[] {
  return subject.facts.filter(
    (fact): fact is Tie =>
      (fact.type === 'identify' || fact.type === 'signup' || fact.type === 'sale') &&
      fact.customer === subject.input.customer,
  )
}

function installsOf(subject: Pick<Subject, 'facts'>, install: string): InstallFact[] {
  return subject.facts.filter(
    (fact): fact is InstallFact => fact.type === 'install' && fact.install === install,
  )
}

function isStrong(tie: Tie): boolean {
  return tie.trust === 'secret' || tie.signed === true
}

// 1. Settling

function trustedReceiptsOf(subject: Pick<Subject, 'input' | 'facts'>): Instant[] {
  const named = namings(subject)
  const trustedReceipts: Instant[] = []
  for (const fact of named) {
    if (fact.trust === 'secret' && fact.type !== 'identify') trustedReceipts.push(fact.received)
  }
  for (const fact of subject.facts) {
    if (fact.type !== 'install') continue
    const ties = named.filter((tie) => isStrong(tie) && tie.install === fact.install)
    const earliestTie = smallest(ties.map((tie) => tie.received))
    if (earliestTie === null) continue
    trustedReceipts.push([earliestTie, fact.received].sort()[1] ?? earliestTie)
  }
  return trustedReceipts
}

function settlingOf(subject: Pick<Subject, 'input' | 'facts'>, policy: Policy): Instant | null {
  const openReceipts = namings(subject)
    .filter((fact) => fact.type === 'signup' && fact.trust === 'open')
    .map((fact) => fact.received)
  const first = smallest(trustedReceiptsOf(subject)) ?? smallest(openReceipts)
  return first === null ? null : later(first, policy.settleMinutes * 60_000)
}

/** Before settling, its very millisecond included; without a settling everything is before it. */
export function isBeforeSettling(received: Instant, settlesAt: Instant | null): boolean {
  return settlesAt === null || received <= settlesAt
}

/** The vendor's own word may come late as long as no conversion is trusted; then it must come before settling. */
function isStrongInTime(
  tie: Tie,
  subject: Pick<Subject, 'settlesAt' | 'hasTrustedConversion'>,
): boolean {
  if (!isStrong(tie)) return false
  return !subject.hasTrustedConversion || isBeforeSettling(tie.received, subject.settlesAt)
}

// 1. Standing

/** The table of ties; also for a fact that counts "as a tie" without naming a visitor. */
export function standingOfTie(subject: Subject, tie: Tie): Standing {
  if (tie.trust === 'secret') return 'verified'
  const isEarly = isBeforeSettling(tie.received, subject.settlesAt)
  if (tie.signed && (isEarly || !subject.hasTrustedConversion)) return 'verified'
  if (!isEarly) return 'void'
  return subject.verified || subject.policy.ties === 'verified' ? 'void' : 'open'
}

export function best(standings: readonly Standing[]): Standing {
  if (standings.includes('verified')) return 'verified'
  return standings.includes('open') ? 'open' : 'void'
}

/** Ties that name the installation. */
export function tiesToInstall(subject: Subject, install: string): Tie[] {
  return namings(subject).filter((tie) => tie.install === install)
}

/** A later open install says nothing about visitors: whoever knows its id could send it. */
function isLeading(subject: Subject, fact: InstallFact): boolean {
  return fact.trust === 'secret' || isBeforeSettling(fact.received, subject.settlesAt)
}

/** Visitors that the installation leads to (E4). */
export function visitorsOf(subject: Subject, install: string): string[] {
  const leading = installsOf(subject, install).filter((fact) => isLeading(subject, fact))
  return leading.flatMap((fact) => fact.visitor ?? [])
}

/** Ties that name the visitor, and those to an installation that leads to it (E4). */
export function tiesToVisitor(subject: Subject, visitor: string): Tie[] {
  return namings(subject).filter(
    (tie) =>
      tie.visitor === visitor ||
      (tie.install !== undefined && visitorsOf(subject, tie.install).includes(visitor)),
  )
}

// 2. The anchor

function trustedAnchorOf(subject: Omit<Subject, 'trustedAnchor' | 'anchor'>): Instant | null {
  const named = namings(subject)
  const instants: Instant[] = []
  for (const fact of named) {
    if (fact.trust === 'secret' && fact.type !== 'identify') instants.push(fact.at)
  }
  for (const fact of subject.facts) {
    if (fact.type !== 'install') continue
    const tied = named.some((tie) => tie.install === fact.install && isStrongInTime(tie, subject))
    const counts = fact.trust === 'secret' || isBeforeSettling(fact.received, subject.settlesAt)
    if (tied && counts) instants.push(fact.at)
  }
  return smallest(instants)
}

function shownAnchorOf(subject: Subject): Instant | null {
  if (subject.verified) return null
  const signups = namings(subject).filter((fact) => fact.type === 'signup')
  const open = signups.filter((fact) => fact.trust === 'open')
  return smallest(open.filter((s) => standingOfTie(subject, s) !== 'void').map((s) => s.at))
}

/** Settling, then verified, then the anchor, under one version. */
function subjectUnder(input: DecideInput, policy: Policy): Subject {
  const facts = withoutRepetitions(input.facts)
  const settlesAt = settlingOf({ input, facts }, policy)
  const hasTrustedConversion = trustedReceiptsOf({ input, facts }).length > 0
  const verified = namings({ input, facts }).some(
    (tie) =>
      isStrongInTime(tie, { settlesAt, hasTrustedConversion }) &&
      (tie.visitor !== undefined ||
        tie.install !== undefined ||
        // A signed signup is a tie of its own.
        (tie.trust === 'open' && tie.type === 'signup')),
  )
  const settled = { input, policy, facts, settlesAt, hasTrustedConversion, verified }
  const trustedAnchor = trustedAnchorOf(settled)
  const subject: Subject = { ...settled, trustedAnchor, anchor: trustedAnchor }
  return trustedAnchor === null ? { ...subject, anchor: shownAnchorOf(subject) } : subject
}

// 6. The policy in force

/**
 * The anchor that chooses the version. Open ties count here even where the version drops them: else a version
 * that trusts no open tie would never come into force for the customers it is about.
 */
function anchorUnder(input: DecideInput, policy: Policy): Instant | null {
  return subjectUnder(input, { ...policy, ties: 'provisional' }).anchor
}

/** The customer under the version that holds for it. */
export function subjectOf(input: DecideInput): Subject {
  const highestFirst = [...input.config.policies].sort((a, b) => b.version - a.version)
  const found = highestFirst.map((policy) => ({ policy, anchor: anchorUnder(input, policy) }))
  const inForce = found.find(
    ({ anchor, policy }) => anchor !== null && (policy.from === null || policy.from <= anchor),
  )
  const without = found.every(({ anchor }) => anchor === null)
  const chosen = inForce ?? (without ? found.at(0) : found.at(-1))
  if (chosen === undefined) throw new Error('a configuration has at least one policy version')
  return subjectUnder(input, chosen.policy)
}
