/** How a partner is paid, read from what the partner gave (CONTRACT §4.3 `payout`). */
import type { PayoutMethod, WaitingReason } from '@sentby/contract'
import { PAYOUT_METHODS } from '@sentby/contract'
import type { PartnerRow, RewardKind } from '@sentby/store'

export interface Destination {
  method: PayoutMethod
  /** Texts by name, as files need them. */
  details: Record<string, string>
}

type Fields = Readonly<Record<string, unknown>>
type Payee = Pick<PartnerRow, 'payout' | 'customer' | 'name'>

const STRIPE_CUSTOMER = /^cus_[A-Za-z0-9_]+$/

/** Starts with a letter or a digit: no spreadsheet takes it for a formula. */
const EMAIL = /^[\p{L}\p{N}_][^\s@\p{C}]*@[^\s@\p{C}]+$/u

/**
 * Where a partner's money of one kind goes. Credit and coupons go to its own customer account; any other text than a
 * method's name is how it is paid by hand.
 *
 * @param isStripe credit goes into customer balances at Stripe, whose customers are `cus_…`.
 * @returns the reason why it cannot be paid yet; it earns all the same.
 */
export function destinationOf(
  partner: Payee,
  kind: RewardKind,
  isStripe = false,
): Destination | WaitingReason {
  const fields = fieldsOf(partner)
  if (kind !== 'cash') {
    const known = [textOf(fields, 'customer'), partner.customer]
    const customer = known.find((id) => id !== null && (!isStripe || STRIPE_CUSTOMER.test(id)))
    return customer ? { method: 'account_credit', details: { customer } } : 'bad_destination'
  }
  const method = fields['method']
  if (!isMethod(method) || method === 'account_credit') return 'no_payout_method'
  const details = readDetails(method, fields, partner)
  return details ? { method, details } : 'bad_destination'
}

/** The least that is paid at once, where the partner has a minimum of its own. */
export function ownMinimum(
  partner: Payee,
  programCurrency: string,
): { amount: number; currency: string } | null {
  const fields = fieldsOf(partner)
  const { minimum } = fields
  if (typeof minimum !== 'number' || !Number.isSafeInteger(minimum) || minimum < 0) return null
  const currency = textOf(fields, 'minimumCurrency') ?? programCurrency
  return { amount: minimum, currency }
}

/** The currency that the partner wants to be paid in, where it said so. */
export function wantedCurrency(partner: Payee): string | null {
  return textOf(fieldsOf(partner), 'currency')?.toUpperCase() ?? null
}

function readDetails(
  method: Exclude<PayoutMethod, 'account_credit'>,
  fields: Fields,
  { name }: Payee,
): Record<string, string> | null {
  const email = textOf(fields, 'email') ?? textOf(fields, 'account')
  const details = textOf(fields, 'details')
  switch (method) {
    case 'paypal':
      return email !== null && EMAIL.test(email) ? { email } : null
    case 'wise':
      if (email === null || !EMAIL.test(email)) return null
      return { email, name: textOf(fields, 'name') ?? name }
    case 'manual':
      return details === null ? null : { details }
  }
}

function fieldsOf({ payout }: Payee): Fields {
  if (payout === null) return {}
  const given: unknown = JSON.parse(payout)
  if (typeof given === 'string') {
    const word = given.trim().toLowerCase()
    return isMethod(word) ? { method: word } : { method: 'manual', details: given }
  }
  return given !== null && typeof given === 'object' ? (given as Fields) : {}
}

function textOf(fields: Fields, name: string): string | null {
  const value = fields[name]
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null
}

function isMethod(value: unknown): value is PayoutMethod {
  return PAYOUT_METHODS.some((method) => method === value)
}
