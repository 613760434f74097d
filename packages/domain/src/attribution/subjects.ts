import type {
  AssignFact,
  CodeFact,
  Fact,
  IdentifyFact,
  InstallFact,
  LeadFact,
  SaleFact,
  SignupFact,
  VisitFact,
} from '../facts.ts'

/** A fact that names the customer and may join a visitor or an installation to it. */
export type NamingFact = IdentifyFact | SignupFact | SaleFact

/** The facts of one customer, sorted by the subject they speak of; no policy has touched them yet. */
export interface Subjects {
  /** `null`: the decision is an installation's, which is no customer (RULES E9). */
  customer: string | null
  /** `identify`, `signup` and `sale` of the customer that name a visitor or an installation. */
  ties: NamingFact[]
  /** Secret signups and sales of the customer: trusted conversions by themselves. */
  conversions: (SignupFact | SaleFact)[]
  openSignups: SignupFact[]
  /** Facts that name the customer and a code: each is a carrier of its own. */
  named: (CodeFact | SignupFact | SaleFact)[]
  assigns: AssignFact[]
  leads: Map<string, LeadFact[]>
  installs: Map<string, InstallFact[]>
  /** Visits and codes by the carrier's key, `visitor:<id>` or `install:<id>`. */
  touches: Map<string, (VisitFact | CodeFact)[]>
  /** Of the first trusted fact that names one (RULES E7). */
  trustedEmail: string | null
}

export function visitorKey(id: string): string {
  return `visitor:${id}`
}

export function installKey(id: string): string {
  return `install:${id}`
}

/** Whether one secret fact comes before another: effective time, then id as bytes (RULES F4, F3). */
export function isBefore(a: Fact, b: Fact): boolean {
  return a.at === b.at ? a.id < b.id : a.at < b.at
}

/** Sorts the facts of one decision by subject in one pass; a fact given twice counts once (RULES F3). */
export function readSubjects(customer: string | null, facts: readonly Fact[]): Subjects {
  const subjects: Subjects = {
    customer,
    ties: [],
    conversions: [],
    openSignups: [],
    named: [],
    assigns: [],
    leads: new Map(),
    installs: new Map(),
    touches: new Map(),
    trustedEmail: null,
  }
  const seen = { open: new Set<string>(), secret: new Set<string>() }
  const emails: NamingFact[] = []
  for (const fact of facts) {
    if (seen[fact.trust].has(fact.id)) continue
    seen[fact.trust].add(fact.id)
    readFact(subjects, emails, fact)
  }
  subjects.trustedEmail = firstEmail(emails)
  return subjects
}

function readFact(subjects: Subjects, emails: NamingFact[], fact: Fact): void {
  switch (fact.type) {
    case 'visit':
      append(subjects.touches, visitorKey(fact.visitor), fact)
      break
    case 'code':
      readCode(subjects, fact)
      break
    case 'install':
      append(subjects.installs, fact.install, fact)
      break
    case 'lead':
      if (fact.trust === 'secret') append(subjects.leads, fact.lead, fact)
      break
    case 'assign':
      if (fact.trust === 'secret' && fact.customer === subjects.customer)
        subjects.assigns.push(fact)
      break
    case 'sale':
      // Money is never said with a publishable key, so no open sale is stored (RULES F2).
      if (fact.trust === 'secret') readNaming(subjects, emails, fact)
      break
    case 'identify':
    case 'signup':
      readNaming(subjects, emails, fact)
      break
    default:
      assertNever(fact)
  }
}

function readCode(subjects: Subjects, fact: CodeFact): void {
  if (fact.customer !== undefined) {
    // Evidence never comes through another customer (RULES E4).
    if (fact.customer !== subjects.customer) return
    subjects.named.push(fact)
  }
  if (fact.visitor !== undefined) append(subjects.touches, visitorKey(fact.visitor), fact)
  if (fact.install !== undefined) append(subjects.touches, installKey(fact.install), fact)
}

function readNaming(subjects: Subjects, emails: NamingFact[], fact: NamingFact): void {
  if (fact.customer !== subjects.customer) return
  if (fact.visitor !== undefined || fact.install !== undefined) subjects.ties.push(fact)
  // A signature covers the customer alone, never an e-mail (RULES F2, S8).
  if (fact.trust === 'secret' && fact.emailHash !== undefined) emails.push(fact)
  if (fact.type === 'identify') return
  if (fact.trust === 'secret') subjects.conversions.push(fact)
  else if (fact.type === 'signup') subjects.openSignups.push(fact)
  if (fact.code !== undefined || fact.coupon !== undefined) subjects.named.push(fact)
}

function firstEmail(facts: readonly NamingFact[]): string | null {
  let first: NamingFact | undefined
  for (const fact of facts) if (first === undefined || isBefore(fact, first)) first = fact
  return first?.emailHash ?? null
}

function assertNever(fact: never): never {
  throw new TypeError(`not a fact: ${JSON.stringify(fact)}`)
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [item])
  else list.push(item)
}
