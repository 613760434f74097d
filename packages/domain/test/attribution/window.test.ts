import { describe, expect, it } from 'vitest'
import type { Fact, Policy } from '../../src/index.ts'
import {
  ANCHOR,
  assign,
  CONVERSION,
  code,
  credit,
  day,
  decided,
  lead,
  sale,
  signup,
  verdicts,
  visit,
} from './scene.ts'

interface Case {
  name: string
  facts: readonly Fact[]
  policy?: Partial<Policy>
  credit: string
  verdicts: readonly string[]
}

function run(cases: readonly Case[]): void {
  it.each(cases)('$name', (row) => {
    const decision = decided(row.facts, row.policy)
    expect(credit(decision)).toBe(row.credit)
    expect(verdicts(decision)).toEqual(row.verdicts)
  })
}

const accepted = { code: 'ANN', status: 'accepted', customer: 'c1' } as const

describe('E3: the window', () => {
  run([
    {
      name: 'holds a link of its first millisecond',
      facts: [CONVERSION, visit('a', day(-90))],
      credit: 'ann by a',
      verdicts: ['a won'],
    },
    {
      name: 'does not hold a link one millisecond older',
      facts: [CONVERSION, visit('a', day(-90, -1))],
      credit: 'all_struck',
      verdicts: ['a outside_window'],
    },
    {
      name: 'holds a link of the anchor itself',
      facts: [CONVERSION, visit('a', ANCHOR)],
      credit: 'ann by a',
      verdicts: ['a won'],
    },
    {
      name: 'ends with the anchor: a millisecond later is after it',
      facts: [CONVERSION, visit('a', day(0, 1))],
      credit: 'all_struck',
      verdicts: ['a after_anchor'],
    },
    {
      name: 'is 180 days for a lead',
      facts: [CONVERSION, lead('a', day(-180), accepted)],
      credit: 'ann by a',
      verdicts: ['a won'],
    },
    {
      name: 'is not a millisecond longer for a lead',
      facts: [CONVERSION, lead('a', day(-180, -1), accepted)],
      credit: 'all_struck',
      verdicts: ['a outside_window'],
    },
    {
      name: 'is what the policy says for a kind',
      facts: [CONVERSION, visit('a', day(-7, -1)), code('b', day(-8), { visitor: 'v1' })],
      policy: { windowDays: { link: 7 } },
      credit: 'ann by b',
      verdicts: ['a outside_window', 'b won'],
    },
    {
      name: 'of no days holds the anchor alone',
      facts: [CONVERSION, visit('a', ANCHOR), visit('b', day(0, -1), { code: 'BEN' })],
      policy: { windowDays: { link: 0 } },
      credit: 'ann by a',
      verdicts: ['a won', 'b outside_window'],
    },
    {
      name: 'is not asked of an assignment, before or after',
      facts: [CONVERSION, assign('a', day(-900), 'ann'), assign('b', day(900), 'ben')],
      credit: 'ben by b',
      verdicts: ['b won', 'a outranked'],
    },
  ])
})

describe('A1: the anchor', () => {
  it.each([
    ['of one signup is its time', [signup('s', ANCHOR)], ANCHOR],
    ['is the earliest conversion', [sale('x', day(3)), signup('s', day(-1))], day(-1)],
    ['is a sale without a signup', [sale('x', day(3))], day(3)],
    ['does not exist without a conversion', [visit('a', ANCHOR)], null],
    ['is not of another customer', [sale('x', ANCHOR, { customer: 'c2' })], null],
  ] as const)('%s', (_name, facts, anchor) => {
    expect(decided(facts).anchor).toBe(anchor)
  })

  it('lets no touch after the sale win it', () => {
    const decision = decided([CONVERSION, visit('a', day(-1)), visit('b', day(1), { code: 'BEN' })])
    expect(verdicts(decision)).toEqual(['b after_anchor', 'a won'])
  })
})

