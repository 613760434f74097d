import { describe, expect, it } from 'vitest'
import type { Claim, Fact } from '../../src/index.ts'
import {
  ANCHOR,
  CONVERSION,
  code,
  credit,
  day,
  decided,
  I1,
  identify,
  install,
  lead,
  OPEN,
  SIGNED,
  sale,
  signup,
  verdicts,
  visit,
} from './scene.ts'

const SECRET = { trust: 'secret' } as const

describe('E1: what kind a fact is evidence of', () => {
  const tied = sale('x', ANCHOR, { visitor: 'v1', install: 'i1' })
  const claim = (given: Omit<Claim, 'code'>) => install('a', ANCHOR, [{ code: 'ANN', ...given }])
  it.each<[string, Fact, string | null]>([
    ['a visit is a link', visit('a', day(-1)), 'link'],
    ['a code is typed', code('a', day(-1), { visitor: 'v1' }), 'typed'],
    ['a coupon is one', code('a', day(-1), { ...SECRET, visitor: 'v1', coupon: true }), 'coupon'],
    ['an open coupon is nothing', code('a', day(-1), { visitor: 'v1', coupon: true }), null],
    ['a code of a signup is typed', signup('a', ANCHOR, { code: 'ANN' }), 'typed'],
    ['a coupon of a signup is one', signup('a', ANCHOR, { coupon: 'ANN' }), 'coupon'],
    [
      'a coupon of an open signup is nothing',
      signup('a', ANCHOR, { ...OPEN, coupon: 'ANN' }),
      null,
    ],
    ['a code of a sale is typed', sale('a', ANCHOR, { code: 'ANN' }), 'typed'],
    ['a coupon of a sale is one', sale('a', ANCHOR, { coupon: 'ANN' }), 'coupon'],
    ['a flag is typed', claim({ source: 'flag' }), 'typed'],
    ['an environment variable is typed', claim({ source: 'env' }), 'typed'],
    ['a configuration file is typed', claim({ source: 'config' }), 'typed'],
    ['a prompt is typed', claim({ source: 'prompt' }), 'typed'],
    ['a stamp is one', claim({ source: 'stamp' }), 'stamp'],
    ['a download address is a hint', claim({ source: 'url' }), 'hint'],
    ['a file name is a hint', claim({ source: 'filename' }), 'hint'],
    [
      'an accepted lead is one',
      lead('a', day(-1), { code: 'ANN', status: 'accepted', customer: 'c1' }),
      'lead',
    ],
  ])('%s', (_name, fact, kind) => {
    expect(decided([tied, fact]).credited?.kind ?? null).toBe(kind)
  })

  it('takes code and coupon of one sale as two pieces, the stronger first', () => {
    const facts = [sale('a', ANCHOR, { code: 'ANN', coupon: 'BEN' })]
    const order = [['coupon', 'typed']] as const
    for (const within of ['last', 'first'] as const) {
      expect(verdicts(decided(facts, { order, within }))).toEqual(['a won', 'a outranked'])
      expect(decided(facts, { order, within }).credited?.code).toBe('ANN')
    }
    expect(decided(facts, { order: ['coupon', 'typed'] }).credited?.code).toBe('BEN')
  })

  it.each(['v1', 'v2'])(
    'takes a code that names three carriers as a piece of each, %s tied first',
    (first) => {
      const ties = ['v1', 'v2'].map((visitor) =>
        identify(visitor, ANCHOR, { visitor, install: `i${visitor}` }),
      )
      if (first === 'v2') ties.reverse()
      const typed = code('a', day(-1), { visitor: 'v1', install: 'iv2', customer: 'c1', ...SIGNED })
      const { candidates } = decided([sale('x', ANCHOR), typed, ...ties])
      expect(candidates.map(({ carrier, verdict }) => `${carrier} ${verdict}`)).toEqual([
        'customer won',
        'install:iv2 outranked',
        'visitor:v1 outranked',
      ])
    },
  )

  it('refuses what is no fact', () => {
    const odd = { ...visit('a', ANCHOR), type: 'refund' } as unknown as Fact
    expect(() => decided([odd])).toThrow(TypeError)
  })
})

