import type { LeadFact } from '../facts.ts'
import { isBefore } from './subjects.ts'

/** What the facts of one lead say together (RULES E5). */
export interface Lead {
  /** The first of its facts: when the lead was filed. */
  filing: LeadFact
  status: 'new' | 'accepted' | 'declined'
  /** The last fact that carries a status; `undefined`: nobody said anything yet. */
  decision: LeadFact | undefined
  /** The first code that was named; `undefined`: none yet, so nobody can be credited. */
  code: string | undefined
  /** Whom the vendor named when accepting. */
  customer: string | undefined
  /** The last e-mail that was given. */
  emailHash: string | undefined
}

/** An accepted lead that reaches the customer: its first fact, and its code. */
export interface AcceptedLead {
  filing: LeadFact
  code: string
}

/** Reads all facts of one lead (RULES E5); `null` where there is none. In whatever order, the same facts say the same. */
export function readLead(facts: readonly LeadFact[]): Lead | null {
  const filing = extreme(facts, 'first', () => true)
  if (filing === undefined) return null
  const decision = extreme(facts, 'last', (fact) => fact.status !== undefined)
  const status = decision?.status ?? 'new'
  return {
    filing,
    status,
    decision,
    code: extreme(facts, 'first', (fact) => fact.code !== undefined)?.code,
    customer: status === 'accepted' ? decision?.customer : undefined,
    emailHash: extreme(facts, 'last', (fact) => fact.emailHash !== undefined)?.emailHash,
  }
}

/**
 * The lead as evidence for a customer (RULES E5): `null` unless the last status says `accepted`, a code was ever
 * named, and it reaches the customer, by name or else by the customer's trusted e-mail.
 */
export function acceptedLead(
  facts: readonly LeadFact[],
  customer: string | null,
  trustedEmail: string | null,
): AcceptedLead | null {
  const lead = readLead(facts)
  if (lead === null || lead.code === undefined || lead.status !== 'accepted') return null
  const { filing, code, emailHash } = lead
  if (lead.customer !== undefined) return lead.customer === customer ? { filing, code } : null
  return emailHash !== undefined && emailHash === trustedEmail ? { filing, code } : null
}

function extreme(
  facts: readonly LeadFact[],
  which: 'first' | 'last',
  matches: (fact: LeadFact) => boolean,
): LeadFact | undefined {
  let found: LeadFact | undefined
  for (const fact of facts) {
    if (!matches(fact)) continue
    if (found === undefined || isBefore(fact, found) === (which === 'first')) found = fact
  }
  return found
}
