/** RULES S8: `<unix>.<hex HMAC-SHA256 of "<unix>:<program>:<customer>">` with the program's identity secret. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { SentbyEvent } from '@sentby/contract/events'
import type { ProgramRow } from '@sentby/store'

const DAY_SECONDS = 24 * 60 * 60

/** `stale` is older than 24 h: the event counts as unsigned. */
export type SignatureCheck = 'none' | 'valid' | 'stale' | 'wrong'

/** Checks the signature of an event that carries one; the program stands in it by its slug. */
export function checkSignature(
  program: ProgramRow,
  event: SentbyEvent,
  nowMs: number,
): SignatureCheck {
  const signature = 'signature' in event ? event.signature : undefined
  const customer = 'customer' in event ? event.customer : undefined
  if (signature === undefined) return 'none'
  if (customer === undefined || customer === null) return 'wrong'
  const [unix = '', mac = ''] = signature.split('.')
  const expected = createHmac('sha256', program.identity_secret)
    .update(`${unix}:${program.slug}:${customer}`)
    .digest()
  if (!timingSafeEqual(expected, Buffer.from(mac, 'hex'))) return 'wrong'
  const age = nowMs / 1000 - Number(unix)
  if (age < -300) return 'wrong'
  return age > DAY_SECONDS ? 'stale' : 'valid'
}
