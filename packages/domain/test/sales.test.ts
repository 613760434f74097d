import { describe, expect, test } from 'vitest'
import { type RefundRecord, type SaleRecord, summariseSale } from '../src/sales.ts'

const day = (n: number) => `2026-01-${String(n).padStart(2, '0')}T00:00:00.000Z`
const sale = (more: Partial<SaleRecord> = {}): SaleRecord => ({
  id: 's1',
  at: day(1),
  customer: 'c',
  amountMinor: 1000,
  currency: 'EUR',
  ...more,
})
const refund = (n: number, more: Partial<RefundRecord> = {}): RefundRecord => ({
  id: `r${n}`,
  at: day(n + 1),
  refund: `re_${n}`,
  status: 'made',
  ...more,
})

describe('one sale per order (M5)', () => {
  test('nothing is sold where there are refunds only', () => {
    expect(summariseSale([], [refund(1)])).toBeUndefined()
  })

  test.each<[string, SaleRecord[], string, boolean]>([
    ['one sale stands', [sale()], 's1', false],
    ['the earlier stands', [sale({ id: 'a', at: day(2) }), sale({ id: 'b' })], 'b', false],
    ['of two at one time the smaller id', [sale({ id: 'b' }), sale({ id: 'a' })], 'a', false],
    ['another amount is a conflict', [sale(), sale({ id: 's2', amountMinor: 999 })], 's1', true],
    ['another currency is a conflict', [sale(), sale({ id: 's2', currency: 'USD' })], 's1', true],
    ['another customer is a conflict', [sale(), sale({ id: 's2', customer: 'd' })], 's1', true],
  ])('%s', (_, sales, id, conflict) => {
    for (const given of [sales, [...sales].reverse()]) {
      const { sale, conflict: told } = summariseSale(given, []) ?? {}
      expect([sale?.id, told]).toEqual([id, conflict])
    }
  })
})

describe('refunded (M5, M7)', () => {
  test.each<[string, RefundRecord[], number]>([
    ['nothing', [], 0],
    ['nothing at all is given back', [refund(1, { amountMinor: 0 })], 0],
    ['one minor unit', [refund(1, { amountMinor: 1 })], 1],
    ['several add up', [refund(1, { amountMinor: 300 }), refund(2, { amountMinor: 400 })], 700],
    ['one without amount is all', [refund(1)], 1000],
    ['all of it and some is all', [refund(1), refund(2, { amountMinor: 1 })], 1000],
    ['more than the amount is the amount', [refund(1, { amountMinor: 5000 })], 1000],
    [
      'a refund told twice counts once, by its first telling',
      [refund(1, { amountMinor: 300 }), refund(1, { id: 'x', at: day(9), amountMinor: 400 })],
      300,
    ],
    [
      'one that was undone counts nothing',
      [refund(1, { amountMinor: 300 }), refund(1, { id: 'u', at: day(5), status: 'undone' })],
      0,
    ],
    [
      'undone before it was told is still made: the last says',
      [refund(1, { amountMinor: 300 }), refund(1, { id: 'u', at: day(1), status: 'undone' })],
      300,
    ],
    ['undone alone counts nothing', [refund(1, { status: 'undone' })], 0],
    [
      'undone and made again counts its first amount',
      [
        refund(1, { amountMinor: 300 }),
        refund(1, { id: 'u', at: day(5), status: 'undone' }),
        refund(1, { id: 'w', at: day(6), amountMinor: 100 }),
      ],
      300,
    ],
    [
      'undone at the same moment: the larger id is the last',
      [refund(1, { amountMinor: 300 }), refund(1, { id: 'r2', status: 'undone' })],
      0,
    ],
  ])('%s', (_, refunds, expected) => {
    for (const given of [refunds, [...refunds].reverse()]) {
      expect(summariseSale([sale()], given)?.refundedMinor).toBe(expected)
    }
  })
})
