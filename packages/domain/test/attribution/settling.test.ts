import { describe, expect, it } from 'vitest'
import {
  ANCHOR,
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
  SIGNED,
  sale,
  signup,
  V1,
  visit,
} from './scene.ts'

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
      [install('n', ANCHOR, FLAG), identify('t', ANCHOR, { ...I1, ...OPEN })],
      null,
    ],
    [
      'after a trusted conversion though an open one came first',
      [signup('o', day(-2), OPEN), SALE],
      SETTLED,
    ],
    [
      'after an install that a tie had named',
      [identify('t', day(-1), I1), install('n', ANCHOR, FLAG)],
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
