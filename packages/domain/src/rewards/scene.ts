import { inForce } from '../configuration.ts'
import type { Instant } from '../facts.ts'
import type { CustomerFacts, PartnerFacts, ProgramFacts } from './due-input.ts'
import type { FirstPayment } from './orders.ts'
import type { GroupTerms } from './terms.ts'

/** One customer as its credited partner's triggers see it. */
export interface Scene {
  asOf: Instant
  program: ProgramFacts
  partner: PartnerFacts
  customer: CustomerFacts
  firstPayment: FirstPayment | null
}

/** The terms of the group that the partner is in at a moment (RULES M6). */
export function termsAt({ program, partner }: Scene, at: Instant): GroupTerms | null {
  const group = inForce(partner.groups, at)?.group
  if (group === undefined) return null
  const version = inForce(program.terms.get(group) ?? [], at)
  return version ? { ...version, group } : null
}
