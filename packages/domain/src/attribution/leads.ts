import type { LeadFact } from '../facts.ts'
import { isBefore } from './subjects.ts'

/** An accepted lead that reaches the customer: its first fact, and its code. */
export interface AcceptedLead {
  filing: LeadFact
  code: string
}

/**
 * Reads all facts of one lead (RULES E5): `null` unless the last status says `accepted`, a code was ever
 * named, and it reaches the customer, by name or else by the customer's trusted e-mail.
 */
export function acceptedLead(
  facts: readonly LeadFact[],
  customer: string | null,
  trustedEmail: string | null,
): AcceptedLead | null {
  const filing = extreme(facts, 'first', () => true)
  const decision = extreme(facts, 'last', (fact) => fact.status !== undefined)
  const code = extreme(facts, 'first', (fact) => fact.code !== undefined)?.code
  if (filing === undefined || code === undefined || decision?.status !== 'accepted') return null
  if (decision.customer !== undefined) {
    return decision.customer === customer ? { filing, code } : null
  }
  const email = extreme(facts, 'last', (fact) => fact.emailHash !== undefined)?.emailHash
  return email !== undefined && email === trustedEmail ? { filing, code } : null
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
