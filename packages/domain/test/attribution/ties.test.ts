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
  identify,
  install,
  minute,
  OPEN,
  SETTLED,
  SIGNED,
  sale,
  signup,
  verdicts,
  visit,
} from './scene.ts'

const TOUCH = visit('a', day(-1))
const SALE = sale('x', ANCHOR)
const V1 = { visitor: 'v1' }
const I1 = { install: 'i1' }
const flag = [{ source: 'flag', code: 'ANN' }] as const

describe('A2: when a customer settles', () => {
  it.each([
    ['an hour after a secret signup', [signup('s', ANCHOR)], SETTLED],
    [
      'after the first receipt, not the first time',
      [sale('x', day(-9), { received: ANCHOR })],
      SETTLED,
    ],
    ['after the earlier of two receipts', [sale('x', ANCHOR), signup('s', day(4))], SETTLED],
    ['after an open signup where nothing is trusted', [signup('s', ANCHOR, OPEN)], SETTLED],
    ['never without a conversion', [identify('t', ANCHOR, V1)], null],
    [
      'never by an open install alone',
      [install('n', ANCHOR, flag), identify('t', ANCHOR, { ...I1, ...OPEN })],
      null,
    ],
    [
      'after a trusted conversion though an open one came first',
      [signup('o', day(-2), OPEN), SALE],
      SETTLED,
    ],
    [
      'after an install that a tie had named',
      [identify('t', day(-1), I1), install('n', ANCHOR, flag)],
      SETTLED,
    ],
    [
      'after the tie of an install that came before',
      [install('n', day(-1), []), identify('t', ANCHOR, I1)],
      SETTLED,
    ],
    [
      'after the earliest such tie',
      [
        install('n', day(-1), []),
        identify('u', day(1), I1),
        identify('t', ANCHOR, { ...I1, ...SIGNED }),
        identify('w', day(2), I1),
      ],
      SETTLED,
    ],
  ] as const)('is %s', (_name, facts, settlesAt) => {
    expect(decided(facts).settlesAt).toBe(settlesAt)
  })

  it('obeys the policy', () => {
    expect(decided([SALE], { settleMinutes: 0 }).settlesAt).toBe(ANCHOR)
  })
})

interface Case {
  name: string
  facts: readonly Fact[]
  policy?: Partial<Policy>
  shared?: string[]
  verified?: boolean
  provisional?: string
  credit: string
}

function run(cases: readonly Case[]): void {
  it.each(cases)('$name', (row) => {
    const decision = decided(row.facts, row.policy, row.shared)
    expect(credit(decision)).toBe(row.credit)
    expect(decision.verified).toBe(row.verified ?? false)
    expect(decision.provisional).toBe(row.provisional ?? null)
  })
}

