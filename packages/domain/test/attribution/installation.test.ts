/** docs/attribution.md, 8, sentence by sentence: the decision about an installation (RULES E9). */
import { describe, expect, it } from 'vitest'
import {
  type Claim,
  type Configuration,
  DEFAULT_POLICY,
  decideInstallation,
  type Fact,
  type InstallationDecision,
} from '../../src/index.ts'
import {
  ANCHOR,
  assign,
  code,
  configuration,
  day,
  identify,
  install,
  minute,
  policy,
  SETTLED,
  sale,
  signup,
  visit,
} from './scene.ts'

const flag = (name: string): Claim => ({ source: 'flag', code: name })
const stamp = (name: string, download?: string): Claim => ({
  source: 'stamp',
  code: name,
  ...(download === undefined ? {} : { download }),
})

function decided(facts: readonly Fact[], given: Partial<Configuration> = {}): InstallationDecision {
  return decideInstallation({ install: 'i1', facts, config: configuration(given) })
}

function verdicts({ candidates }: InstallationDecision): string[] {
  return candidates.map(({ evidence, verdict }) => `${evidence} ${verdict}`)
}

function credit({ credited, reason }: InstallationDecision): string {
  return credited === null ? reason : `${credited.partner} by ${credited.evidence}`
}

const INSTALLED = install('a', ANCHOR, [])

describe('the facts of an installation', () => {
  const rows: [string, Fact[], string][] = [
    ['its own claims', [install('a', ANCHOR, [flag('ANN')])], 'ann by a#0'],
    ['a code that names it', [INSTALLED, code('c', day(-1), { install: 'i1' })], 'ann by c'],
    [
      'a visit of the visitor that its install names',
      [install('a', ANCHOR, [], { visitor: 'v1' }), visit('v', day(-1))],
      'ann by v',
    ],
    [
      'a code of that visitor',
      [install('a', ANCHOR, [], { visitor: 'v1' }), code('c', day(-1), { visitor: 'v1' })],
      'ann by c',
    ],
    ['not a visit of anybody else', [INSTALLED, visit('v', day(-1))], 'no_evidence'],
    [
      'not the claims of another',
      [INSTALLED, install('b', ANCHOR, [flag('ANN')], { install: 'i2' })],
      'no_evidence',
    ],
    [
      'no tie and nothing that comes through a customer',
      [
        INSTALLED,
        identify('t', ANCHOR, { install: 'i1', visitor: 'v1' }),
        signup('s', ANCHOR, { install: 'i1', code: 'ANN' }),
        sale('b', ANCHOR, { install: 'i1', coupon: 'ANN' }),
        assign('g', ANCHOR, 'ann'),
        visit('v', day(-1)),
      ],
      'no_evidence',
    ],
    [
      'nothing without an install of it',
      [code('c', ANCHOR, { install: 'i1' }), sale('b', ANCHOR, { install: 'i1' })],
      'no_conversion',
    ],
  ]
  it.each(rows)('%s', (_title, facts, expected) => {
    expect(credit(decided(facts))).toBe(expected)
  })
})

describe('settling', () => {
  it('is one hour after the first receipt, of an open install as of a secret one', () => {
    expect(decided([INSTALLED]).settlesAt).toBe(SETTLED)
    const early = install('b', ANCHOR, [], { trust: 'secret', received: minute(-30) })
    expect(decided([INSTALLED, early]).settlesAt).toBe(minute(30))
  })

  it.each([
    ['received as it settles', 'open', SETTLED, day(-2)],
    ['received a millisecond later', 'open', minute(60, 1), ANCHOR],
    ['secret, whenever', 'secret', day(9), day(-2)],
  ] as const)('an earlier install %s', (_title, trust, received, anchor) => {
    const other = install('b', day(-2), [], { trust, received })
    expect(decided([INSTALLED, other]).anchor).toBe(anchor)
  })

  it('an open install that comes later leads to no visitor', () => {
    const late = install('b', day(-2), [], { visitor: 'v1', received: minute(60, 1) })
    expect(credit(decided([INSTALLED, late, visit('v', day(-3))]))).toBe('no_evidence')
    const trusted = { ...late, trust: 'secret' } as const
    expect(credit(decided([INSTALLED, trusted, visit('v', day(-3))]))).toBe('ann by v')
  })

  it('open evidence that comes later counts at its receipt', () => {
    const claimed = install('b', day(-1), [flag('ANN')], { received: minute(60, 1) })
    expect(decided([INSTALLED, claimed]).candidates).toMatchObject([
      { evidence: 'b#0', at: minute(60, 1), verdict: 'won' },
    ])
  })
})

describe('verdicts', () => {
  const leading = install('a', ANCHOR, [], { visitor: 'v1' })
  const inConfig: [string, Fact[], string[]][] = [
    ['the window: its first millisecond', [leading, visit('v', day(-90))], ['v won']],
    ['the window: one before', [leading, visit('v', day(-90, -1))], ['v outside_window']],
    ['a visit after the anchor', [leading, visit('v', day(0, 1))], ['v after_anchor']],
    ['a bot', [leading, visit('v', day(-1), { bot: true })], ['v bot']],
    ['a frame', [leading, visit('v', day(-1), { frame: true })], ['v framed']],
    ['an inactive partner', [install('a', ANCHOR, [flag('OFF')])], ['a#0 inactive']],
    ['an ended alias', [install('a', ANCHOR, [flag('OLDANN')])], ['a#0 alias_ended']],
    ['a revoked download', [install('a', ANCHOR, [stamp('ANN', 'd1')])], ['a#0 revoked']],
    ["the partner's own account is no matter", [install('a', ANCHOR, [flag('SELF')])], ['a#0 won']],
    [
      'a typed code beats a stamp',
      [install('a', ANCHOR, [stamp('BEN'), flag('ANN')])],
      ['a#1 won', 'a#0 outranked'],
    ],
    [
      'none ends the search',
      [install('a', ANCHOR, [stamp('BEN'), { source: 'env', code: null, none: true }])],
      [],
    ],
  ]
  it.each(inConfig)('%s', (_title, facts, expected) => {
    expect(verdicts(decided(facts))).toEqual(expected)
  })

  it('a download revoked after the installation keeps its credit', () => {
    const revokedDownloads = new Map([['d1', day(0, 1)]])
    const decision = decided([install('a', ANCHOR, [stamp('ANN', 'd1')])], { revokedDownloads })
    expect(credit(decision)).toBe('ann by a#0')
  })
})

