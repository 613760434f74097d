import type { Instant } from '../facts.ts'
import type { CustomerFacts, PartnerFacts, ProgramFacts } from './due-input.ts'
import type { FirstPayment } from './orders.ts'
import { type GroupTerms, inForce } from './terms.ts'

/** One customer as its credited partner's triggers see it. */
export interface Scene {
  asOf: Instant
  program: ProgramFacts
  partner: PartnerFacts
  customer: CustomerFacts
  firstPayment: FirstPayment | null
}

/** Whether the partner is active at a moment; before its first status it is not (RULES E6, M12). */
export function isPartnerActive({ partner }: Scene, at: Instant): boolean {
  return inForce(partner.statuses, at)?.status === 'active'
}

/** The terms of the group that the partner is in at a moment (RULES M6). */
export function termsAt({ program, partner }: Scene, at: Instant): GroupTerms | null {
  const group = inForce(partner.groups, at)?.group
  if (group === undefined) return null
  const version = inForce(program.terms.get(group) ?? [], at)
  return version ? { ...version, group } : null
}
