import { describe } from 'vitest'
import { creditRows } from './credit-rows.ts'
import {
  ANCHOR,
  assign,
  code,
  day,
  FLAG,
  I1,
  identify,
  install,
  minute,
  OPEN,
  SALE,
  SETTLED,
  SIGNED,
  sale,
  signup,
  TOUCH,
  V1,
  visit,
} from './scene.ts'

describe('A3: what a tie carries', () => {
  creditRows([
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
  creditRows([
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
      facts: [early, install('n', ANCHOR, FLAG), identify('t', late, { ...V1, ...SIGNED })],
      verified: true,
      credit: 'no_conversion',
    },
  ])
})