describe('late claims', () => {
  const rows: [string, Fact[], string[]][] = [
    ['at the end', [INSTALLED, code('c', day(30), { install: 'i1' })], ['c won']],
    ['past the end', [INSTALLED, code('c', day(30, 1), { install: 'i1' })], ['c lapsed']],
    [
      'the first wins',
      [
        INSTALLED,
        code('c', day(2), { install: 'i1' }),
        code('d', day(1), { install: 'i1', code: 'BEN' }),
      ],
      ['c outranked', 'd won'],
    ],
    [
      'an upgrade with another stamp where somebody is credited',
      [install('a', ANCHOR, [stamp('ANN')]), install('b', day(5), [stamp('BEN')])],
      ['b#0 after_anchor', 'a#0 won'],
    ],
    [
      'an upgrade with a stamp where nobody is',
      [INSTALLED, install('b', day(5), [stamp('BEN')])],
      ['b#0 won'],
    ],
  ]
  it.each(rows)('%s', (_title, facts, expected) => {
    expect(verdicts(decided(facts))).toEqual(expected)
  })

  it('says so', () => {
    const facts = [INSTALLED, code('c', day(1), { install: 'i1' })]
    expect(decided(facts).reason).toBe('typed code entered within 30 days after the install')
  })
})

describe('the policy in force', () => {
  it('is the highest whose from is not after the anchor', () => {
    const second = (from: string) => policy({ version: 2, from, order: ['stamp'] })
    const facts = [install('a', ANCHOR, [flag('ANN'), stamp('BEN')])]
    const at = decided(facts, { policies: [DEFAULT_POLICY, second(ANCHOR)] })
    expect([at.policyVersion, credit(at)]).toEqual([2, 'ben by a#1'])
    const after = decided(facts, { policies: [DEFAULT_POLICY, second(day(0, 1))] })
    expect([after.policyVersion, credit(after)]).toEqual([1, 'ann by a#0'])
  })

  it('drops no open installation where it drops open ties', () => {
    const policies = [policy({ ties: 'verified' })]
    expect(credit(decided([install('a', ANCHOR, [flag('ANN')])], { policies }))).toBe('ann by a#0')
  })
})

describe('contested', () => {
  const rows: [string, Fact[], boolean][] = [
    ['nobody else', [install('a', ANCHOR, [flag('ANN')])], false],
    ['the same partner twice', [install('a', ANCHOR, [flag('ANN'), stamp('ANN')])], false],
    ['an outranked rival', [install('a', ANCHOR, [flag('ANN'), stamp('BEN')])], true],
    ['a rival that could not win', [install('a', ANCHOR, [flag('ANN'), stamp('OFF')])], false],
    [
      'an upgrade',
      [install('a', ANCHOR, [flag('ANN')]), install('b', day(1), [stamp('BEN')])],
      true,
    ],
    [
      'a code past the time for late codes',
      [install('a', ANCHOR, [flag('ANN')]), code('c', day(31), { install: 'i1', code: 'BEN' })],
      true,
    ],
    ['nobody credited', [INSTALLED, code('c', day(31), { install: 'i1' })], false],
  ]
  it.each(rows)('%s', (_title, facts, expected) => {
    expect(decided(facts).contested).toBe(expected)
  })
})

describe('what it is', () => {
  it('follows its first leading install, the version the last that names one', () => {
    const facts = [
      install('a', ANCHOR, [], { product: 'pbx', version: '1', parent: 'i0', ephemeral: true }),
      install('b', day(1), [], { product: 'crm', version: '2', parent: 'i9' }),
      install('c', day(2), [], { product: 'crm' }),
      install('d', day(-5), [], { product: 'crm', parent: 'i8', received: day(3) }),
    ]
    expect(decided(facts)).toMatchObject({
      product: 'pbx',
      version: '2',
      copyOf: 'i0',
      ephemeral: true,
      download: null,
    })
  })

  it.each([
    ['the first stamp', [[stamp('ANN', 'x')], [stamp('ANN', 'y')]], 'x'],
    ['not a broken one', [[{ source: 'stamp', code: null }], [stamp('ANN', 'y')]], 'y'],
    [
      'not one that none hides',
      [[stamp('ANN', 'x'), { source: 'flag', code: null, none: true }]],
      null,
    ],
  ] as [string, Claim[][], string | null][])('its download: %s', (_title, claims, download) => {
    const facts = claims.map((own, n) => install(`e${n}`, day(n), own))
    expect(decided(facts).download).toBe(download)
  })

  it('refuses a configuration without a policy', () => {
    expect(() => decided([INSTALLED], { policies: [] })).toThrow(RangeError)
  })
})
