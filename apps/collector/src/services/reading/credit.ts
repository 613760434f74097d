/** The decision about a customer as the vendor reads it (CONTRACT §4.3). */
import type { CreditAnswer } from '@sentby/contract'
import type { Deps } from '../../deps.ts'
import { freshProgram } from '../configuration/change.ts'
import { readDecision } from '../credit/read-decision.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'

/**
 * Who is credited with a customer, and why.
 *
 * @throws Refusal `not_found` when no fact names the customer.
 */
export async function readCredit(
  deps: Pick<Deps, 'store' | 'directory' | 'clock'>,
  programId: string,
  customer: string,
): Promise<CreditAnswer> {
  const program = await freshProgram(deps, programId)
  const decided = await readDecision(deps, programId, customer)
  if (!decided) throw new Refusal('not_found', { detail: 'no fact names this customer' })
  const { decision } = decided
  const { credited } = decision
  return {
    customer,
    credited: credited && {
      partner: partnerName(program, credited.partner),
      code: credited.code,
      evidence: credited.evidence,
    },
    reason: decision.reason,
    provisional: decision.provisional,
    verified: decision.verified,
    anchor: decision.anchor,
    settlesAt: decision.settlesAt,
    policy: { version: decision.policyVersion },
    candidates: [...decision.candidates],
    more: decision.more,
    unknownCodes: [...decision.unknownCodes],
  }
}

/** A partner's id and name for the vendor's own eyes. */
export function partnerName(program: ProgramConfig, id: string): { id: string; name: string } {
  return { id, name: program.partners.get(id)?.name ?? id }
}
