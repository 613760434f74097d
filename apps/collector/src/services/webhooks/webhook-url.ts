/** What URL a webhook may have; names are resolved and checked again at every attempt. */
import { Refusal } from '../refusal.ts'
import { isPublicAddress, literalAddress } from './public-address.ts'

/**
 * The URL in its normal form.
 *
 * @param allowsPrivate http and private addresses will do (`WEBHOOK_PRIVATE=allow`).
 * @throws Refusal `invalid_request` that says what is wrong with it.
 */
export function readWebhookUrl(text: string, allowsPrivate: boolean): string {
  // URL parsers drop these silently, so two readers could see two hosts.
  if (/[\s\\\p{C}]/u.test(text)) throw refused('has a space, a backslash or a control character')
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) throw refused('is no URL')
  const schemes = allowsPrivate ? ['https:', 'http:'] : ['https:']
  if (!schemes.includes(url.protocol)) throw refused('must be https')
  if (url.username !== '' || url.password !== '') throw refused('must not hold a user or password')
  if (url.hash !== '') throw refused('must not have a fragment')
  const address = literalAddress(url)
  if (address !== undefined && !allowsPrivate && !isPublicAddress(address)) {
    throw refused('must have a public host')
  }
  return url.href
}

function refused(detail: string): Refusal {
  return new Refusal('invalid_request', { errors: [{ pointer: '/url', detail }] })
}