describe('A3: what a tie carries', () => {
  run([
    {
      name: 'a secret tie in time verifies the customer',
      facts: [SALE, TOUCH, identify('t', SETTLED, V1)],
      verified: true,
      credit: 'ann by a',
    },
    {
      name: 'a secret tie one millisecond late carries, but does not verify',
      facts: [SALE, TOUCH, identify('t', minute(60, 1), V1)],
      credit: 'ann by a',
    },
    {
      name: 'a signed tie of the last millisecond verifies',
      facts: [SALE, TOUCH, identify('t', SETTLED, { ...V1, ...SIGNED })],
      verified: true,
      credit: 'ann by a',
    },
    {
      name: 'a signed tie one millisecond late is void',
      facts: [SALE, TOUCH, identify('t', minute(60, 1), { ...V1, ...SIGNED })],
      credit: 'all_struck',
    },
    {
      name: 'an open tie of the last millisecond carries provisionally',
      facts: [SALE, TOUCH, identify('t', SETTLED, { ...V1, ...OPEN })],
      provisional: 'unverified',
      credit: 'ann by a',
    },
    {
      name: 'an open tie one millisecond late is void',
      facts: [SALE, TOUCH, identify('t', minute(60, 1), { ...V1, ...OPEN })],
      credit: 'all_struck',
    },
    {
      name: 'an open tie that claims to be early is judged by its receipt',
      facts: [SALE, TOUCH, identify('t', day(-9), { ...V1, ...OPEN, received: minute(60, 1) })],
      credit: 'all_struck',
    },
    {
      name: 'an open tie is void beside a verified one to another visitor',
      facts: [
        SALE,
        TOUCH,
        identify('t', ANCHOR, { ...V1, ...OPEN }),
        identify('u', ANCHOR, { visitor: 'v2' }),
      ],
      verified: true,
      credit: 'all_struck',
    },
    {
      name: 'an open tie stays beside a secret one that came too late',
      facts: [
        SALE,
        TOUCH,
        identify('t', ANCHOR, { ...V1, ...OPEN }),
        identify('u', day(2), { visitor: 'v2' }),
      ],
      provisional: 'unverified',
      credit: 'ann by a',
    },
    {
      name: 'a late secret tie to the same visitor releases the credit',
      facts: [SALE, TOUCH, identify('t', ANCHOR, { ...V1, ...OPEN }), identify('u', day(2), V1)],
      credit: 'ann by a',
    },
    {
      name: 'the policy may drop open ties',
      facts: [SALE, TOUCH, identify('t', ANCHOR, { ...V1, ...OPEN })],
      policy: { ties: 'verified' },
      credit: 'all_struck',
    },
    {
      name: 'a secret fact without visitor or installation verifies nothing',
      facts: [signup('s', ANCHOR), TOUCH, identify('t', ANCHOR, { ...V1, ...OPEN })],
      provisional: 'unverified',
      credit: 'ann by a',
    },
    {
      name: 'a secret tie without a conversion verifies and waits',
      facts: [TOUCH, identify('t', ANCHOR, V1)],
      verified: true,
      credit: 'no_conversion',
    },
    {
      name: 'a signed signup verifies, so that no open anchor holds, its own included',
      facts: [TOUCH, signup('s', ANCHOR, { ...V1, ...SIGNED })],
      verified: true,
      credit: 'no_conversion',
    },
    {
      name: 'a signed signup verifies without naming a visitor, too',
      facts: [SALE, TOUCH, identify('t', ANCHOR, { ...V1, ...OPEN }), signup('s', ANCHOR, SIGNED)],
      verified: true,
      credit: 'all_struck',
    },
    {
      name: 'a tie of another customer carries nothing',
      facts: [SALE, TOUCH, identify('t', ANCHOR, { ...V1, customer: 'c2' })],
      credit: 'no_evidence',
    },
    {
      name: 'an open assignment does not exist',
      facts: [SALE, { ...assign('a', ANCHOR, 'ann'), ...OPEN }],
      credit: 'no_evidence',
    },
    {
      name: 'an open sale does not exist',
      facts: [sale('x', ANCHOR, { ...V1, ...OPEN }), TOUCH],
      credit: 'no_conversion',
    },
  ])
})

