/** Secrets of webhooks, and the headers that they sign (https://www.standardwebhooks.com). */
import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'

/** One secret; while another replaces it both sign. */
export interface WebhookSecret {
  secret: string
  /** When it signs no more; null: it has no end. */
  until: string | null
}

/** How long the old secret signs too, after another was made. */
export const OVERLAP_MS = 24 * 60 * 60 * 1000
/** Secrets that sign at the same time. */
export const MAX_SECRETS = 5

/** `whsec_` and 32 random bytes. */
export function makeSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

/** The secrets that sign at a moment, the present one first. */
export function secretsAt(stored: string, now: string): WebhookSecret[] {
  const secrets = JSON.parse(stored) as WebhookSecret[]
  return secrets.filter(({ until }) => until === null || until > now)
}

/** The headers of one attempt: its id stays the same, its time is this attempt's. */
export function signatureHeaders(
  id: string,
  body: string,
  secrets: readonly WebhookSecret[],
  sentAt: Date,
): Record<string, string> {
  const signatures = secrets.map(({ secret }) => new Webhook(secret).sign(id, sentAt, body))
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
    'webhook-signature': signatures.join(' '),
  }
}
