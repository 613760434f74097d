import { describe, expect, it } from 'vitest'
import { decide, decideUnder, type Fact, type Policy } from '../../src/index.ts'
import {
  ANCHOR,
  code,
  credit,
  day,
  identify,
  input,
  install,
  minute,
  OPEN,
  policy,
  SIGNED,
  sale,
  signup,
  V1,
  visit,
} from './scene.ts'

const FIRST = policy()
const conversion = signup('s', ANCHOR, V1)
const open = signup('o', ANCHOR, { ...OPEN, ...V1 })

/** A later version that holds from some moment. */
function from(moment: string, given: Partial<Policy> = {}): Policy {
  return policy({ version: 2, from: moment, within: 'first', ...given })
}

describe('A6: the version in force', () => {
  it.each<[string, readonly Fact[], readonly Policy[], number]>([
    ['is the first before the switch', [conversion], [FIRST, from(day(0, 1))], 1],
    ['is the new one at its very instant', [conversion], [FIRST, from(ANCHOR)], 2],
    ['is the new one after it', [conversion], [FIRST, from(day(0, -1))], 2],
    [
      'is the highest of several',
      [conversion],
      [from(day(-1)), policy({ version: 3, from: day(-2) }), FIRST],
      3,
    ],
    ['is read in any order', [conversion], [from(day(1)), FIRST], 1],
    ['without an anchor is the highest', [visit('a', ANCHOR)], [FIRST, from(day(9))], 2],
    ['obeys an open anchor where nothing is trusted', [open], [FIRST, from(ANCHOR)], 2],
    [
      'obeys an open anchor though it drops open ties',
      [open],
      [FIRST, from(ANCHOR, { ties: 'verified' })],
      2,
    ],
    [
      'keeps the first for an open anchor before the switch',
      [open],
      [FIRST, from(day(0, 1), { ties: 'verified' })],
      1,
    ],
    [
      'obeys the anchor and not the receipt',
      [sale('x', ANCHOR, { received: day(9) })],
      [FIRST, from(day(5))],
      1,
    ],
    [
      'is found with the settling of that version',
      // Under the second version the tie is in time, and the earlier install anchors before its `from`.
      [sale('x', ANCHOR), install('n', day(-9), []), identify('t', minute(90), { install: 'i1' })],
      [FIRST, from(day(-2), { settleMinutes: 90 })],
      1,
    ],
    [
      'is found with the settling of that version, and holds',
      [sale('x', ANCHOR), install('n', day(-9), []), identify('t', minute(90), { install: 'i1' })],
      [FIRST, from(day(-2), { settleMinutes: 89 })],
      2,
    ],
    [
      'is the highest where a signature leaves no anchor, late under its settling or not',
      [
        open,
        signup('p', minute(-1), { ...OPEN, received: minute(1) }),
        identify('t', minute(30), { ...V1, ...SIGNED }),
      ],
      [FIRST, from(day(1), { settleMinutes: 10 })],
      2,
    ],
    [
      'is the lowest where the anchor lies before every beginning',
      [conversion],
      [from(day(1)), policy({ version: 3, from: day(2) })],
      2,
    ],
  ])('%s', (_name, facts, policies, version) => {
    expect(decide(input(facts, { policies })).policyVersion).toBe(version)
  })

  it('decides by its own rules, not by the newest', () => {
    const facts = [conversion, visit('a', day(-2)), visit('b', day(-1), { code: 'BEN' })]
    const credited = (policies: readonly Policy[]) => credit(decide(input(facts, { policies })))
    expect(credited([FIRST, from(day(1))])).toBe('ben by b')
    expect(credited([FIRST, from(day(-1))])).toBe('ann by a')
  })

  it('drops open ties of a customer whose open signup lies after the switch', () => {
    const policies = [FIRST, from(day(-5), { ties: 'verified' })]
    const decision = decide(input([open, visit('a', day(-1))], { policies }))
    expect(decision).toMatchObject({ policyVersion: 2, credited: null, reason: 'no_conversion' })
  })

  it('refuses a program without a policy', () => {
    expect(() => decide(input([conversion], { policies: [] }))).toThrow(RangeError)
  })

  it('can be tried out: another policy decides alone, whatever its beginning', () => {
    const facts = [conversion, visit('a', day(-2)), code('b', day(-3), { ...V1, code: 'BEN' })]
    const tried = policy({ version: 9, from: day(99), order: ['link'] })
    const decision = decideUnder(input(facts), tried)
    expect(credit(decision)).toBe('ann by a')
    expect(decision.policyVersion).toBe(9)
    expect(credit(decide(input(facts)))).toBe('ben by b')
  })
})
