/** What the collector says about the code that an event names (CONTRACT §4.1); not who wins the customer. */
import { hasValidCheck, type Verdict } from '@sentby/contract'
import type { SentbyEvent } from '@sentby/contract/events'
import { codeAt, isActiveAt } from '@sentby/domain'
import type { FactRow } from '@sentby/store'
import { isRevokedAt, type ProgramConfig } from '../program-config.ts'
import { offerOf } from '../rewards/offer.ts'
import { readClaims, strongestClaim } from './claims.ts'
import { readStamps } from './stamps.ts'

/**
 * The code that an event's verdict is about: of several claims the strongest.
 *
 * @param stamps of the stored fact.
 */
export function namedCode(event: SentbyEvent, stamps: string | null): string | undefined {
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
      return strongestClaim(event.claims ?? [], readStamps(stamps))?.code ?? undefined
    default:
      return undefined
  }
}

/** Codes that an event names and that no partner has: a code made later looks for these. */
export function unknownCodes(
  program: ProgramConfig,
  event: SentbyEvent,
  stamps: string | null,
): string[] {
  const named = namedCodes(event, stamps).filter(
    (code) => !program.codes.has(code) && hasValidCheck(code),
  )
  return [...new Set(named)]
}

function namedCodes(event: SentbyEvent, stamps: string | null): string[] {
  if (event.type === 'install') {
    return readClaims(event.claims ?? [], readStamps(stamps)).flatMap(({ code }) => code ?? [])
  }
  const code = 'code' in event ? event.code : undefined
  const coupon = 'coupon' in event ? event.coupon : undefined
  return [code ?? [], coupon ?? []].flat()
}

/** The verdict of an event, as it is stored with its fact: `status` or `status:reason`; `null`: it names no partner. */
export function judgeEvent(
  program: ProgramConfig,
  row: FactRow,
  event: SentbyEvent,
): string | null {
  if (event.type === 'install') return judgeInstall(program, row, event.claims ?? [])
  const code = namedCode(event, null)
  if (code === undefined) return null
  return judgeCode(program, row, code, event.type === 'visit' && event.frame === true)
}

/** Of a stamp that was refused or revoked the answer says so, whatever stands behind it. */
function judgeInstall(
  program: ProgramConfig,
  row: FactRow,
  claims: Parameters<typeof strongestClaim>[0],
): string | null {
  const claim = strongestClaim(claims, readStamps(row.stamps))
  if (claim === undefined) return null
  if (claim.code === null) return `not_creditable:${claim.refused}`
  const verdict = judgeCode(program, row, claim.code, false)
  if (verdict === 'unknown_code') return verdict
  return isRevokedAt(program, claim.download ?? '', row.at) ? 'not_creditable:revoked' : verdict
}

function judgeCode(program: ProgramConfig, row: FactRow, code: string, frame: boolean): string {
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

/** A stored verdict as answers tell it, without a partner's name. */
export function readVerdict(stored: string, code: string | undefined): Verdict {
  const [status = '', reason] = stored.split(':')
  const verdict: Verdict = { status: status as Verdict['status'] }
  if (code !== undefined) verdict.code = code
  if (reason !== undefined) verdict.reason = reason
  return verdict
}

/**
 * The answer's form of a stored verdict: a name only where the partner lets it show (RULES S2), and of a typed code what
 * it offers.
 */
export function toVerdict(
  program: ProgramConfig,
  { type, at, customer }: Pick<FactRow, 'type' | 'at' | 'customer'>,
  stored: string,
  code: string | undefined,
): Verdict {
  const verdict = readVerdict(stored, code)
  if (verdict.status !== 'accepted' || (type !== 'code' && type !== 'install')) return verdict
  const partner = program.partners.get(program.codes.get(code ?? '')?.partner_id ?? '')
  if (partner && partner.shows_name === 1) verdict.partner = { name: partner.name }
  const isOwn = customer !== null && partner?.customer === customer
  const offered = type === 'code' && partner && !isOwn && offerOf(program, partner.id, at)
  if (offered) verdict.offer = offered.offer
  return verdict
}
