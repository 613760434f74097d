/** What the collector says about the code that an event names (CONTRACT §4.1); not who wins the customer. */
import { hasValidCheck, type Verdict } from '@sentby/contract'
import type { SentbyEvent } from '@sentby/contract/events'
import { codeAt, isActiveAt } from '@sentby/domain'
import type { FactRow } from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { readClaims } from './claims.ts'

/** The code that an event's verdict is about: of several claims the strongest that holds one. */
export function namedCode(event: SentbyEvent): string | undefined {
  switch (event.type) {
    case 'visit':
    case 'code':
      return event.code
    case 'signup':
    case 'sale':
      return event.code ?? event.coupon
    case 'lead':
      return event.code
    case 'install':
      return readClaims(event.claims ?? []).find((claim) => claim.code !== null)?.code ?? undefined
    default:
      return undefined
  }
}

/** Codes that an event names and that no partner has: a code made later looks for these. */
export function unknownCodes(program: ProgramConfig, event: SentbyEvent): string[] {
  const named = namedCodes(event).filter((code) => !program.codes.has(code) && hasValidCheck(code))
  return [...new Set(named)]
}

function namedCodes(event: SentbyEvent): string[] {
  if (event.type === 'install') {
    return readClaims(event.claims ?? []).flatMap(({ code }) => code ?? [])
  }
  const code = 'code' in event ? event.code : undefined
  const coupon = 'coupon' in event ? event.coupon : undefined
  return [code ?? [], coupon ?? []].flat()
}

/** A verdict as it is stored with the fact: `status` or `status:reason`. */
export function judgeCode(
  program: ProgramConfig,
  row: FactRow,
  code: string,
  frame: boolean,
): string {
  const { domain } = program
  const found = hasValidCheck(code) ? codeAt(domain, code, row.at) : undefined
  const partner = found && domain.partners.get(found.partner)
  if (!found || !partner) return 'unknown_code'
  if (found.until !== undefined && found.until < row.at) return 'not_creditable:alias_ended'
  if (!isActiveAt(partner, row.at)) return 'inactive'
  if (row.bot === 1) return 'not_creditable:bot'
  if (frame) return 'not_creditable:framed'
  return 'accepted'
}

/** The answer's form of a stored verdict; a name only where the partner lets it show (RULES S2). */
export function toVerdict(
  program: ProgramConfig,
  stored: string,
  code: string,
  type: string,
): Verdict {
  const [status = '', reason] = stored.split(':')
  const verdict: Verdict = { status: status as Verdict['status'], code }
  if (reason !== undefined) verdict.reason = reason
  if (status === 'accepted' && (type === 'code' || type === 'install')) {
    const partner = program.partners.get(program.codes.get(code)?.partner_id ?? '')
    if (partner && partner.shows_name === 1) verdict.partner = { name: partner.name }
  }
  return verdict
}
