/** Section 3 of docs/attribution.md: every piece of evidence, carrier by carrier, with its limit (section 2). */
import type { Claim, ClaimSource, EvidenceKind, Fact, Instant, LeadFact } from '../../src/index.ts'
import {
  best,
  isBeforeSettling,
  namings,
  type Standing,
  type Subject,
  smallest,
  standingOfTie,
  type Tie,
  tiesToInstall,
  tiesToVisitor,
  visitorsOf,
} from './customer-naively.ts'

/** One piece of evidence, its code not looked up yet. */
export interface Piece {
  fact: Fact
  evidence: string
  kind: EvidenceKind
  at: Instant
  code: string | null
  /** Of an assignment. */
  assignedTo: string | null
  download?: string
  /** 0 is the strongest source of its fact. */
  weakness: number
  /** As shown. */
  carrier: string
  /** The carrier itself: a fact that names the customer is one of its own. */
  owner: string
  standing: Standing
  limit: Instant | null
  /** E-mails that judge this carrier (E7). */
  emailHashes: readonly string[]
  /** Whether A5 may take it: a typed code or an install's claim. */
  lateClaim: boolean
}

type Carrier = Pick<Piece, 'carrier' | 'owner' | 'standing' | 'limit' | 'emailHashes'>

const READING_ORDER: readonly ClaimSource[] = [
  'flag',
  'env',
  'config',
  'prompt',
  'stamp',
  'url',
  'filename',
]

function kindOfClaim(source: ClaimSource): EvidenceKind {
  if (source === 'stamp') return 'stamp'
  return source === 'url' || source === 'filename' ? 'hint' : 'typed'
}

// 4. `self_referral`: which e-mails count

function firstTrustedEmail(subject: Subject): string[] {
  const trusted = namings(subject).filter((fact) => fact.trust === 'secret')
  return trusted.flatMap((fact) => fact.emailHash ?? []).slice(0, 1)
}

/** A carrier, from the ties that lead to it. */
function carrierOf(subject: Subject, shown: string, owner: string, ties: readonly Tie[]): Carrier {
  const standing = best(ties.map((tie) => standingOfTie(subject, tie)))
  const open = ties.filter((tie) => standingOfTie(subject, tie) === 'open')
  return {
    carrier: shown,
    owner,
    standing,
    limit: limitOf(subject, standing, open),
    emailHashes: [...firstTrustedEmail(subject), ...open.flatMap((tie) => tie.emailHash ?? [])],
  }
}

// 2. Each carrier is judged as of its own limit

function limitOf(subject: Subject, standing: Standing, open: readonly Tie[]): Instant | null {
  if (standing === 'verified') return subject.trustedAnchor
  if (standing === 'void') return subject.anchor
  const signups = open.filter((tie) => tie.type === 'signup').map((tie) => tie.at)
  return smallest([...signups, ...(subject.trustedAnchor === null ? [] : [subject.trustedAnchor])])
}

/** A carrier that is the customer itself, through a fact that leaves no doubt. */
function verifiedCustomer(subject: Subject, fact: Fact): Carrier {
  return carrierOfStanding(subject, fact, 'verified')
}

function carrierOfStanding(subject: Subject, fact: Fact, standing: Standing): Carrier {
  return {
    carrier: 'customer',
    owner: `customer ${fact.trust} ${fact.id}`,
    standing,
    limit: limitOf(subject, standing, []),
    emailHashes: firstTrustedEmail(subject),
  }
}

// 3. Evidence

/** An open fact that was received after settling counts at its receipt (A2). */
function timeOf(subject: Subject, fact: Fact): Instant {
  const isLate = fact.trust === 'open' && !isBeforeSettling(fact.received, subject.settlesAt)
  return isLate ? fact.received : fact.at
}

function piece(
  subject: Subject,
  carrier: Carrier,
  fact: Fact,
  own: Pick<Piece, 'kind' | 'code'> & Partial<Piece>,
): Piece {
  const at = timeOf(subject, fact)
  const base = { fact, evidence: fact.id, at, assignedTo: null, weakness: 0, lateClaim: false }
  return { ...base, ...carrier, ...own }
}

/** Claims in the order in which they are read, up to an explicit `none`. */
export function claimsRead(claims: readonly Claim[]): { claim: Claim; n: number }[] {
  const read = claims
    .map((claim, n) => ({ claim, n }))
    .sort(
      (a, b) =>
        READING_ORDER.indexOf(a.claim.source) - READING_ORDER.indexOf(b.claim.source) || a.n - b.n,
    )
  const end = read.findIndex(({ claim }) => claim.none)
  return end < 0 ? read : read.slice(0, end)
}

