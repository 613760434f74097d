import { describe, expect, it } from 'vitest'
import type { ClaimSource, Fact, Policy } from '../../src/index.ts'
import {
  ANCHOR,
  assign,
  CONVERSION,
  code,
  credit,
  day,
  decided,
  identify,
  install,
  OPEN,
  SIGNED,
  sale,
  signup,
  V1,
  verdicts,
  visit,
} from './scene.ts'

const BEN = { ...V1, code: 'BEN' }

describe('A5: a late claim', () => {
  const claims = (source: ClaimSource) => [
    identify('t', ANCHOR, { install: 'i1' }),
    // The first install is a conversion: the late one is another event of the same copy.
    install('m', ANCHOR, []),
    install('a', day(2), [{ source, code: 'ANN' }], { trust: 'secret' }),
  ]
  it.each<[string, readonly Fact[], string, readonly string[], Partial<Policy>?]>([
    ['wins a millisecond after the anchor', [code('a', day(0, 1), V1)], 'ann by a', ['a won']],
    ['wins at its last moment', [code('a', day(30), V1)], 'ann by a', ['a won']],
    ['has lapsed a millisecond later', [code('a', day(30, 1), V1)], 'all_struck', ['a lapsed']],
    [
      'at the anchor is no late one',
      [code('a', ANCHOR, V1), code('b', day(1), BEN)],
      'ann by a',
      ['b after_anchor', 'a won'],
    ],
    [
      'is won by the first',
      [code('b', day(2), BEN), code('a', day(1), V1)],
      'ann by a',
      ['b outranked', 'a won'],
    ],
    [
      'is won by the first whatever the kind',
      [...claims('filename'), code('b', day(3), BEN)],
      'ann by a#0',
      ['b outranked', 'a#0 won'],
    ],
    [
      'fills only a gap',
      [visit('a', day(-1)), code('b', day(1), BEN)],
      'ann by a',
      ['b after_anchor', 'a won'],
    ],
    [
      'yields to an assignment',
      [assign('z', day(40), 'ben'), code('a', day(1), V1)],
      'ben by z',
      ['z won', 'a after_anchor'],
    ],
    [
      'yields to an assignment to nobody',
      [assign('z', day(40), null), code('a', day(1), V1)],
      'assigned_to_nobody',
      ['z won', 'a after_anchor'],
    ],
    [
      'comes where all else is struck',
      [visit('b', day(-91)), visit('d', day(1)), code('a', day(1), V1)],
      'ann by a',
      ['d after_anchor', 'a won', 'b outside_window'],
    ],
    ['is no link', [visit('a', day(1))], 'all_struck', ['a after_anchor']],
    [
      'is no coupon',
      [code('a', day(1), { ...V1, trust: 'secret', coupon: true })],
      'all_struck',
      ['a after_anchor'],
    ],
    [
      'is no coupon however late',
      [code('a', day(31), { ...V1, trust: 'secret', coupon: true })],
      'all_struck',
      ['a after_anchor'],
    ],
    ['may be a code of a sale', [sale('a', day(1), { code: 'ANN' })], 'ann by a', ['a won']],
    [
      'may be a code of a secret signup',
      [signup('a', day(1), { code: 'ANN' })],
      'ann by a',
      ['a won'],
    ],
    [
      'may be a signed code',
      [code('a', day(1), { customer: 'c1', ...SIGNED })],
      'ann by a',
      ['a won'],
    ],
    ['may be a flag', claims('flag'), 'ann by a#0', ['a#0 won']],
    ['may be a stamp', claims('stamp'), 'ann by a#0', ['a#0 won']],
    ['may be a file name', claims('filename'), 'ann by a#0', ['a#0 won']],
    [
      'is judged like all else',
      [code('a', day(1), { ...V1, code: 'OFF' }), code('b', day(2), BEN)],
      'ben by b',
      ['b won', 'a inactive'],
    ],
    [
      'of a void carrier is nothing',
      [identify('u', ANCHOR, { ...OPEN, visitor: 'v2' }), code('a', day(1), { visitor: 'v2' })],
      'all_struck',
      ['a unverified'],
    ],
    [
      'obeys the policy’s days',
      [code('a', day(1, 1), V1)],
      'all_struck',
      ['a lapsed'],
      { lateClaimDays: 1 },
    ],
    [
      'obeys a policy of no days',
      [code('a', day(0, 1), V1)],
      'all_struck',
      ['a lapsed'],
      { lateClaimDays: 0 },
    ],
    [
      'of a kind that the policy does not know is nothing',
      [code('a', day(1), V1)],
      'no_evidence',
      [],
      { order: ['link'] },
    ],
  ])('%s', (_name, facts, expected, listed, policy) => {
    for (const given of [facts, [...facts].reverse()]) {
      const decision = decided([CONVERSION, ...given], policy)
      expect(credit(decision)).toBe(expected)
      expect(verdicts(decision)).toEqual(listed)
      expect(decision.provisional).toBeNull()
    }
  })

  it('needs a verified carrier', () => {
    const tie = identify('t', ANCHOR, { ...OPEN, ...V1 })
    expect(verdicts(decided([sale('x', ANCHOR), tie, code('a', day(0, 1), V1)]))).toEqual([
      'a after_anchor',
    ])
  })

  it('needs a trusted anchor', () => {
    const facts = [signup('o', ANCHOR, { ...OPEN, visitor: 'v2' }), code('a', day(0, 1), V1)]
    expect(verdicts(decided([...facts, identify('t', day(2), V1)]))).toEqual([])
  })

  it('of one partner and carrier keeps the first and counts the rest', () => {
    const facts = [CONVERSION, code('a', day(1), V1), code('b', day(2), V1), code('d', day(3), V1)]
    const decision = decided(facts)
    expect(verdicts(decision)).toEqual(['a won'])
    expect(decision.more).toBe(2)
  })
})
