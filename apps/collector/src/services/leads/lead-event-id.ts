/** The ids of events about a lead, named by the lead itself: sent twice it is one event (CONTRACT §4.1, §6). */
import { createHash } from 'node:crypto'

const ID_LENGTH = 128
const HASHED = 'sha256-'

/** Of its filing; `@sentby/node` sends the same. */
export function filingEventId(lead: string): string {
  return compose(lead, ':new')
}

/**
 * Of a decision: two that rest on the same history have one id, so that the second is a duplicate or a conflict. Ids of
 * later ones sort after those of earlier ones and of the filing: at one instant that is their order (RULES F4).
 *
 * @param decisions how many facts with a status there are already.
 */
export function decisionEventId(lead: string, decisions: number): string {
  return compose(lead, `:review:${String(decisions).padStart(6, '0')}`)
}

/** What does not fit an id, or looks like such a hash, stands as its SHA-256. */
function compose(lead: string, suffix: string): string {
  const room = ID_LENGTH - 'lead:'.length - suffix.length
  const fits = lead.length <= room && /^[A-Za-z0-9._:-]+$/.test(lead) && !lead.startsWith(HASHED)
  const name = fits ? lead : HASHED + createHash('sha256').update(lead).digest('base64url')
  return `lead:${name}${suffix}`
}