/** What a fact says of the visitor, installation or customer that brings it. */
export function piecesOfFact(subject: Subject, carrier: Carrier, fact: Fact): Piece[] {
  if (fact.type === 'visit')
    return [piece(subject, carrier, fact, { kind: 'link', code: fact.code })]
  if (fact.type === 'code') {
    if (fact.customer !== undefined && fact.customer !== subject.input.customer) return []
    if (!fact.coupon) {
      return [piece(subject, carrier, fact, { kind: 'typed', code: fact.code, lateClaim: true })]
    }
    if (fact.trust === 'open') return []
    return [piece(subject, carrier, fact, { kind: 'coupon', code: fact.code })]
  }
  if (fact.type === 'install') {
    return claimsRead(fact.claims).flatMap(({ claim, n }, weakness) =>
      claim.code === null
        ? []
        : piece(subject, carrier, fact, {
            kind: kindOfClaim(claim.source),
            code: claim.code,
            evidence: `${fact.id}#${n}`,
            weakness,
            lateClaim: true,
            ...(claim.source === 'stamp' && claim.download !== undefined
              ? { download: claim.download }
              : {}),
          }),
    )
  }
  if (fact.type === 'signup' || fact.type === 'sale') {
    const pieces: Piece[] = []
    if (fact.code !== undefined) {
      pieces.push(
        piece(subject, carrier, fact, { kind: 'typed', code: fact.code, lateClaim: true }),
      )
    }
    if (fact.coupon !== undefined && fact.trust === 'secret') {
      pieces.push(piece(subject, carrier, fact, { kind: 'coupon', code: fact.coupon, weakness: 1 }))
    }
    return pieces
  }
  return []
}

/** The lead's evidence, when it is accepted and reaches this customer (E5). */
function pieceOfLead(subject: Subject, lead: string): Piece[] {
  const facts = subject.facts.filter((f): f is LeadFact => f.type === 'lead' && f.lead === lead)
  const last = facts.findLast((fact) => fact.status !== undefined)
  const first = facts[0]
  const code = facts.find((fact) => fact.code !== undefined)?.code
  if (first === undefined || code === undefined || last?.status !== 'accepted') return []
  const email = facts.findLast((fact) => fact.emailHash !== undefined)?.emailHash
  const reaches =
    last.customer === undefined
      ? email !== undefined && firstTrustedEmail(subject).includes(email)
      : last.customer === subject.input.customer
  if (!reaches) return []
  return [piece(subject, verifiedCustomer(subject, first), first, { kind: 'lead', code })]
}

/** Every piece of evidence that reaches the customer, unknown codes and all kinds included. */
export function piecesOf(subject: Subject): Piece[] {
  const { facts, input } = subject
  const named = namings(subject)
  const installs = new Set(named.flatMap((tie) => tie.install ?? []))
  const visitors = new Set([
    ...named.flatMap((tie) => tie.visitor ?? []),
    ...[...installs].flatMap((id) => visitorsOf(subject, id)),
  ])
  const pieces: Piece[] = []
  for (const visitor of visitors) {
    const shown = `visitor:${visitor}`
    const carrier = carrierOf(subject, shown, shown, tiesToVisitor(subject, visitor))
    for (const fact of facts) {
      if (fact.type !== 'visit' && fact.type !== 'code') continue
      if (fact.visitor === visitor) pieces.push(...piecesOfFact(subject, carrier, fact))
    }
  }
  for (const install of installs) {
    const shown = `install:${install}`
    const carrier = carrierOf(subject, shown, shown, tiesToInstall(subject, install))
    for (const fact of facts) {
      if (fact.type !== 'install' && fact.type !== 'code') continue
      if (fact.install === install) pieces.push(...piecesOfFact(subject, carrier, fact))
    }
  }
  for (const fact of facts) {
    if (fact.type === 'code' && fact.customer === input.customer) {
      // An open one without a signature names somebody, but nothing stands behind it.
      const standing = fact.trust === 'open' && !fact.signed ? 'void' : 'verified'
      pieces.push(...piecesOfFact(subject, carrierOfStanding(subject, fact, standing), fact))
    }
    if ((fact.type === 'signup' || fact.type === 'sale') && fact.customer === input.customer) {
      const carrier = carrierOf(subject, 'customer', `customer ${fact.trust} ${fact.id}`, [fact])
      pieces.push(...piecesOfFact(subject, carrier, fact))
    }
    if (fact.type === 'assign' && fact.customer === input.customer) {
      const carrier = verifiedCustomer(subject, fact)
      const own = { kind: 'assigned', code: null, assignedTo: fact.partner } as const
      pieces.push(piece(subject, carrier, fact, own))
    }
  }
  for (const lead of new Set(facts.flatMap((fact) => (fact.type === 'lead' ? fact.lead : [])))) {
    pieces.push(...pieceOfLead(subject, lead))
  }
  return pieces
}
