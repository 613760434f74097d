/** Hashes of people's data: facts carry these, the data itself stands apart (RULES F8). */
import { createHmac } from 'node:crypto'
import { normaliseEmail } from '@sentby/domain'

/** A keyed hash, 128 bits, hex. */
export function hashPersonal(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex').slice(0, 32)
}

/** The hash by which two spellings of one mailbox are equal (RULES E7). */
export function hashEmail(key: string, email: string): string {
  return hashPersonal(key, normaliseEmail(email))
}