describe('A3: what is vouched for, and settling by an open signup', () => {
  const early = signup('o', ANCHOR, { ...OPEN, code: 'BEN' })
  const late = minute(60, 1)
  run([
    {
      name: 'a signed tie in the last millisecond verifies',
      facts: [early, TOUCH, identify('t', SETTLED, { ...V1, ...SIGNED })],
      verified: true,
      credit: 'no_conversion',
    },
    {
      name: 'a signed tie a millisecond later verifies as well',
      facts: [early, TOUCH, identify('t', late, { ...V1, ...SIGNED })],
      verified: true,
      credit: 'no_conversion',
    },
    {
      name: 'a signed tie of years later verifies, whatever the policy says',
      facts: [early, TOUCH, identify('t', day(900), { ...V1, ...SIGNED })],
      policy: { settleMinutes: 0, ties: 'verified' },
      verified: true,
      credit: 'no_conversion',
    },
    {
      name: 'a secret tie verifies as well',
      facts: [early, TOUCH, identify('t', late, V1)],
      verified: true,
      credit: 'no_conversion',
    },
    {
      name: 'a signed signup verifies without naming a visitor, too',
      facts: [early, signup('s', late, { ...SIGNED, code: 'ANN' })],
      verified: true,
      credit: 'no_conversion',
    },
    {
      name: 'a signed code of the customer verifies nobody, now as ever',
      facts: [early, code('d', late, { ...SIGNED, customer: 'c1' })],
      provisional: 'unverified',
      credit: 'ben by o',
    },
    {
      name: 'an open tie a millisecond later is void',
      facts: [signup('o', ANCHOR, OPEN), TOUCH, identify('t', late, { ...V1, ...OPEN })],
      credit: 'all_struck',
    },
    {
      name: 'the trusted conversion that follows finds the signature in time',
      facts: [
        signup('o', day(-9), { ...OPEN, code: 'BEN' }),
        signup('s', day(-2), { ...V1, ...SIGNED }),
        TOUCH,
        SALE,
      ],
      verified: true,
      credit: 'ann by a',
    },
    {
      name: 'a trusted conversion closes the door though an open signup came long before',
      facts: [
        signup('o', day(-9), OPEN),
        SALE,
        TOUCH,
        identify('t', late, { ...V1, ...SIGNED }),
        signup('s', late, { ...SIGNED, code: 'BEN' }),
      ],
      credit: 'all_struck',
    },
    {
      name: 'a trusted conversion that is received later voids what came before it by its own hour',
      facts: [
        identify('t', late, { ...V1, ...SIGNED }),
        sale('x', ANCHOR),
        sale('y', day(1)),
        visit('a', day(-1)),
      ],
      credit: 'all_struck',
    },
    {
      name: 'an install that a signed tie names closes the door as well',
      facts: [
        signup('o', day(-9), OPEN),
        install('n', day(-2), []),
        identify('t', ANCHOR, { ...I1, ...SIGNED }),
        identify('u', late, { ...V1, ...SIGNED }),
        visit('a', day(-3)),
      ],
      verified: true,
      credit: 'all_struck',
    },
    {
      name: 'an install that nothing names closes nothing',
      facts: [early, install('n', ANCHOR, flag), identify('t', late, { ...V1, ...SIGNED })],
      verified: true,
      credit: 'no_conversion',
    },
  ])
})

describe('A1: open signups', () => {
  const open = signup('o', ANCHOR, { ...V1, ...OPEN })
  const tie = { ...V1, ...OPEN }
  run([
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

describe('E4: visitor, installation, customer', () => {
  const named = install('n', day(-2), [], V1)
  run([
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
      facts: [SALE, install('n', day(-2), flag, V1), identify('t', ANCHOR, V1)],
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
      install('n', day(-1, 1), flag),
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

describe('A2: open evidence after settling', () => {
  const tie = identify('t', ANCHOR, V1)
  it.each([
    [
      'counts at its time in the last millisecond',
      visit('a', day(-1), { received: SETTLED }),
      'won',
      day(-1),
    ],
    [
      'counts at its receipt a millisecond later',
      visit('a', day(-1), { received: minute(60, 1) }),
      'after_anchor',
      minute(60, 1),
    ],
    [
      'has no deadline when secret',
      visit('a', day(-1), { received: day(9), trust: 'secret' }),
      'won',
      day(-1),
    ],
  ] as const)('%s', (_name, fact, verdict, at) => {
    expect(decided([SALE, tie, fact]).candidates).toMatchObject([{ verdict, at }])
  })
})

describe('A4: provisional credit', () => {
  const tie = identify('t', ANCHOR, { ...V1, ...OPEN })
  const other = identify('u', ANCHOR, { visitor: 'v2', ...OPEN })
  const ben = visit('b', day(-2), { visitor: 'v2', code: 'BEN' })
  run([
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
      facts: [SALE, install('n', day(-1), flag), identify('t', ANCHOR, { ...I1, ...OPEN })],
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
