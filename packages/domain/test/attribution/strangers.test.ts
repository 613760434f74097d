import { describe, expect, it } from 'vitest'
import { decide, type Fact } from '../../src/index.ts'
import {
  ANCHOR,
  CONVERSION,
  code,
  credit,
  day,
  decided,
  identify,
  input,
  install,
  minute,
  OPEN,
  SIGNED,
  sale,
  signup,
  visit,
} from './scene.ts'

const BEN = { code: 'BEN' } as const
const EVIL = { visitor: 'evil' } as const
const stolen = visit('y', day(-1), { ...EVIL, ...BEN })

/** What somebody who knows the customer's id, e-mail and every code may send with the publishable key. */
const ATTACKS: readonly [string, readonly Fact[]][] = [
  [
    'a back-dated open signup',
    [signup('z', day(-29), { ...OPEN, visitor: 'v1', received: minute(5) })],
  ],
  [
    'a back-dated open signup with a code',
    [signup('z', day(-29), { ...OPEN, ...BEN, received: minute(5) })],
  ],
  [
    'a squatted tie to the stranger’s visitor',
    [stolen, identify('z', day(-5), { ...OPEN, ...EVIL })],
  ],
  [
    'a squatted tie long before the customer came',
    [stolen, signup('z', day(-29), { ...OPEN, ...EVIL })],
  ],
  [
    'a squatted tie to the stranger’s installation',
    [
      install('y', day(-2), [{ source: 'flag', code: 'BEN' }], { install: 'evil' }),
      identify('z', day(-1), { ...OPEN, install: 'evil' }),
    ],
  ],
  [
    'an installation that leads to the stranger’s visitor',
    [
      stolen,
      install('w', day(-2), [], { install: 'evil', ...EVIL }),
      identify('z', day(-1), { ...OPEN, install: 'evil' }),
    ],
  ],
  [
    'a code typed after the purchase',
    [code('z', day(-1), { ...BEN, visitor: 'v1', received: minute(60, 1) })],
  ],
  [
    'a code that names the customer without a signature',
    [code('z', day(-1), { ...BEN, customer: 'c1' })],
  ],
  [
    'a tie after the purchase that claims to be old',
    [stolen, identify('z', day(-9), { ...OPEN, ...EVIL, received: day(3) })],
  ],
  ['a stale signature', [stolen, identify('z', day(-9), { ...SIGNED, ...EVIL, received: day(3) })]],
  [
    'the partner’s e-mail at the customer’s visitor',
    [identify('z', day(-1), { ...OPEN, visitor: 'v1', emailHash: 'hash:ann' })],
  ],
  [
    'the partner’s e-mail in a signup',
    [signup('z', day(-1), { ...OPEN, visitor: 'v1', emailHash: 'hash:ann' })],
  ],
  ['a visit in a frame', [visit('z', day(-1), { ...BEN, visitor: 'v1', frame: true })]],
  ['a coupon', [signup('z', day(-1), { ...OPEN, coupon: 'BEN' })]],
]

describe('a verified customer', () => {
  const own = [CONVERSION, visit('a', day(-3))]
  const before = decided(own)

  it.each(ATTACKS)('keeps its credit against %s', (_name, sent) => {
    for (const facts of [
      [...own, ...sent],
      [...sent, ...own],
    ]) {
      const after = decided(facts)
      expect(after.credited).toEqual(before.credited)
      expect(after.provisional).toBeNull()
      expect([after.anchor, after.verified]).toEqual([ANCHOR, true])
    }
  })

  it.each(ATTACKS)('keeps its credit when others share its visitor, against %s', (_name, sent) => {
    const shared = ['visitor:v1', 'visitor:evil']
    expect(decided([...own, ...sent], {}, shared).credited).toEqual(before.credited)
  })

  it.each(ATTACKS)('that nobody sent gains no credit in time by %s', (_name, sent) => {
    const { credited, reason } = decided([CONVERSION, ...sent], { lateClaimDays: 0 })
    expect([credited, reason]).toEqual([null, expect.stringMatching(/^(no_evidence|all_struck)$/)])
  })

  it('keeps its credit against one who knows its installation and brings old visits of his own', () => {
    const tied = signup('s', ANCHOR, { visitor: 'v1', install: 'i1' })
    const sent = [stolen, install('z', day(-2), [], { ...EVIL, received: day(9) })]
    expect(credit(decided([tied, visit('a', day(-3)), ...sent]))).toBe('ann by a')
  })

  it('takes a late code of its own browser where nothing else gives credit (A5)', () => {
    const typed = code('z', day(-1), { ...BEN, visitor: 'v1', received: minute(60, 1) })
    expect(credit(decided([CONVERSION, typed]))).toBe('ben by z')
  })
})

describe('a customer known over open ties alone', () => {
  const own = [
    sale('x', ANCHOR),
    visit('a', day(-3)),
    identify('t', ANCHOR, { ...OPEN, visitor: 'v1' }),
  ]

  it.each(ATTACKS)('gets no credit that is not provisional through %s', (_name, sent) => {
    const after = decided([...own, ...sent])
    if (after.credited !== null) expect(after.provisional).not.toBeNull()
  })

  it('is contested, not stolen, by a squatted tie before settling', () => {
    const sent = [stolen, identify('z', minute(5), { ...OPEN, ...EVIL })]
    expect(decided([...own, ...sent]).provisional).toBe('contested')
  })

  it('cannot be contested after settling', () => {
    const sent = [stolen, identify('z', minute(60, 1), { ...OPEN, ...EVIL })]
    const after = decided([...own, ...sent])
    expect([credit(after), after.provisional]).toEqual(['ann by a', 'unverified'])
  })
})

describe('a customer whom a signature ties, before any trusted conversion', () => {
  const own = [signup('s', ANCHOR, { ...SIGNED, visitor: 'v1' }), visit('a', day(-3))]
  const squat = signup('q', day(-9), { ...OPEN, ...EVIL, ...BEN })
  const unsigned = ATTACKS.filter(([, sent]) => sent.every((fact) => !('signed' in fact)))

  it.each(unsigned)('is verified in spite of an early signup and %s', (_name, sent) => {
    const before = decided([...own, squat, ...sent])
    expect([before.credited, before.provisional, before.verified]).toEqual([null, null, true])
    const after = decided([...own, squat, ...sent, sale('x', ANCHOR)])
    expect([credit(after), after.provisional, after.verified]).toEqual(['ann by a', null, true])
  })
})

describe('facts of others', () => {
  it('never reach the customer', () => {
    const facts = [
      CONVERSION,
      visit('a', day(-1), { visitor: 'v9' }),
      sale('b', day(-1), { customer: 'c2', code: 'BEN', emailHash: 'hash:ann' }),
      install('d', day(-1), [{ source: 'flag', code: 'BEN' }], { install: 'i9' }),
    ]
    expect(decide(input(facts))).toMatchObject({ candidates: [], reason: 'no_evidence' })
  })

  it('never reach it through another customer of the same visitor', () => {
    const facts = [
      CONVERSION,
      identify('t', day(-9), { customer: 'c2', visitor: 'v1' }),
      identify('u', day(-9), { customer: 'c2', visitor: 'v2' }),
      visit('a', day(-1), { visitor: 'v2' }),
    ]
    expect(decide(input(facts))).toMatchObject({ candidates: [], reason: 'no_evidence' })
  })
})
