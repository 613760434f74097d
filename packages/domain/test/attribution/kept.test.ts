import { describe, expect, it } from 'vitest'
import type { Fact } from '../../src/index.ts'
import {
  ANCHOR,
  assign,
  CONVERSION,
  code,
  day,
  decided,
  identify,
  install,
  OPEN,
  sale,
  signup,
  verdicts,
  visit,
} from './scene.ts'

const V2 = { visitor: 'v2' }

describe('E8: what a decision keeps', () => {
  it.each<[string, readonly Fact[], readonly string[], number]>([
    [
      'the best piece of a kind, partner and visitor',
      [visit('a', day(-2)), visit('b', day(-1)), visit('d', day(-3))],
      ['b won'],
      2,
    ],
    [
      'one more per partner',
      [visit('a', day(-2)), visit('b', day(-1), { code: 'BEN' })],
      ['b won', 'a outranked'],
      0,
    ],
    [
      'one more per kind',
      [visit('a', day(-1)), code('b', day(-2), { visitor: 'v1' })],
      ['a outranked', 'b won'],
      0,
    ],
    [
      'one more per visitor',
      [identify('t', ANCHOR, V2), visit('a', day(-2)), visit('b', day(-1), V2)],
      ['b won', 'a outranked'],
      0,
    ],
    [
      'the last of every other verdict',
      [visit('a', day(2)), visit('b', day(1)), visit('d', day(-99)), visit('e', day(-98))],
      ['a after_anchor', 'e outside_window'],
      2,
    ],
    [
      'of all facts that name the customer the last, so that years of coupons stay one line',
      [sale('a', day(1), { code: 'OFF' }), sale('b', day(2), { code: 'OFF' })],
      ['b inactive'],
      1,
    ],
    [
      'of the assignments to one partner the one that stands',
      [assign('a', day(1), 'ann'), assign('b', day(2), 'ann')],
      ['b won'],
      1,
    ],
    [
      'claims of equal weight by their place',
      [
        identify('t', ANCHOR, { install: 'i1' }),
        install('a', day(0), [
          { source: 'url', code: 'ANN' },
          { source: 'filename', code: 'ANN' },
        ]),
      ],
      ['a#0 won'],
      1,
    ],
    [
      'of what is struck in one fact the strongest',
      [
        identify('t', ANCHOR, { install: 'i1' }),
        install('a', day(0), [
          { source: 'filename', code: 'OFF' },
          { source: 'url', code: 'OFF' },
        ]),
      ],
      ['a#1 inactive'],
      1,
    ],
  ])('is %s', (_name, facts, listed, more) => {
    for (const given of [facts, [...facts].reverse()]) {
      const decision = decided([CONVERSION, ...given])
      expect(verdicts(decision)).toEqual(listed)
      expect(decision.more).toBe(more)
    }
  })

  it('keeps the first where the first wins', () => {
    const facts = [CONVERSION, visit('a', day(-2)), visit('b', day(-1))]
    expect(verdicts(decided(facts, { within: 'first' }))).toEqual(['a won'])
  })

  it('finds the best of many for whether credit is contested', () => {
    const tie = (id: string, visitor: string) => identify(id, ANCHOR, { ...OPEN, visitor })
    const facts = [
      sale('x', ANCHOR),
      tie('t', 'v1'),
      tie('u', 'v2'),
      visit('a', day(-1)),
      visit('b', day(-3), { ...V2, code: 'BEN' }),
      visit('d', day(-2), V2),
    ]
    expect(decided(facts).provisional).toBe('unverified')
    expect(decided(facts, { within: 'first' }).provisional).toBe('contested')
  })
})

describe('order and repetition', () => {
  const facts: readonly Fact[] = [
    sale('x', ANCHOR, { code: 'BEN', coupon: 'ANN' }),
    signup('s', day(-1), { ...OPEN, visitor: 'v1', received: ANCHOR, emailHash: 'hash:cus' }),
    identify('t', ANCHOR, { ...OPEN, visitor: 'v2', emailHash: 'hash:ben' }),
    visit('a', day(-2)),
    visit('a', day(-2), { trust: 'secret', code: 'BEN' }),
    visit('b', day(-3), { visitor: 'v2', code: 'BEN' }),
    visit('d', day(-3), { code: 'NOBODY' }),
    install(
      'n',
      day(-4),
      [
        { source: 'env', code: 'ANN' },
        { source: 'url', code: 'BEN' },
      ],
      V2,
    ),
    identify('u', day(1), { install: 'i1' }),
    assign('z', day(2), 'off'),
  ]
  const expected = decided(facts)

  it('a decision does not depend on the order of the facts', () => {
    for (let shift = 0; shift < facts.length; shift += 1) {
      const turned = [...facts.slice(shift), ...facts.slice(0, shift)]
      expect(decided(turned)).toEqual(expected)
      expect(decided(turned.reverse())).toEqual(expected)
    }
  })

  it('a fact given twice counts once', () => {
    expect(decided([...facts, ...facts])).toEqual(expected)
    expect(decided(facts.flatMap((fact) => [fact, { ...fact }]))).toEqual(expected)
  })

  it('the same decision comes again, and the facts stay as they are', () => {
    const frozen = facts.map((fact) => Object.freeze({ ...fact }))
    expect(decided(Object.freeze(frozen) as readonly Fact[])).toEqual(expected)
    expect(decided(facts)).toEqual(expected)
  })
})

describe('many facts', () => {
  /** A customer whose every visitor, installation and visit is another, over open ties. */
  function crowd(size: number): Fact[] {
    const facts: Fact[] = [sale('x', ANCHOR)]
    for (let n = 0; n < size / 4; n += 1) {
      const visitor = `v${n}`
      facts.push(
        visit(`a${n}`, day(-1, n), { visitor }),
        identify(`t${n}`, ANCHOR, { ...OPEN, install: 'i1', emailHash: `hash:${n}` }),
        install(`n${n}`, day(-2, n), [{ source: 'flag', code: 'BEN' }], { visitor }),
        code(`d${n}`, day(-1, n), { install: 'i1' }),
      )
    }
    return facts
  }

  /** How often a decision looks at its facts; a clock would measure the machine's other work, too. */
  function looks(facts: readonly Fact[]): number {
    let count = 0
    const watched = facts.map(
      (fact) =>
        new Proxy(fact, {
          get: (target, field) => {
            count += 1
            return Reflect.get(target, field)
          },
        }),
    )
    decided(watched)
    return count
  }

  it('are looked at in proportion to their number, not to its square', () => {
    expect(looks(crowd(20_000))).toBeLessThan(11 * looks(crowd(2_000)))
  })
})
