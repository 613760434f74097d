/**
 * Currencies whose amounts Stripe writes with another number of decimals than ISO 4217 has: how many more of Stripe's
 * there are. The króna and the Ugandan shilling lost their decimals and keep two in Stripe's interface; the ariary has
 * two (a fifth is its minor unit) and none with Stripe. Source: docs.stripe.com/currencies, "Special cases".
 */
const MORE_DECIMALS: ReadonlyMap<string, number> = new Map([
  ['ISK', 2],
  ['UGX', 2],
  ['MGA', -2],
])

/**
 * An amount as Stripe writes it in ISO 4217's minor units; rounded half away from zero where Stripe's has digits that
 * no coin has.
 *
 * @param currency any case.
 */
export function toMinorUnits(amount: number, currency: string): number {
  const more = MORE_DECIMALS.get(currency.toUpperCase()) ?? 0
  if (more === 0) return amount
  if (more < 0) return amount * 10 ** -more
  const scaled = Math.floor(Math.abs(amount) / 10 ** more + 0.5)
  return amount < 0 ? -scaled : scaled
}

/**
 * An amount in ISO 4217's minor units as Stripe writes it.
 *
 * @param currency any case.
 * @returns `null` where Stripe's has too few decimals for it.
 */
export function toStripeAmount(amountMinor: number, currency: string): number | null {
  const more = MORE_DECIMALS.get(currency.toUpperCase()) ?? 0
  if (more >= 0) return amountMinor * 10 ** more
  const amount = amountMinor / 10 ** -more
  return Number.isInteger(amount) ? amount : null
}

/** A part of an amount, rounded half away from zero; exact for whole numbers of any size. `whole` is above 0. */
export function share(amount: number, part: number, whole: number): number {
  const twice = 2n * BigInt(amount) * BigInt(part)
  return Number((twice + BigInt(whole)) / (2n * BigInt(whole)))
}
