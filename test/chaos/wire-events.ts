/** Events of a small shop, by number: the same number is always the same event. */
import { CODES } from './made-program.ts'

export interface WireEvent {
  id: string
  type: string
  [field: string]: unknown
}

const KINDS = ['visit', 'visit', 'code', 'identify', 'signup', 'sale', 'sale', 'install'] as const

/**
 * The event number `n`: visits, codes, ties and sales of customers that come back every few hundred events, so
 * that decisions change under way. Codes are canonical and nothing personal is in it: what is stored is what was sent.
 */
export function wireEvent(n: number, prefix = 'e'): WireEvent {
  const id = `${prefix}-${String(n).padStart(8, '0')}`
  const person = Math.floor(n / KINDS.length) % 9973
  const visitor = `v_${prefix}_${person}`
  const customer = `cus_${prefix}_${person}`
  const code = CODES[n % CODES.length] ?? 'ANN'
  const kind = KINDS[n % KINDS.length] ?? 'visit'
  switch (kind) {
    case 'visit':
      return { id, type: kind, visitor, code, url: `https://acme.test/page/${n}` }
    case 'code':
      return { id, type: kind, visitor, code }
    case 'install':
      return { id, type: kind, install: `i_${prefix}_${person}`, product: 'tool', visitor }
    case 'identify':
    case 'signup':
      return { id, type: kind, customer, visitor }
    case 'sale':
      return {
        id,
        type: kind,
        customer,
        order: `order-${prefix}-${n}`,
        amount: 100 + n,
        currency: 'EUR',
      }
  }
}

/** A visit of about 6 KB, as big as its fields may be: some seventy of them fill a request. */
export function bigVisit(n: number, prefix = 'b'): WireEvent {
  const id = `${prefix}-${String(n).padStart(8, '0')}`
  const utm = Object.fromEntries(
    Array.from({ length: 10 }, (_, field) => [
      `utm_${String.fromCharCode(97 + field)}`,
      `${n}`.padEnd(200, 'x'),
    ]),
  )
  const page = (name: string) => `https://acme.test/${name}/${n}/`.padEnd(2000, 'y')
  const code = CODES[n % CODES.length] ?? 'ANN'
  const visitor = `v_${prefix}_${n % 9973}`
  return { id, type: 'visit', visitor, code, url: page('to'), referrer: page('from'), utm }
}