describe('E2 and F4: inside a rank', () => {
  const ben = { code: 'BEN' }
  run([
    {
      name: 'the last wins by default',
      facts: [CONVERSION, visit('a', day(-2)), visit('b', day(-1), ben)],
      credit: 'ben by b',
      verdicts: ['b won', 'a outranked'],
    },
    {
      name: 'the first wins where the policy says so',
      facts: [CONVERSION, visit('a', day(-2)), visit('b', day(-1), ben)],
      policy: { within: 'first' },
      credit: 'ann by a',
      verdicts: ['b outranked', 'a won'],
    },
    {
      name: 'equal times are ordered by id as bytes',
      facts: [CONVERSION, visit('a', day(-1)), visit('B', day(-1), ben)],
      credit: 'ann by a',
      verdicts: ['a won', 'B outranked'],
    },
    {
      name: 'of one id the open fact comes before the secret one',
      facts: [CONVERSION, visit('a', day(-1)), visit('a', day(-1), { ...ben, trust: 'secret' })],
      credit: 'ben by a',
      verdicts: ['a won', 'a outranked'],
    },
    {
      name: 'of one id the open fact is the first',
      facts: [CONVERSION, visit('a', day(-1), { ...ben, trust: 'secret' }), visit('a', day(-1))],
      policy: { within: 'first' },
      credit: 'ann by a',
      verdicts: ['a outranked', 'a won'],
    },
    {
      name: 'the stronger kind wins whatever the time',
      facts: [CONVERSION, code('a', day(-80), { visitor: 'v1' }), visit('b', day(-1), ben)],
      credit: 'ann by a',
      verdicts: ['b outranked', 'a won'],
    },
    {
      name: 'first touch takes typed to link as one group',
      facts: [CONVERSION, code('a', day(-1), { visitor: 'v1' }), visit('b', day(-2), ben)],
      policy: { within: 'first', order: ['assigned', ['typed', 'coupon', 'stamp', 'link']] },
      credit: 'ben by b',
      verdicts: ['a outranked', 'b won'],
    },
    {
      name: 'the last assignment stands, also under a policy of the first',
      facts: [CONVERSION, assign('a', day(1), 'ann'), assign('b', day(2), 'ben')],
      policy: { within: 'first' },
      credit: 'ben by b',
      verdicts: ['b won', 'a outranked'],
    },
    {
      name: 'the earliest accepted lead stands, also under a policy of the last',
      facts: [
        CONVERSION,
        lead('a', day(-9), accepted),
        lead('b', day(-8), { ...accepted, lead: 'l2', code: 'BEN' }),
      ],
      credit: 'ann by a',
      verdicts: ['b outranked', 'a won'],
    },
    {
      name: 'a lead grouped with others obeys the policy',
      facts: [CONVERSION, lead('a', day(-9), accepted), visit('b', day(-8), ben)],
      policy: { order: [['lead', 'link']] },
      credit: 'ben by b',
      verdicts: ['b won', 'a outranked'],
    },
    {
      name: 'a kind named twice counts at its first place',
      facts: [CONVERSION, code('a', day(-9), { visitor: 'v1' }), visit('b', day(-8), ben)],
      policy: { order: ['link', 'typed', 'link'] },
      credit: 'ben by b',
      verdicts: ['b won', 'a outranked'],
    },
    {
      name: 'a kind that the order leaves out is no evidence',
      facts: [CONVERSION, visit('a', day(-9)), assign('b', ANCHOR, 'ben')],
      policy: { order: ['typed'] },
      credit: 'no_evidence',
      verdicts: [],
    },
    {
      name: 'an assignment to nobody takes the credit away',
      facts: [CONVERSION, visit('a', day(-9)), assign('b', day(9), null)],
      credit: 'assigned_to_nobody',
      verdicts: ['b won', 'a outranked'],
    },
    {
      name: 'an assignment after one to nobody gives it again',
      facts: [CONVERSION, assign('b', day(9), null), assign('c', day(10), 'ann')],
      credit: 'ann by c',
      verdicts: ['c won', 'b outranked'],
    },
    {
      name: 'an assignment needs no conversion',
      facts: [assign('a', day(9), 'ann')],
      credit: 'ann by a',
      verdicts: ['a won'],
    },
    {
      name: 'nothing else is a candidate without a conversion',
      facts: [visit('a', day(-1)), code('b', day(-1), { customer: 'c1', trust: 'secret' })],
      credit: 'no_conversion',
      verdicts: [],
    },
  ])
})
