/**
 * Section 8 of docs/attribution.md read aloud: which facts are the installation's, when it settles, what its anchor
 * is, and what it is. The rest of the page is read by `decide-naively.ts`.
 */
import type {
  DecideInstallationInput,
  Fact,
  InstallationDecision,
  InstallFact,
  Instant,
  Policy,
} from '../../src/index.ts'
import {
  compareFacts,
  isBeforeSettling,
  later,
  type Subject,
  smallest,
} from './customer-naively.ts'
import { claimsRead, type Piece, piecesOfFact } from './evidence-naively.ts'

/** An installation is read as a customer of nobody, whose name no fact and no partner has. */
const NOBODY = ''

/** The `install`s of the installation, without repetitions. */
function installsOf({ install, facts }: DecideInstallationInput): InstallFact[] {
  return facts.filter(
    (fact, n): fact is InstallFact =>
      fact.type === 'install' &&
      fact.install === install &&
      n === facts.findIndex((other) => other.id === fact.id && other.trust === fact.trust),
  )
}

function settlingOf(input: DecideInstallationInput, policy: Policy): Instant | null {
  const first = smallest(installsOf(input).map(({ received }) => received))
  return first === null ? null : later(first, policy.settleMinutes * 60_000)
}

function leadingOf(input: DecideInstallationInput, settlesAt: Instant | null): InstallFact[] {
  return installsOf(input).filter(
    ({ trust, received }) => trust === 'secret' || isBeforeSettling(received, settlesAt),
  )
}

function anchorUnder(input: DecideInstallationInput, policy: Policy): Instant | null {
  return smallest(leadingOf(input, settlingOf(input, policy)).map(({ at }) => at))
}

function policyOf(input: DecideInstallationInput): Policy {
  const versions = [...input.config.policies].sort((a, b) => b.version - a.version)
  const inForce = versions.find((policy) => {
    const anchor = anchorUnder(input, policy)
    return anchor !== null && (policy.from === null || policy.from <= anchor)
  })
  const anchored = versions.some((policy) => anchorUnder(input, policy) !== null)
  const chosen = inForce ?? (anchored ? versions.at(-1) : versions[0])
  if (chosen === undefined) throw new Error('a configuration has at least one policy version')
  return chosen
}

/** The installation as its policy version sees it. */
export function installationSubject(input: DecideInstallationInput): Subject {
  const policy = policyOf(input)
  const { facts, config } = input
  const anchor = anchorUnder(input, policy)
  return {
    input: { customer: NOBODY, facts, sharedCarriers: new Set(), config },
    policy,
    facts: facts
      .filter((f, n) => n === facts.findIndex((o) => o.id === f.id && o.trust === f.trust))
      .sort((a, b) => compareFacts(a, b)),
    settlesAt: settlingOf(input, policy),
    hasTrustedConversion: anchor !== null,
    verified: true,
    trustedAnchor: anchor,
    anchor,
  }
}

/** Everything that reaches the installation, unknown codes and all kinds included. */
export function piecesOfInstallation(input: DecideInstallationInput, subject: Subject): Piece[] {
  const visitors = leadingOf(input, subject.settlesAt).flatMap(({ visitor }) => visitor ?? [])
  const pieces: Piece[] = []
  const read = (carrier: string, belongs: (fact: Fact) => boolean) => {
    for (const fact of subject.facts) {
      if (!belongs(fact) || ('customer' in fact && fact.customer !== undefined)) continue
      const { anchor: limit } = subject
      const own = { carrier, owner: carrier, standing: 'verified', limit, emailHashes: [] } as const
      pieces.push(...piecesOfFact(subject, own, fact))
    }
  }
  read(`install:${input.install}`, (fact) => {
    if (fact.type !== 'install' && fact.type !== 'code') return false
    return fact.install === input.install
  })
  for (const visitor of new Set(visitors)) {
    read(`visitor:${visitor}`, (fact) => {
      if (fact.type !== 'visit' && fact.type !== 'code') return false
      return fact.visitor === visitor
    })
  }
  return pieces
}

/** What the installation is, by its `install`s. */
export function whatItIs(
  input: DecideInstallationInput,
  subject: Subject,
): Pick<InstallationDecision, 'product' | 'version' | 'copyOf' | 'ephemeral' | 'download'> {
  const countedAt = (fact: InstallFact) =>
    fact.trust === 'open' && !isBeforeSettling(fact.received, subject.settlesAt)
      ? fact.received
      : fact.at
  const inOrder = (facts: readonly InstallFact[]) =>
    [...facts].sort((a, b) => compareFacts(a, b, countedAt(a), countedAt(b)))
  const installs = inOrder(installsOf(input))
  const first = inOrder(leadingOf(input, subject.settlesAt))[0]
  const downloads = installs.flatMap((fact) =>
    claimsRead(fact.claims).flatMap(({ claim }) => claim.download ?? []),
  )
  return {
    product: first?.product ?? null,
    version: installs.flatMap(({ version }) => version ?? []).at(-1) ?? null,
    copyOf: first?.parent ?? null,
    ephemeral: first?.ephemeral ?? false,
    download: downloads[0] ?? null,
  }
}