describe('E2: several claims of one install', () => {
  const tie = identify('t', ANCHOR, I1)
  const all: Claim[] = [
    { source: 'filename', code: 'BEN' },
    { source: 'url', code: 'BEN' },
    { source: 'stamp', code: 'BEN' },
    { source: 'prompt', code: 'BEN' },
    { source: 'config', code: 'BEN' },
    { source: 'env', code: 'BEN' },
    { source: 'flag', code: 'ANN' },
  ]
  it.each<[string, readonly Claim[], string]>([
    ['a flag beats all', all, 'ann by n#6'],
    ['then the environment', all.slice(0, 6), 'ben by n#5'],
    ['then the configuration', all.slice(0, 5), 'ben by n#4'],
    ['then the prompt', all.slice(0, 4), 'ben by n#3'],
    ['then the stamp', all.slice(0, 3), 'ben by n#2'],
    ['then the address', all.slice(0, 2), 'ben by n#1'],
    ['then the file name', all.slice(0, 1), 'ben by n#0'],
    [
      'of one source the first stands',
      [
        { source: 'env', code: 'ANN' },
        { source: 'env', code: 'BEN' },
      ],
      'ann by n#0',
    ],
    [
      'none ends the search',
      [{ source: 'flag', code: null, none: true }, ...all.slice(0, 6)],
      'no_evidence',
    ],
    [
      'none leaves what is stronger',
      [{ source: 'prompt', code: null, none: true }, ...all.slice(0, 6)],
      'ben by n#6',
    ],
    [
      'none drops a later claim of its source',
      [
        { source: 'url', code: null, none: true },
        { source: 'url', code: 'ANN' },
      ],
      'no_evidence',
    ],
    [
      'none leaves an earlier claim of its source',
      [
        { source: 'url', code: 'ANN' },
        { source: 'url', code: null, none: true },
      ],
      'ann by n#0',
    ],
    [
      'a claim without a code is passed over',
      [
        { source: 'stamp', code: null },
        { source: 'url', code: 'ANN' },
      ],
      'ann by n#1',
    ],
    ['no claim is no evidence', [], 'no_evidence'],
  ])('%s', (_name, claims, expected) => {
    const facts = [tie, install('n', day(-1), claims)]
    expect(credit(decided(facts))).toBe(expected)
    expect(credit(decided(facts, { within: 'first' }))).toBe(expected)
    expect(decided(facts).unknownCodes).toEqual([])
  })

  it('beats a weaker claim of the same install in one rank of many kinds', () => {
    const facts = [tie, install('n', day(-1), all)]
    expect(credit(decided(facts, { order: [['typed', 'stamp', 'hint']] }))).toBe('ann by n#6')
  })

  it('lets the policy rank a weaker kind above', () => {
    const facts = [tie, install('n', day(-1), all)]
    expect(credit(decided(facts, { order: ['hint', 'typed'] }))).toBe('ben by n#1')
  })
})

describe('F5: codes as of the time of the evidence', () => {
  it.each<[string, Fact, string | null]>([
    ['a code that nobody has', visit('a', day(-1), { code: 'NOBODY' }), 'NOBODY'],
    [
      'a code one millisecond before it exists',
      visit('a', day(-5, -1), { code: 'NEWANN' }),
      'NEWANN',
    ],
    ['a code from its first moment', visit('a', day(-5), { code: 'NEWANN' }), null],
    [
      'a code of a carrier that is void',
      visit('a', day(-1), { code: 'NOBODY', visitor: 'v2' }),
      'NOBODY',
    ],
  ])('%s', (_name, fact, unknown) => {
    const tie = identify('t', ANCHOR, { ...OPEN, visitor: 'v2' })
    const { unknownCodes, candidates } = decided([CONVERSION, tie, fact])
    expect(unknownCodes.map((entry) => entry.code)).toEqual(unknown === null ? [] : [unknown])
    expect(candidates).toHaveLength(unknown === null ? 1 : 0)
  })

  it('lists the last unknown code per carrier, latest first', () => {
    const facts = [
      CONVERSION,
      visit('a', day(-3), { code: 'NOBODY' }),
      visit('b', day(-2), { code: 'NOBODY' }),
      visit('d', day(-4), { code: 'NOONE' }),
      signup('e', day(-1), { code: 'NOBODY' }),
    ]
    const expected = [
      { evidence: 'e', code: 'NOBODY', at: day(-1) },
      { evidence: 'b', code: 'NOBODY', at: day(-2) },
      { evidence: 'd', code: 'NOONE', at: day(-4) },
    ]
    expect(decided(facts).unknownCodes).toEqual(expected)
    expect(decided([...facts].reverse()).unknownCodes).toEqual(expected)
  })

  it('does not list a code of a kind that the policy does not know', () => {
    const facts = [CONVERSION, visit('a', day(-3), { code: 'NOBODY' })]
    expect(decided(facts, { order: ['typed'] }).unknownCodes).toEqual([])
  })
})
