/** Exact amounts: fractions over BigInt between two roundings (RULES M7). */

/** In lowest terms, the denominator above 0. */
export interface Fraction {
  readonly numerator: bigint
  readonly denominator: bigint
}

/** A {@link Fraction} as it is stored: two decimal numbers. */
export interface FractionText {
  readonly numerator: string
  readonly denominator: string
}

export const ZERO: Fraction = { numerator: 0n, denominator: 1n }
export const ONE: Fraction = { numerator: 1n, denominator: 1n }

/** The fraction in lowest terms; throws `RangeError` where the denominator is 0. */
export function fraction(numerator: bigint | number, denominator: bigint | number = 1n): Fraction {
  const below = BigInt(denominator)
  if (below === 0n) throw new RangeError('a fraction needs a denominator other than 0')
  const above = below < 0n ? -BigInt(numerator) : BigInt(numerator)
  const size = below < 0n ? -below : below
  const common = greatestCommonDivisor(above < 0n ? -above : above, size)
  return { numerator: above / common, denominator: size / common }
}

export function multiply(a: Fraction, b: Fraction): Fraction {
  return fraction(a.numerator * b.numerator, a.denominator * b.denominator)
}

export function isLess(a: Fraction, b: Fraction): boolean {
  return a.numerator * b.denominator < b.numerator * a.denominator
}

export function isWhole({ denominator }: Fraction): boolean {
  return denominator === 1n
}

/** The nearest whole number, a half going away from zero on both sides (RULES M7). */
export function roundHalfAway({ numerator, denominator }: Fraction): bigint {
  if (denominator === 1n) return numerator
  const size = numerator < 0n ? -numerator : numerator
  const rounded = (2n * size + denominator) / (2n * denominator)
  return numerator < 0n ? -rounded : rounded
}

/** Minor units, rounded once; throws `RangeError` beyond what a number holds exactly. */
export function toMinor(exact: Fraction): number {
  const minor = Number(roundHalfAway(exact))
  if (!Number.isSafeInteger(minor)) throw new RangeError(`too large an amount: ${minor}`)
  return minor
}

export function fractionText({ numerator, denominator }: Fraction): FractionText {
  return { numerator: String(numerator), denominator: String(denominator) }
}

/** Reads what {@link fractionText} wrote; throws `SyntaxError` or `RangeError` for anything else. */
export function readFraction({ numerator, denominator }: FractionText): Fraction {
  return fraction(BigInt(numerator), BigInt(denominator))
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b]
  while (smaller > 0n) [larger, smaller] = [smaller, larger % smaller]
  return larger
}
