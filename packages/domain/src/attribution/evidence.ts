import { type Configuration, codeAt } from '../configuration.ts'
import type {
  AssignFact,
  Claim,
  CodeFact,
  Fact,
  InstallFact,
  LeadFact,
  SaleFact,
  SignupFact,
  VisitFact,
} from '../facts.ts'
import type { EvidenceKind, Policy } from '../policy.ts'
import type { Anchors } from './anchor.ts'
import { type Carrier, type Carriers, ownCarrier, vendorCarrier } from './carriers.ts'
import { acceptedLead } from './leads.ts'
import { claimsRead, type Flaw, latestFirst, type Piece, SOURCES, strengthOf } from './piece.ts'
import type { Ranks } from './rank.ts'
import { installKey, type Subjects } from './subjects.ts'
import { countedAt, type Settling } from './ties.ts'

/** What a policy makes of the customer's facts: all that evidence is read and judged with. */
export interface Scene {
  subjects: Subjects
  settling: Settling
  anchors: Anchors
  policy: Policy
  ranks: Ranks
  config: Configuration
}

/** A piece that a code names. */
export interface CodedPiece extends Piece {
  code: string
}

/** Pieces of evidence that are candidates, and those whose code nobody had. */
export interface Evidence {
  pieces: Piece[]
  /** By carrier and code, the last one; in no order. */
  unknown: Map<string, CodedPiece>
}

/** What a code is evidence of, beside its fact. */
interface Manner {
  kind: EvidenceKind
  evidence: string
  strength: number
  mayBeLate: boolean
  flaw: Flaw | null
}

/** Reads every piece of evidence that reaches the customer (docs/attribution.md, 3). */
export function readEvidence(scene: Scene, carriers: Carriers): Evidence {
  const { subjects, settling, anchors, policy } = scene
  const found: Evidence = { pieces: [], unknown: new Map() }
  for (const carrier of carriers.values()) {
    for (const fact of subjects.touches.get(carrier.key) ?? [])
      readTouch(scene, found, fact, carrier)
  }
  for (const [install, facts] of subjects.installs) {
    const carrier = carriers.get(installKey(install))
    if (carrier === undefined) continue
    for (const fact of facts) readClaims(scene, found, fact, carrier)
  }
  for (const fact of subjects.named) {
    const carrier = ownCarrier(fact, settling, anchors, policy)
    if (fact.type === 'code') readTouch(scene, found, fact, carrier)
    else readConversion(scene, found, fact, carrier)
  }
  for (const fact of subjects.assigns) readAssign(scene, found, fact)
  for (const [lead, facts] of subjects.leads) readLead(scene, found, lead, facts)
  return found
}

function readTouch(
  scene: Scene,
  found: Evidence,
  fact: VisitFact | CodeFact,
  carrier: Carrier,
): void {
  if (fact.type === 'visit') {
    const flaw = fact.bot === true ? 'bot' : fact.frame === true ? 'framed' : null
    readCode(scene, found, fact, fact.code, carrier, plain('link', fact, flaw))
  } else if (fact.coupon !== true) {
    readCode(scene, found, fact, fact.code, carrier, plain('typed', fact))
  } else if (fact.trust === 'secret') {
    readCode(scene, found, fact, fact.code, carrier, plain('coupon', fact))
  }
}

function readConversion(
  scene: Scene,
  found: Evidence,
  fact: SignupFact | SaleFact,
  carrier: Carrier,
): void {
  if (fact.code !== undefined) {
    readCode(scene, found, fact, fact.code, carrier, plain('typed', fact))
  }
  if (fact.coupon !== undefined && fact.trust === 'secret') {
    readCode(scene, found, fact, fact.coupon, carrier, plain('coupon', fact))
  }
}

function readClaims(scene: Scene, found: Evidence, fact: InstallFact, carrier: Carrier): void {
  for (const [n, claim] of claimsRead(fact)) {
    if (claim.code === null) continue
    const { kind } = SOURCES[claim.source]
    const manner: Manner = {
      kind,
      evidence: `${fact.id}#${n}`,
      strength: strengthOf(kind, claim.source, n),
      mayBeLate: true,
      flaw: isRevoked(scene, fact, claim) ? 'revoked' : null,
    }
    readCode(scene, found, fact, claim.code, carrier, manner)
  }
}

function isRevoked(scene: Scene, fact: InstallFact, claim: Claim): boolean {
  if (claim.source !== 'stamp' || claim.download === undefined) return false
  const revokedAt = scene.config.revokedDownloads.get(claim.download)
  return revokedAt !== undefined && revokedAt <= countedAt(fact, scene.settling)
}

function readAssign(scene: Scene, found: Evidence, fact: AssignFact): void {
  const rank = scene.ranks.get('assigned')
  if (rank === undefined) return
  found.pieces.push({
    ...plain('assigned', fact),
    rank,
    factId: fact.id,
    trust: fact.trust,
    at: fact.at,
    carrier: vendorCarrier(`${fact.trust}:${fact.id}`, scene.anchors),
    partner: fact.partner,
    code: null,
  })
}

function readLead(scene: Scene, found: Evidence, lead: string, facts: readonly LeadFact[]): void {
  const { customer, trustedEmail } = scene.subjects
  const accepted = acceptedLead(facts, customer, trustedEmail)
  if (accepted === null) return
  const { filing, code } = accepted
  const carrier = vendorCarrier(`lead:${lead}`, scene.anchors)
  readCode(scene, found, filing, code, carrier, plain('lead', filing))
}

/** A piece whose id is its fact's; only a typed code may come late (RULES A5). */
function plain(kind: EvidenceKind, fact: Fact, flaw: Flaw | null = null): Manner {
  return { kind, evidence: fact.id, strength: strengthOf(kind), mayBeLate: kind === 'typed', flaw }
}

/** Looks the code up as of the time the fact counts at (RULES F5), and files what it is evidence of. */
function readCode(
  scene: Scene,
  found: Evidence,
  fact: Fact,
  code: string,
  carrier: Carrier,
  manner: Manner,
): void {
  const rank = scene.ranks.get(manner.kind)
  if (rank === undefined) return
  const at = countedAt(fact, scene.settling)
  const owner = codeAt(scene.config, code, at)
  // Written out: this runs for every visit, and a spread takes ten times as long.
  const piece: CodedPiece = {
    factId: fact.id,
    trust: fact.trust,
    evidence: manner.evidence,
    kind: manner.kind,
    rank,
    at,
    carrier,
    partner: owner?.partner ?? null,
    code,
    strength: manner.strength,
    flaw: manner.flaw,
    mayBeLate: manner.mayBeLate,
  }
  if (owner === undefined) {
    const key = `${carrier.name}\n${code}`
    const known = found.unknown.get(key)
    if (known === undefined || latestFirst(piece, known) < 0) found.unknown.set(key, piece)
  } else if (carrier.limit !== null) {
    if (owner.until !== undefined && owner.until < at) piece.flaw ??= 'alias_ended'
    found.pieces.push(piece)
  }
}
