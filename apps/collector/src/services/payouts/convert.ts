/** Conversion, which happens at payout only: the ledger stays in the currency that was earned (RULES M13). */
import type { Conversion, Converted } from '@sentby/contract'
import { decimalsOf, fraction, toMinor } from '@sentby/domain'
import { Refusal } from '../refusal.ts'

/**
 * What is paid for an amount: rate × amount, exactly, then rounded once, half away from zero.
 *
 * @param amount minor units of `currency`.
 * @param wanted the currency that the partner wants, if it said so: another one than that of the conversion is left as
 * it was earned.
 * @returns `null` where there is nothing to convert; an amount of 0 where it is worth less than half a minor unit.
 * @throws Refusal `invalid_request` beyond what a number holds exactly.
 */
export function convert(
  amount: number,
  currency: string,
  { to, rates }: Conversion,
  wanted: string | null,
): Converted | null {
  const given = Object.hasOwn(rates, currency) ? rates[currency] : undefined
  if (!given || (wanted !== null && wanted !== to)) return null
  const { rate, source } = given
  const [whole = '', digits = ''] = rate.split('.')
  const exact = fraction(
    BigInt(amount) * BigInt(whole + digits) * tenTo(decimalsOf(to)),
    tenTo(digits.length + decimalsOf(currency)),
  )
  try {
    return { amount: toMinor(exact), currency: to, rate, source }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const errors = [{ pointer: `/convert/rates/${currency}`, detail: 'makes too large an amount' }]
    throw new Refusal('invalid_request', { errors })
  }
}

function tenTo(power: number): bigint {
  return 10n ** BigInt(power)
}
