import { describe, expect, it } from 'vitest'
import { creditRows } from './credit-rows.ts'
import {
  ANCHOR,
  day,
  decided,
  I1,
  identify,
  install,
  minute,
  OPEN,
  SALE,
  SETTLED,
  SIGNED,
  signup,
  TOUCH,
  V1,
  visit,
} from './scene.ts'

describe('A1: open signups', () => {
  const open = signup('o', ANCHOR, { ...V1, ...OPEN })
  const tie = { ...V1, ...OPEN }
  creditRows([
    {
      name: 'give an anchor where nothing is trusted',
      facts: [open, TOUCH],
      provisional: 'unverified',
      credit: 'ann by a',
    },
    {
      name: 'anchor nothing but the visitor they name',
      facts: [
        open,
        identify('t', ANCHOR, { visitor: 'v2', ...OPEN }),
        visit('b', day(-2), { visitor: 'v2' }),
      ],
      credit: 'no_evidence',
    },
    {
      name: 'move the limit of their own visitor back, never on',
      facts: [
        SALE,
        signup('o', day(-3), { ...tie, received: ANCHOR }),
        TOUCH,
        visit('b', day(-4), { code: 'BEN' }),
      ],
      provisional: 'unverified',
      credit: 'ben by b',
    },
    {
      name: 'after the trusted anchor move nothing',
      facts: [SALE, signup('o', minute(5), tie), TOUCH, visit('b', minute(3), { code: 'BEN' })],
      provisional: 'unverified',
      credit: 'ann by a',
    },
    {
      name: 'count by the earliest that names the visitor',
      facts: [
        SALE,
        signup('p', minute(-5), tie),
        signup('o', day(-3), { ...tie, received: ANCHOR }),
        signup('q', minute(-9), tie),
        TOUCH,
      ],
      credit: 'all_struck',
    },
    {
      name: 'that are void give the limit of void carriers no earlier moment',
      facts: [SALE, signup('o', day(-3), { ...tie, received: day(2) }), TOUCH],
      credit: 'all_struck',
    },
    {
      name: 'are no anchor under a policy without open ties',
      facts: [open, TOUCH],
      policy: { ties: 'verified' },
      credit: 'no_conversion',
    },
    {
      name: 'with a code are evidence as of themselves',
      facts: [signup('o', ANCHOR, { ...OPEN, code: 'ANN' })],
      provisional: 'unverified',
      credit: 'ann by o',
    },
    {
      name: 'with a code count up to the trusted anchor only',
      facts: [SALE, signup('o', minute(1), { ...OPEN, code: 'ANN' })],
      credit: 'all_struck',
    },
    {
      name: 'with a signature and a code count as of the trusted anchor',
      facts: [SALE, signup('o', minute(-1), { ...SIGNED, code: 'ANN' })],
      verified: true,
      credit: 'ann by o',
    },
    {
      name: 'with a late signature are void',
      facts: [SALE, signup('o', minute(-1), { ...SIGNED, code: 'ANN', received: day(1) })],
      credit: 'all_struck',
    },
  ])

  it('show the earliest of several', () => {
    expect(decided([open, signup('p', day(-1), { ...OPEN, received: ANCHOR })]).anchor).toBe(
      day(-1),
    )
  })
})

describe('A1: installs as conversions', () => {
  const tie = identify('t', ANCHOR, I1)
  it.each([
    ['anchor through a secret tie', [install('n', day(-2), []), tie], day(-2)],
    [
      'anchor through a signed tie',
      [install('n', day(-2), []), identify('t', ANCHOR, { ...I1, ...SIGNED })],
      day(-2),
    ],
    [
      'do not anchor through an open tie',
      [install('n', day(-2), []), identify('t', ANCHOR, { ...I1, ...OPEN })],
      null,
    ],
    [
      'do not anchor through a tie that came after settling',
      [SALE, install('n', day(-2), []), identify('t', minute(60, 1), I1)],
      ANCHOR,
    ],
    [
      'anchor when received in the last millisecond',
      [SALE, tie, install('n', day(-2), [], { received: SETTLED })],
      day(-2),
    ],
    [
      'do not anchor when open and a millisecond late',
      [SALE, tie, install('n', day(-2), [], { received: minute(60, 1) })],
      ANCHOR,
    ],
    [
      'anchor when secret, whenever received',
      [SALE, tie, install('n', day(-2), [], { trust: 'secret', received: day(5) })],
      day(-2),
    ],
    ['need an install', [tie], null],
  ] as const)('%s', (_name, facts, anchor) => {
    expect(decided(facts).anchor).toBe(anchor)
  })
})
