import type { CodeFact, InstallFact, Instant, SaleFact, SignupFact } from '../facts.ts'
import type { Policy } from '../policy.ts'
import type { Anchors } from './anchor.ts'
import { installKey, type NamingFact, type Subjects, visitorKey } from './subjects.ts'
import { isTimely, type Settling, type Standing, standingOf } from './ties.ts'

/** What brings evidence to the customer (docs/attribution.md, 1). */
export interface Carrier {
  /** Unique in a decision; each fact that names the customer itself is a carrier of its own. */
  key: string
  /** As told: `visitor:<id>`, `install:<id>` or `customer`. */
  name: string
  standing: Standing
  /** Evidence is judged as of it; `null`: not yet. */
  limit: Instant | null
  /** Hashed e-mails that open ties to this very carrier gave (RULES E7). */
  openEmails: Set<string>
  /** Installations that lead to this visitor (RULES E4). */
  through: Carrier[]
}

/** Visitors and installations by their key, with standing and limit. */
export type Carriers = Map<string, Carrier>

/** A tie to a carrier while they are being gathered: `signupAt` is the earliest open signup naming it. */
interface Gathered extends Carrier {
  signupAt: Instant | null
}

const STRENGTH: Record<Standing, number> = { void: 0, open: 1, verified: 2 }

/** Gathers the customer's visitors and installations with the best standing that leads to each (RULES E4, A2–A4). */
export function findCarriers(
  subjects: Subjects,
  settling: Settling,
  anchors: Anchors,
  policy: Policy,
): Carriers {
  const visitors = new Map<string, Gathered>()
  const installations = new Map<string, Gathered>()
  for (const tie of subjects.ties) {
    const standing = standingOf(tie, settling, policy)
    if (tie.visitor !== undefined) {
      join(obtain(visitors, tie.visitor, visitorKey(tie.visitor)), tie, standing)
    }
    if (tie.install !== undefined) {
      join(obtain(installations, tie.install, installKey(tie.install)), tie, standing)
    }
  }
  for (const [install, carrier] of installations)
    leadToVisitors(subjects.installs.get(install) ?? [], settling, visitors, carrier)
  const carriers: Carriers = new Map()
  for (const carrier of [...visitors.values(), ...installations.values()]) {
    carrier.limit = limitOf(carrier.standing, anchors, carrier.signupAt)
    carriers.set(carrier.key, carrier)
  }
  return carriers
}

/** The carrier that a fact naming customer and code is by itself (docs/attribution.md, 1). */
export function ownCarrier(
  fact: CodeFact | SignupFact | SaleFact,
  settling: Settling,
  anchors: Anchors,
  policy: Policy,
): Carrier {
  const carrier = customerCarrier(`${fact.trust}:${fact.id}`)
  if (fact.type === 'code') {
    carrier.standing = codeStanding(fact)
    carrier.limit = limitOf(carrier.standing, anchors, null)
    return carrier
  }
  carrier.standing = standingOf(fact, settling, policy)
  const isOpen = carrier.standing === 'open'
  carrier.limit = limitOf(carrier.standing, anchors, isOpen ? fact.at : null)
  if (isOpen && fact.emailHash !== undefined) carrier.openEmails.add(fact.emailHash)
  return carrier
}

/** The carrier of an assignment or a lead: the vendor's own word (docs/attribution.md, 1). */
export function vendorCarrier(id: string, anchors: Anchors): Carrier {
  return { ...customerCarrier(id), limit: anchors.trusted }
}

function customerCarrier(id: string): Carrier {
  return { ...verifiedCarrier(`customer:${id}`, null), name: 'customer' }
}

/** A carrier that leaves no doubt, told by its key. */
export function verifiedCarrier(key: string, limit: Instant | null): Carrier {
  return { key, name: key, standing: 'verified', limit, openEmails: new Set(), through: [] }
}

/** A code event that names the customer counts by its signature alone, whenever it came (RULES A3). */
function codeStanding(fact: CodeFact): Standing {
  return fact.trust === 'secret' || fact.signed === true ? 'verified' : 'void'
}

function obtain(carriers: Map<string, Gathered>, id: string, key: string): Gathered {
  const known = carriers.get(id)
  if (known !== undefined) return known
  const carrier: Gathered = {
    key,
    name: key,
    standing: 'void',
    limit: null,
    openEmails: new Set(),
    through: [],
    signupAt: null,
  }
  carriers.set(id, carrier)
  return carrier
}

function join(carrier: Gathered, tie: NamingFact, standing: Standing): void {
  raise(carrier, standing)
  if (standing !== 'open') return
  if (tie.emailHash !== undefined) carrier.openEmails.add(tie.emailHash)
  if (tie.type === 'signup') advance(carrier, tie.at)
}

/**
 * Visitor → installation → customer: the installation's visitors get what it has (RULES E4). An open install
 * that came after settling leads nowhere, or a stranger could bring in old visits of his own (RULES A2).
 */
function leadToVisitors(
  installs: readonly InstallFact[],
  settling: Settling,
  visitors: Map<string, Gathered>,
  installation: Gathered,
): void {
  const led = new Set<string>()
  for (const fact of installs) {
    const { visitor } = fact
    if (visitor === undefined || led.has(visitor) || !isTimely(fact, settling)) continue
    led.add(visitor)
    const carrier = obtain(visitors, visitor, visitorKey(visitor))
    carrier.through.push(installation)
    raise(carrier, installation.standing)
    if (installation.signupAt !== null) advance(carrier, installation.signupAt)
  }
}

function raise(carrier: Carrier, standing: Standing): void {
  if (STRENGTH[standing] > STRENGTH[carrier.standing]) carrier.standing = standing
}

function advance(carrier: Gathered, signupAt: Instant): void {
  if (carrier.signupAt === null || signupAt < carrier.signupAt) carrier.signupAt = signupAt
}

/** What a carrier is judged as of; a stranger's signup moves only what it names, and never later (RULES A1). */
function limitOf(standing: Standing, anchors: Anchors, signupAt: Instant | null): Instant | null {
  if (standing === 'verified') return anchors.trusted
  if (standing === 'void') return anchors.shown
  if (signupAt === null) return anchors.trusted
  return anchors.trusted !== null && anchors.trusted < signupAt ? anchors.trusted : signupAt
}
