/** The decision as the API and the CLI tell it (CONTRACT §4.3). */
import type { Decision } from '@sentby/domain'
import type { ProgramConfig } from '../directory.ts'

/** The answer of `GET /v1/customers/{id}/credit` and of `sentby explain`. */
export interface CreditAnswer {
  customer: string
  credited: {
    partner: { id: string; name: string }
    code: string | null
    evidence: string
  } | null
  reason: string
  provisional: Decision['provisional']
  verified: boolean
  anchor: string | null
  settlesAt: string | null
  policy: { version: number }
  candidates: Decision['candidates']
  more: number
  unknownCodes: Decision['unknownCodes']
}

/** Names the partner of a decision and gives it the contract's shape. */
export function describeCredit(program: ProgramConfig, decision: Decision): CreditAnswer {
  const { credited, policyVersion, ...rest } = decision
  const name = credited && program.partners.get(credited.partner)?.name
  return {
    customer: rest.customer,
    credited: credited && {
      partner: { id: credited.partner, name: name ?? credited.partner },
      code: credited.code,
      evidence: credited.evidence,
    },
    reason: rest.reason,
    provisional: rest.provisional,
    verified: rest.verified,
    anchor: rest.anchor,
    settlesAt: rest.settlesAt,
    policy: { version: policyVersion },
    candidates: rest.candidates,
    more: rest.more,
    unknownCodes: rest.unknownCodes,
  }
}
