import { describe, expect, it } from 'vitest'
import { creditRows } from './credit-rows.ts'
import {
  ANCHOR,
  CONVERSION,
  code,
  credit,
  day,
  decided,
  FLAG,
  I1,
  identify,
  install,
  minute,
  OPEN,
  SALE,
  signup,
  TOUCH,
  V1,
  verdicts,
  visit,
} from './scene.ts'

describe('A4: provisional credit', () => {
  const tie = identify('t', ANCHOR, { ...V1, ...OPEN })
  const other = identify('u', ANCHOR, { visitor: 'v2', ...OPEN })
  const ben = visit('b', day(-2), { visitor: 'v2', code: 'BEN' })
  creditRows([
    {
      name: 'is contested when open visitors name several partners',
      facts: [SALE, TOUCH, tie, other, ben],
      provisional: 'contested',
      credit: 'ann by a',
    },
    {
      name: 'is not contested by what the same visitor saw before',
      facts: [SALE, TOUCH, tie, other, visit('b', day(-2), { code: 'BEN' })],
      provisional: 'unverified',
      credit: 'ann by a',
    },
    {
      name: 'is not contested by another visitor of the same partner',
      facts: [SALE, TOUCH, tie, other, visit('b', day(-2), { visitor: 'v2' })],
      provisional: 'unverified',
      credit: 'ann by a',
    },
    {
      name: 'is not contested by what is struck',
      facts: [SALE, TOUCH, tie, other, { ...ben, bot: true }],
      provisional: 'unverified',
      credit: 'ann by a',
    },
    {
      name: 'is contested by an open signup with a code',
      facts: [SALE, TOUCH, tie, signup('o', minute(-1), { ...OPEN, code: 'BEN' })],
      provisional: 'contested',
      credit: 'ben by o',
    },
    {
      name: 'is contested rather than shared',
      facts: [SALE, TOUCH, tie, other, ben],
      shared: ['visitor:v1'],
      provisional: 'contested',
      credit: 'ann by a',
    },
    {
      name: 'is shared when the visitor has more than 20 customers',
      facts: [SALE, TOUCH, tie],
      shared: ['visitor:v1'],
      provisional: 'shared',
      credit: 'ann by a',
    },
    {
      name: 'is shared when the installation has more than 20 customers',
      facts: [SALE, install('n', day(-1), FLAG), identify('t', ANCHOR, { ...I1, ...OPEN })],
      shared: ['install:i1'],
      provisional: 'shared',
      credit: 'ann by n#0',
    },
    {
      name: 'is not shared with 20 customers, which no list names',
      facts: [SALE, TOUCH, tie],
      shared: ['visitor:v2', 'install:v1'],
      provisional: 'unverified',
      credit: 'ann by a',
    },
    {
      name: 'is not what a verified carrier gives, shared or not',
      facts: [CONVERSION, TOUCH],
      shared: ['visitor:v1'],
      verified: true,
      credit: 'ann by a',
    },
    {
      name: 'is not contested by what a verified carrier brings',
      facts: [
        SALE,
        TOUCH,
        tie,
        identify('w', day(2), { visitor: 'v3' }),
        visit('d', day(-2), { visitor: 'v3', code: 'BEN' }),
      ],
      provisional: 'unverified',
      credit: 'ann by a',
    },
    {
      name: 'is not what a verified carrier wins over open ones',
      facts: [SALE, TOUCH, tie, other, ben, code('d', day(-1), { customer: 'c1', signed: true })],
      credit: 'ann by d',
    },
  ])

  it('judges a void carrier as of the anchor shown', () => {
    const late = identify('u', day(2), { visitor: 'v2', ...OPEN })
    const facts = [signup('o', ANCHOR, { ...V1, ...OPEN }), late, ben]
    expect(verdicts(decided(facts))).toEqual(['b unverified'])
    expect(credit(decided(facts))).toBe('all_struck')
  })
})
