/** Amounts as people read them, with the currency's own number of decimals. */
import type { Fraction } from './money.ts'

/**
 * ISO 4217's number of decimals where it is not 2. `Intl` is no source for it: its data rounds as shops do, and gives
 * the Iraqi dinar 0.
 */
const DECIMALS: ReadonlyMap<string, number> = new Map([
  ...['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX'].map(noDecimals),
  ...['UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'].map(noDecimals),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((code) => [code, 3] as const),
  ['CLF', 4],
  ['UYW', 4],
])

function noDecimals(code: string): readonly [string, number] {
  return [code, 0]
}

/** The number of decimals of an ISO 4217 currency. */
export function decimalsOf(currency: string): number {
  return DECIMALS.get(currency) ?? 2
}

/** Minor units as people read them: `14.70`, `-3.00`, `500` in yen. */
export function amountText(amountMinor: number | bigint, currency: string): string {
  const size = String(amountMinor).replace('-', '')
  const sign = size === String(amountMinor) ? '' : '-'
  const decimals = decimalsOf(currency)
  if (decimals === 0) return sign + size
  const padded = size.padStart(decimals + 1, '0')
  return `${sign}${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`
}

/** An exact amount of minor units, none below 0, with all its digits: `14.703`; a share in basis points always ends. */
export function exactText({ numerator, denominator }: Fraction, currency: string): string {
  const whole = amountText(numerator / denominator, currency)
  let rest = numerator % denominator
  let digits = ''
  while (rest > 0n && digits.length < 8) {
    digits += String((rest * 10n) / denominator)
    rest = (rest * 10n) % denominator
  }
  if (digits === '') return whole
  return whole.includes('.') ? whole + digits : `${whole}.${digits}`
}

/** Basis points as people read them: `30 %`, `12.5 %`, `0.01 %`. */
export function percentText(basisPoints: number): string {
  return `${basisPoints / 100} %`
}
