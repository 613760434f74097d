/** How much a draft earns before caps, exactly and in words (docs/rewards-rules.md, section 3). */
import { amountText, exactText, percentText } from './currency.ts'
import type { Draft } from './draft.ts'
import type { PaidSale } from './due-input.ts'
import { type Fraction, fraction, isLess, isWhole, toMinor } from './money.ts'
import type { Base, GroupTerms, Rate, Tier } from './terms.ts'

export interface Price {
  value: Fraction
  currency: string
  /** The `from` of the tier that was reached. */
  tier: number | null
  /** `30 % of 49.00 = 14.70`, without rounding and caps. */
  words: string
}

/** What the terms hold for a sale's product, else its plan, else everything. */
function rateOf(
  { terms }: GroupTerms,
  sale: PaidSale | null,
): { rate: Rate | null; tiers: readonly Tier[] | null; base: Base } {
  const products = terms.products ?? {}
  for (const name of [sale?.product, sale?.plan]) {
    // A product may have the name of something that every object has.
    const own = name !== undefined && Object.hasOwn(products, name) ? products[name] : undefined
    if (own) return { rate: own.rate, tiers: null, base: own.base ?? terms.base ?? 'gross' }
  }
  return { rate: terms.rate ?? null, tiers: terms.tiers ?? null, base: terms.base ?? 'gross' }
}

/** Whether its rate is above 0, or some tier of it (docs/rewards-rules.md, section 5). */
export function mayEarn({ terms, sale }: Draft): boolean {
  const { rate, tiers } = rateOf(terms, sale)
  const rates = tiers ?? (rate ? [rate] : [])
  return rates.some((one) => ('basisPoints' in one ? one.basisPoints : one.amount) > 0)
}

/** `null`: there is no rate for it, or nothing that a share could be taken of. */
export function priceOf(draft: Draft, rank: number | null): Price | null {
  const { terms, sale } = draft
  const { rate, tiers, base } = rateOf(terms, sale)
  if (!tiers) return rate && priced(draft, rate, base)
  const reached = tierOf(tiers, rank ?? 1)
  if (!reached) return null
  const currency = terms.terms.currency ?? sale?.currency
  const own: Rate | null =
    'basisPoints' in reached
      ? reached
      : currency === undefined
        ? null
        : { amount: reached.amount, currency }
  const price = own && priced(draft, own, base)
  if (!price) return null
  const amount = 'amount' in reached ? amountText(reached.amount, price.currency) : price.words
  return { ...price, tier: reached.from, words: `${ordinal(rank ?? 1)} referral: ${amount}` }
}

function tierOf(tiers: readonly Tier[], rank: number): Tier | undefined {
  return tiers.findLast(({ from }) => from <= rank)
}

/** A rate of more than all of it must not make an amount that a number does not hold. */
const MOST = fraction(Number.MAX_SAFE_INTEGER)

function priced({ sale, terms }: Draft, rate: Rate, base: Base): Price | null {
  if ('amount' in rate) {
    const { amount, currency } = rate
    const words = `${amountText(amount, currency)} ${occasion(terms)}`
    return { value: fraction(amount), currency, tier: null, words }
  }
  if (!sale) return null
  const { currency } = sale
  const baseMinor = baseOf(sale, base)
  const whole = fraction(BigInt(rate.basisPoints) * baseMinor, 10_000)
  const value = isLess(MOST, whole) ? MOST : whole
  const of = `${percentText(rate.basisPoints)} of ${amountText(baseMinor, currency)}${LESS[base]}`
  return { value, currency, tier: null, words: `${of} = ${exactText(value, currency)}` }
}

const LESS: Record<Base, string> = {
  gross: '',
  net_of_tax: ' (net of tax)',
  net: ' (net of tax and fee)',
}

function baseOf({ amountMinor, taxMinor = 0, feeMinor = 0 }: PaidSale, base: Base): bigint {
  const less = BigInt(base === 'gross' ? 0 : taxMinor) + BigInt(base === 'net' ? feeMinor : 0)
  const left = BigInt(amountMinor) - less
  return left > 0n ? left : 0n
}

function occasion({ terms }: GroupTerms): string {
  switch (terms.trigger) {
    case 'signup':
      return 'for the signup'
    case 'first_sale':
      return 'for the first sale'
    case 'every_sale':
      return 'for the sale'
    case 'qualification': {
      const { paidPeriods, days } = terms.qualification
      const periods = `${paidPeriods} paid ${paidPeriods === 1 ? 'period' : 'periods'}`
      return days === 0 ? `after ${periods}` : `after ${periods} and ${days} days`
    }
  }
}

const ORDINALS = [
  ...['first', 'second', 'third', 'fourth', 'fifth'],
  ...['sixth', 'seventh', 'eighth', 'ninth', 'tenth'],
]

/** `third`, `11th`, `22nd`. */
function ordinal(rank: number): string {
  const word = ORDINALS[rank - 1]
  if (word !== undefined) return word
  const isTeen = Math.floor(rank / 10) % 10 === 1
  const ending = isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][rank % 10] ?? 'th')
  return `${rank}${ending}`
}

export interface Cut {
  /** Minor units that the cap left. */
  roomMinor: number
  words: string
}

/** The whole sentence: the price, its rounding, and the cap that cut it. */
export function explain({ value, currency, words }: Price, cut: Cut | null): string {
  if (cut) return `${words}, cut to ${amountText(cut.roomMinor, currency)} by ${cut.words}`
  if (isWhole(value)) return words
  return `${words}, rounded to ${amountText(toMinor(value), currency)}`
}
