/** The events of a story as a sender writes them. */
import type { Claim, Instant } from '../../src/index.ts'
import type { StoryEvent } from './story.ts'

/** What only the collector under test can make. */
export interface Issuer {
  /** A signature for the customer, made at this moment (S8). */
  signatureFor(customer: string, madeAt: Instant): string
  /** The token of a stamp that carries this code, for this download of this product. */
  stampFor(code: string, download: string | undefined, product: string): string
  /** The collector's id of a partner of the story. */
  partnerId(partner: string): string
}

/** The event as a sender writes it into `POST /v1/events`. The bot is the request's business, not the event's. */
export function wireOf({ id, at, received, signed, body }: StoryEvent, issuer: Issuer): object {
  const base = { id, at }
  const signature =
    signed && 'customer' in body && body.customer !== undefined
      ? { signature: issuer.signatureFor(body.customer, signedAt(received, signed)) }
      : {}
  if (body.type === 'assign') {
    const partner = body.partner === null ? null : issuer.partnerId(body.partner)
    return { ...base, ...body, partner, reason: 'the vendor knows' }
  }
  if (body.type === 'sale') {
    return { ...base, ...body, order: `order ${id}`, amount: 4900, currency: 'EUR' }
  }
  if (body.type === 'install') {
    const product = body.product ?? 'tool'
    const claims = body.claims.map((claim) => ({
      source: claim.source,
      value: claimValue(claim, issuer, product),
    }))
    return { ...base, ...body, product, claims }
  }
  return { ...base, ...body, ...signature }
}

/** A signature is fresh for 24 hours. */
function signedAt(received: Instant, signed: 'fresh' | 'stale'): Instant {
  const ageHours = signed === 'fresh' ? 1 : 25
  return new Date(Date.parse(received) - ageHours * 60 * 60 * 1000).toISOString()
}

function claimValue(
  { source, code, none, download }: Claim,
  issuer: Issuer,
  product: string,
): string {
  if (none) return 'none'
  if (code === null) return '?'
  return source === 'stamp' ? issuer.stampFor(code, download, product) : code
}
