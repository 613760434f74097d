import { describe, expect, it } from 'vitest'
import { creditRows } from './credit-rows.ts'
import {
  ANCHOR,
  assign,
  code,
  day,
  decided,
  FLAG,
  I1,
  identify,
  install,
  minute,
  OPEN,
  SALE,
  SETTLED,
  signup,
  TOUCH,
  V1,
  visit,
} from './scene.ts'

describe('E4: visitor, installation, customer', () => {
  const named = install('n', day(-2), [], V1)
  creditRows([
    {
      name: 'an installation leads to its visitor',
      facts: [SALE, TOUCH, named, identify('t', ANCHOR, I1)],
      verified: true,
      // The install is a trusted conversion itself, so that the later visit comes too late.
      credit: 'all_struck',
    },
    {
      name: 'a visit before the install comes with it',
      facts: [visit('b', day(-3)), named, install('m', day(-1), [], V1), identify('t', ANCHOR, I1)],
      verified: true,
      credit: 'ann by b',
    },
    {
      name: 'an open tie to the installation makes its visitor open',
      facts: [SALE, TOUCH, named, identify('t', ANCHOR, { ...I1, ...OPEN })],
      provisional: 'unverified',
      credit: 'ann by a',
    },
    {
      name: 'a void tie to the installation takes nothing from a visitor tied itself',
      facts: [
        SALE,
        TOUCH,
        named,
        identify('t', day(1), { ...I1, ...OPEN }),
        identify('u', ANCHOR, { ...V1, ...OPEN }),
      ],
      provisional: 'unverified',
      credit: 'ann by a',
    },
    {
      name: 'a verified installation lifts its visitor',
      facts: [
        SALE,
        TOUCH,
        named,
        identify('t', day(1), I1),
        identify('u', ANCHOR, { ...V1, ...OPEN }),
      ],
      credit: 'ann by a',
    },
    {
      name: 'an open signup of the installation limits its visitor',
      facts: [SALE, TOUCH, named, signup('o', day(-2), { ...I1, ...OPEN, received: ANCHOR })],
      credit: 'all_struck',
    },
    {
      name: 'an open install leads to its visitor in the last millisecond before settling',
      facts: [SALE, TOUCH, { ...named, at: ANCHOR, received: SETTLED }, identify('t', ANCHOR, I1)],
      verified: true,
      credit: 'ann by a',
    },
    {
      name: 'an open install leads to no visitor a millisecond later',
      facts: [SALE, TOUCH, { ...named, received: minute(60, 1) }, identify('t', ANCHOR, I1)],
      verified: true,
      credit: 'no_evidence',
    },
    {
      name: 'a secret install leads to its visitor always',
      facts: [
        SALE,
        TOUCH,
        { ...named, at: day(5), received: day(5), trust: 'secret' },
        identify('t', ANCHOR, I1),
      ],
      verified: true,
      credit: 'ann by a',
    },
    {
      name: 'a visitor never leads to an installation',
      facts: [SALE, install('n', day(-2), FLAG, V1), identify('t', ANCHOR, V1)],
      verified: true,
      credit: 'no_evidence',
    },
    {
      name: 'codes of a visitor, of an installation and of the customer count',
      facts: [
        SALE,
        identify('t', ANCHOR, { ...V1, ...I1 }),
        code('a', day(-3), { ...V1, code: 'BEN' }),
        code('b', day(-2), { ...I1, code: 'BEN' }),
        code('d', day(-1), { customer: 'c1', trust: 'secret' }),
        code('e', day(-1), { customer: 'c2', trust: 'secret', code: 'BEN' }),
      ],
      verified: true,
      credit: 'ann by d',
    },
    {
      name: 'a signed code of the customer counts whenever it comes',
      facts: [SALE, code('a', day(-1), { customer: 'c1', signed: true })],
      credit: 'ann by a',
    },
    {
      name: 'an unsigned open code of the customer is void',
      facts: [SALE, code('a', day(-1), { customer: 'c1' })],
      credit: 'all_struck',
    },
  ])

  it('names the carrier of each candidate', () => {
    const facts = [
      SALE,
      identify('t', ANCHOR, { ...V1, ...I1 }),
      TOUCH,
      install('n', day(-1, 1), FLAG),
      assign('z', ANCHOR, 'ben'),
    ]
    const { candidates } = decided([...facts, visit('b', day(-1, -1))])
    expect(candidates.map(({ carrier }) => carrier)).toEqual([
      'customer',
      'install:i1',
      'visitor:v1',
    ])
  })
})
