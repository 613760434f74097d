import { createHash } from 'node:crypto'
import type { EventType } from './events.ts'

/** What an id needs from outside. */
export interface IdSource {
  /** Milliseconds since 1970. */
  now: () => number
  /** Fills the bytes from a cryptographic source. */
  randomBytes: (length: number) => Uint8Array
}

/** Crockford's base 32: its characters sort as the values do. */
const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const TIME_CHARACTERS = 10
const RANDOM_CHARACTERS = 16
const ID_LENGTH = 128
const HASHED = 'sha256-'

/**
 * The id that an event's own content names, so that a retry in another process is the same event:
 * `sale:<order>`, `refund:<refund>`, `refund-undone:<refund>`, `signup:<customer>`,
 * `lead:<lead>:<status>` (`new` where none is given).
 *
 * `undefined` for the types that may truly happen twice with the same content: a second visit, a code
 * entered again, a reinstall, a tie, a cancellation after a return, an assignment back. A derived id would
 * swallow the second.
 */
export function derivedId(type: EventType, fields: Record<string, unknown>): string | undefined {
  switch (type) {
    case 'sale':
      return compose('sale:', fields.order)
    case 'refund':
      return compose(fields.status === 'undone' ? 'refund-undone:' : 'refund:', fields.refund)
    case 'signup':
      return compose('signup:', fields.customer)
    case 'lead':
      return compose('lead:', fields.lead, `:${String(fields.status ?? 'new')}`)
    default:
      return undefined
  }
}

/**
 * A natural id that does not fit (`[A-Za-z0-9._:-]`, 128 characters in all) stands as
 * `sha256-<base64url of its UTF-8 bytes' SHA-256>`. One that looks like such a hash is hashed as well, so
 * two natural ids never meet in one.
 */
function compose(prefix: string, natural: unknown, suffix = ''): string {
  const text = String(natural)
  const room = ID_LENGTH - prefix.length - suffix.length
  const fits = text.length <= room && /^[A-Za-z0-9._:-]+$/.test(text) && !text.startsWith(HASHED)
  const middle = fits ? text : HASHED + createHash('sha256').update(text).digest('base64url')
  return prefix + middle + suffix
}

/**
 * A new id: 48 bits of time, then 80 random bits, 26 characters that sort by time (the form of a ULID), so
 * that the collector's index grows at its end.
 */
export function randomId({ now, randomBytes }: IdSource): string {
  let time = ''
  for (let rest = now(), i = 0; i < TIME_CHARACTERS; i++) {
    time = BASE32.charAt(rest % 32) + time
    rest = Math.floor(rest / 32)
  }
  let random = ''
  // 256 is a multiple of 32: five bits of a random byte are as even as the byte.
  for (const byte of randomBytes(RANDOM_CHARACTERS)) random += BASE32.charAt(byte % 32)
  return time + random
}
