import { Buffer } from 'node:buffer'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { SentbyError, WebhookVerificationError } from './errors.ts'

/** The body of a webhook, once its signature has been checked. */
export interface WebhookPayload {
  /** What happened: `reward.changed` … */
  type: string
  /** When, ISO-8601. */
  timestamp?: string
  data?: unknown
  [field: string]: unknown
}

/** Headers of `node:http` or of Fetch. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | Record<string, string | string[] | undefined>

export interface VerifyWebhookOptions {
  /** How far the webhook's time may be off, in seconds, both ways; default 300. */
  toleranceSeconds?: number | undefined
  /** Milliseconds since 1970; default: the clock. */
  now?: (() => number) | undefined
}

/**
 * Checks a webhook of the collector (Standard Webhooks) and gives its payload. Deliveries repeat and change
 * order: use the header `webhook-id` to do each once.
 *
 * @param rawBody the bytes as they came, before any JSON parser.
 * @param secret `whsec_…`, or several while one is replaced by another.
 * @throws WebhookVerificationError when it must not be believed: `webhook_headers_missing`,
 * `webhook_timestamp_invalid`, `webhook_signature_mismatch`, `webhook_body_invalid`.
 * @throws SentbyError `invalid_option` when the secret or the body is no such thing.
 *
 * @example
 * const event = verifyWebhook(rawBody, request.headers, 'whsec_…')
 * if (event.type === 'reward.changed') …
 */
export function verifyWebhook(
  rawBody: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string | readonly string[],
  options: VerifyWebhookOptions = {},
): WebhookPayload {
  if (typeof rawBody !== 'string' && !(rawBody instanceof Uint8Array)) {
    throw new SentbyError(
      'verifyWebhook needs the raw body, a string or bytes; a parsed object cannot be checked',
      { code: 'invalid_option' },
    )
  }
  const keys = [secret].flat().map(secretBytes)
  if (keys.length === 0) throw new SentbyError('a secret is needed', { code: 'invalid_option' })

  const id = header(headers, 'webhook-id')
  const timestamp = header(headers, 'webhook-timestamp')
  const signatures = header(headers, 'webhook-signature')
  if (!id || !timestamp || !signatures) {
    throw refused('webhook_headers_missing', 'webhook-id, -timestamp or -signature is missing')
  }
  const nowSeconds = (options.now ?? Date.now)() / 1000
  const offBy = Math.abs(nowSeconds - Number(timestamp))
  if (!/^\d{1,12}$/.test(timestamp) || offBy > (options.toleranceSeconds ?? 300)) {
    throw refused('webhook_timestamp_invalid', `webhook-timestamp ${timestamp} is not now`)
  }
  const given = signatures
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => Buffer.from(signature.slice(3), 'base64'))
  const expected = keys.map((key) =>
    createHmac('sha256', key).update(`${id}.${timestamp}.`).update(rawBody).digest(),
  )
  const genuine = expected.some((ours) =>
    given.some((theirs) => theirs.length === ours.length && timingSafeEqual(theirs, ours)),
  )
  if (!genuine) throw refused('webhook_signature_mismatch', 'no signature fits the body')
  return parse(rawBody)
}

function parse(rawBody: string | Uint8Array): WebhookPayload {
  let payload: unknown
  try {
    payload = JSON.parse(typeof rawBody === 'string' ? rawBody : new TextDecoder().decode(rawBody))
  } catch {
    throw refused('webhook_body_invalid', 'the body is not JSON')
  }
  if (!isPayload(payload)) throw refused('webhook_body_invalid', 'the body has no type')
  return payload
}

function isPayload(value: unknown): value is WebhookPayload {
  return (
    typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
  )
}

function secretBytes(secret: string): Uint8Array {
  const base64 = typeof secret === 'string' ? secret.replace(/^whsec_/, '') : ''
  if (!/^[A-Za-z0-9+/]{20,}={0,2}$/.test(base64)) {
    throw new SentbyError('the webhook secret must be whsec_ and base64, as the console shows it', {
      code: 'invalid_option',
    })
  }
  return Buffer.from(base64, 'base64')
}

function header(headers: WebhookHeaders, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined
  const record = headers as Record<string, string | string[] | undefined>
  const key = Object.keys(record).find((candidate) => candidate.toLowerCase() === name)
  const value = key === undefined ? undefined : record[key]
  return Array.isArray(value) ? value.join(' ') : value
}

function refused(code: string, message: string): WebhookVerificationError {
  return new WebhookVerificationError(message, { code })
}
