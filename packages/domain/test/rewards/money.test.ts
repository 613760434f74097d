import { describe, expect, test } from 'vitest'
import { amountText, decimalsOf, exactText, percentText } from '../../src/rewards/currency.ts'
import {
  fraction,
  fractionText,
  isLess,
  multiply,
  readFraction,
  roundHalfAway,
  toMinor,
} from '../../src/rewards/money.ts'

describe('rounding goes to the nearest, a half away from zero (M7)', () => {
  test.each<[number, number, bigint]>([
    [0, 1, 0n],
    [1, 2, 1n],
    [-1, 2, -1n],
    [49, 100, 0n],
    [-49, 100, 0n],
    [3, 2, 2n],
    [-3, 2, -2n],
    [5, 2, 3n],
    [-5, 2, -3n],
    [149, 100, 1n],
    [-149, 100, -1n],
    [1, 3, 0n],
    [2, 3, 1n],
    [-2, 3, -1n],
    [7, 1, 7n],
  ])('%d/%d becomes %d', (above, below, expected) => {
    expect(roundHalfAway(fraction(above, below))).toBe(expected)
  })

  test('an amount that a number does not hold is refused', () => {
    expect(toMinor(fraction(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER)
    expect(() => toMinor(fraction(2n ** 53n))).toThrow(RangeError)
  })
})

describe('fractions are exact', () => {
  test('they stand in lowest terms, the sign above', () => {
    expect(fraction(-6, -4)).toEqual({ numerator: 3n, denominator: 2n })
    expect(fraction(6, -4)).toEqual({ numerator: -3n, denominator: 2n })
    expect(fraction(0, -4)).toEqual({ numerator: 0n, denominator: 1n })
    expect(() => fraction(1, 0)).toThrow(RangeError)
  })

  test('a third of three is one', () => {
    expect(multiply(fraction(1, 3), fraction(3))).toEqual(fraction(1))
    expect(isLess(fraction(1, 3), fraction(334, 1000))).toBe(true)
    expect(isLess(fraction(1, 3), fraction(2, 6))).toBe(false)
  })

  test('their text is read back', () => {
    const text = fractionText(fraction(-29_400, 20_000))
    expect(text).toEqual({ numerator: '-147', denominator: '100' })
    expect(readFraction(text)).toEqual(fraction(-147, 100))
    expect(() => readFraction({ numerator: '1.5', denominator: '1' })).toThrow(SyntaxError)
  })
})

describe('amounts are written with the decimals of their currency', () => {
  test.each<[number, string, string]>([
    [0, 'EUR', '0.00'],
    [1, 'EUR', '0.01'],
    [-1, 'EUR', '-0.01'],
    [1470, 'EUR', '14.70'],
    [-300, 'USD', '-3.00'],
    [0, 'JPY', '0'],
    [500, 'JPY', '500'],
    [-500, 'KRW', '-500'],
    [1, 'KWD', '0.001'],
    [12_345, 'BHD', '12.345'],
    [1, 'IQD', '0.001'],
    [9_007_199_254_740_991, 'EUR', '90071992547409.91'],
  ])('%d %s is %s', (amountMinor, currency, text) => {
    expect(amountText(amountMinor, currency)).toBe(text)
  })

  test('a currency has two decimals unless ISO 4217 says otherwise', () => {
    expect(['EUR', 'HUF', 'JPY', 'TND', 'CLF'].map(decimalsOf)).toEqual([2, 2, 0, 3, 4])
  })

  test.each<[number, number, string, string]>([
    [1470, 1, 'EUR', '14.70'],
    [14_703, 10, 'EUR', '14.703'],
    [1, 10_000, 'EUR', '0.000001'],
    [147, 10, 'JPY', '14.7'],
    [1, 2, 'KWD', '0.0005'],
  ])('%d/%d minor units of %s are exactly %s', (above, below, currency, text) => {
    expect(exactText(fraction(above, below), currency)).toBe(text)
  })

  test('a rate is written as percent', () => {
    expect([1, 50, 1250, 2995, 3000, 10_000].map(percentText)).toEqual([
      '0.01 %',
      '0.5 %',
      '12.5 %',
      '29.95 %',
      '30 %',
      '100 %',
    ])
  })
})
