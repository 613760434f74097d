import { decimalsOf } from '@sentby/domain'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { convert } from '../../src/services/payouts/convert.ts'

const MAX = Number.MAX_SAFE_INTEGER
const by = (to: string, from: string, rate: string) => ({
  to,
  rates: { [from]: { rate, source: 'a bank' } },
})

test.each([
  ['two decimals to two', 10_000, 'USD', '0.9215', 'EUR', 9215],
  ['two decimals to none', 10_000, 'USD', '150.123', 'JPY', 15_012],
  ['none to two', 1000, 'JPY', '0.0061', 'EUR', 610],
  ['two decimals to three', 10_000, 'USD', '0.3073', 'KWD', 30_730],
  ['three decimals to none', 1, 'KWD', '488.5', 'JPY', 0],
  ['three decimals to two', 5, 'KWD', '1', 'USD', 1],
  ['half a minor unit goes up', 1, 'USD', '0.5', 'EUR', 1],
  ['just under it is nothing', 1, 'USD', '0.49999999999', 'EUR', 0],
  ['one and a half are two', 3, 'USD', '0.5', 'EUR', 2],
  ['two and a half are three', 5, 'USD', '0.5', 'EUR', 3],
  ['no float is in between', 100, 'USD', '1.005', 'EUR', 101],
  ['zeros behind do no harm', 100, 'USD', '2.5000', 'EUR', 250],
  ['zeros before neither', 100, 'USD', '002.5', 'EUR', 250],
  ['a whole rate', 7, 'USD', '12', 'EUR', 84],
  ['the largest amount', MAX, 'USD', '1', 'EUR', MAX],
  ['the largest amount, a hair less', MAX, 'USD', '0.99999999999', 'EUR', 9_007_199_254_650_919],
])('%s: %d %s at %s is %s %d', (_, amount, from, rate, to, expected) => {
  expect(convert(amount, from, by(to, from, rate), null)).toEqual({
    ...{ amount: expected, currency: to, rate, source: 'a bank' },
  })
})

test.each([
  ['one minor unit too many', MAX, 'USD', '1.00000000001', 'EUR'],
  ['a rate upside down', MAX, 'USD', '999999999999', 'EUR'],
])('%s is refused, not cut', (_, amount, from, rate, to) => {
  expect(() => convert(amount, from, by(to, from, rate), null)).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  )
})

test.each([
  ['no rate for its currency', 'GBP', null, false],
  ['a rate, and the partner says nothing', 'USD', null, true],
  ['a rate, and the partner wants that', 'USD', 'EUR', true],
  ['a rate, and the partner wants what it earned', 'USD', 'USD', false],
  ['a rate, and the partner wants a third', 'USD', 'GBP', false],
])('%s', (_, currency, wanted, isConverted) => {
  const converted = convert(100, currency, by('EUR', 'USD', '0.9'), wanted)
  expect(converted !== null).toBe(isConverted)
})

test('every conversion is the nearest minor unit, a half going up', () => {
  const currency = fc.constantFrom('EUR', 'JPY', 'KWD')
  const rate = fc
    .tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 99_999 }))
    .map(([whole, part]) => `${whole}.${String(part).padStart(5, '0')}`)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 ** 9 }), currency, currency, rate, (n, a, b, text) => {
      const paid = convert(n, a, by(b, a, text), null)?.amount ?? Number.NaN
      // paid ÷ 10^b against n ÷ 10^a × rate, both sides made whole.
      const [scaleOf, rateOf] = [BigInt(10 ** decimalsOf(a)), BigInt(text.replace('.', ''))]
      const exact = BigInt(n) * rateOf * BigInt(10 ** decimalsOf(b))
      const unit = scaleOf * 100_000n
      const off = 2n * (BigInt(paid) * unit - exact)
      expect(off > -unit && off <= unit).toBe(true)
    }),
  )
})
