import { describe, expect, it } from 'vitest'
import type { CandidateVerdict, Claim, Fact } from '../../src/index.ts'
import {
  ANCHOR,
  assign,
  CONVERSION,
  code,
  day,
  decided,
  identify,
  install,
  lead,
  minute,
  OPEN,
  SIGNED,
  sale,
  signup,
  visit,
} from './scene.ts'

const VOID = identify('t', ANCHOR, { ...OPEN, visitor: 'v2' })
const TIED = identify('t', ANCHOR, { install: 'i1' })
const stamp = (given: Partial<Claim> = {}): Claim[] => [
  { source: 'stamp', code: 'ANN', download: 'd1', ...given },
]

interface Case {
  name: string
  facts: readonly Fact[]
  verdict: CandidateVerdict
}

/** What becomes of piece `a`, beside a secret signup at the anchor that ties visitor `v1`. */
function run(cases: readonly Case[]): void {
  it.each(cases)('$name', ({ facts, verdict }) => {
    const { candidates } = decided([CONVERSION, ...facts])
    const found = candidates.filter(({ evidence }) => evidence.startsWith('a'))
    expect(found.map((candidate) => candidate.verdict)).toEqual([verdict])
  })
}

describe('CONTRACT §4.3: every verdict', () => {
  run([
    { name: 'the only piece won', facts: [visit('a', day(-1))], verdict: 'won' },
    {
      name: 'an earlier link is outranked',
      facts: [visit('a', day(-2), { code: 'BEN' }), visit('b', day(-1))],
      verdict: 'outranked',
    },
    {
      name: 'an old link is outside the window',
      facts: [visit('a', day(-91))],
      verdict: 'outside_window',
    },
    {
      name: 'a late link is after the anchor',
      facts: [visit('a', day(1))],
      verdict: 'after_anchor',
    },
    {
      name: 'the partner itself is a self-referral',
      facts: [visit('a', day(-1), { code: 'SELF' })],
      verdict: 'self_referral',
    },
    {
      name: 'a partner who never was active is inactive',
      facts: [visit('a', day(-1), { code: 'OFF' })],
      verdict: 'inactive',
    },
    { name: 'a bot is one', facts: [visit('a', day(-1), { bot: true })], verdict: 'bot' },
    { name: 'a frame is one', facts: [visit('a', day(-1), { frame: true })], verdict: 'framed' },
    {
      name: 'what a void tie brings is unverified',
      facts: [VOID, visit('a', day(-1), { visitor: 'v2' })],
      verdict: 'unverified',
    },
    {
      name: 'an old system’s code that ended is one',
      facts: [visit('a', day(-1), { code: 'OLDANN' })],
      verdict: 'alias_ended',
    },
    {
      name: 'a code typed long after the signup has lapsed',
      facts: [code('a', day(31), { visitor: 'v1' })],
      verdict: 'lapsed',
    },
    {
      name: 'a stamp of a revoked download is revoked',
      facts: [TIED, install('a', day(-1), stamp())],
      verdict: 'revoked',
    },
  ])
})

describe('E6: bounds', () => {
  run([
    {
      name: 'an alias tracks at its last moment',
      facts: [visit('a', day(-20), { code: 'OLDANN' })],
      verdict: 'won',
    },
    {
      name: 'an alias does not track a millisecond later',
      facts: [visit('a', day(-20, 1), { code: 'OLDANN' })],
      verdict: 'alias_ended',
    },
    {
      name: 'a stamp counts a millisecond before the revocation',
      facts: [TIED, install('a', day(-3, -1), stamp())],
      verdict: 'won',
    },
    {
      name: 'a stamp does not count at the revocation',
      facts: [TIED, install('a', day(-3), stamp())],
      verdict: 'revoked',
    },
    {
      name: 'a stamp of another download counts',
      facts: [TIED, install('a', day(-1), stamp({ download: 'd2' }))],
      verdict: 'won',
    },
    {
      name: 'a stamp that names no download counts',
      facts: [TIED, install('a', day(-1), [{ source: 'stamp', code: 'ANN' }])],
      verdict: 'won',
    },
    {
      name: 'the name of a revoked download still hints',
      facts: [TIED, install('a', day(-1), stamp({ source: 'filename' }))],
      verdict: 'won',
    },
    {
      name: 'a partner who left before the anchor is inactive',
      facts: [visit('a', day(-20), { code: 'GONE' })],
      verdict: 'inactive',
    },
    {
      name: 'an assignment asks only whether the partner was active then',
      facts: [assign('a', day(-20), 'gone')],
      verdict: 'won',
    },
    {
      name: 'an assignment at the very moment the partner leaves is inactive',
      facts: [assign('a', day(-10), 'gone')],
      verdict: 'inactive',
    },
    {
      name: 'an assignment a millisecond before that is not',
      facts: [assign('a', day(-10, -1), 'gone')],
      verdict: 'won',
    },
    {
      name: 'a partner whom nobody knows is inactive',
      facts: [assign('a', day(-1), 'nowhere')],
      verdict: 'inactive',
    },
    {
      name: 'a code of a partner whom nobody knows is inactive',
      facts: [visit('a', day(-1), { code: 'GHOST' })],
      verdict: 'inactive',
    },
    {
      name: 'a click of the human kind counts',
      facts: [visit('a', day(-1), { bot: false, frame: false })],
      verdict: 'won',
    },
  ])
})

describe('the first verdict that applies stands', () => {
  const selfless = { code: 'SELF', frame: true, bot: true }
  run([
    {
      name: 'unverified before bot',
      facts: [VOID, visit('a', day(-1), { ...selfless, visitor: 'v2' })],
      verdict: 'unverified',
    },
    { name: 'bot before framed', facts: [visit('a', day(-1), selfless)], verdict: 'bot' },
    {
      name: 'framed before the ended alias',
      facts: [visit('a', day(-1), { code: 'OLDANN', frame: true })],
      verdict: 'framed',
    },
    {
      name: 'revoked before the ended alias',
      facts: [TIED, install('a', day(-1), stamp({ code: 'OLDANN' }))],
      verdict: 'revoked',
    },
    {
      name: 'the ended alias before the self-referral',
      facts: [
        identify('e', day(-50), { emailHash: 'hash:ann' }),
        visit('a', day(-1), { code: 'OLDANN' }),
      ],
      verdict: 'alias_ended',
    },
    {
      name: 'self-referral before inactive',
      facts: [
        identify('e', day(-50), { emailHash: 'hash:off' }),
        visit('a', day(-1), { code: 'OFF' }),
      ],
      verdict: 'self_referral',
    },
    {
      name: 'inactive before lapsed',
      facts: [code('a', day(31), { visitor: 'v1', code: 'OFF' })],
      verdict: 'inactive',
    },
    {
      name: 'inactive before outside the window',
      facts: [visit('a', day(-91), { code: 'OFF' })],
      verdict: 'inactive',
    },
  ])
})

describe('E7: self-referral', () => {
  const ann = { emailHash: 'hash:ann' }
  const cus = { emailHash: 'hash:cus' }
  const link = visit('a', day(-1))
  run([
    {
      name: 'by the trusted e-mail',
      facts: [identify('e', day(-9), ann), link],
      verdict: 'self_referral',
    },
    {
      name: 'by an e-mail that came late',
      facts: [identify('e', day(99), ann), link],
      verdict: 'self_referral',
    },
    {
      name: 'by the e-mail of a sale',
      facts: [sale('e', day(9), ann), link],
      verdict: 'self_referral',
    },
    {
      name: 'not by a later trusted e-mail',
      facts: [identify('e', day(-9), cus), identify('f', day(-8), ann), link],
      verdict: 'won',
    },
    {
      name: 'by the first trusted e-mail in order, however given',
      facts: [identify('f', day(-8), cus), identify('e', day(-9), ann), link],
      verdict: 'self_referral',
    },
    {
      name: 'of equal times by the smaller id',
      facts: [identify('f', day(-9), cus), identify('e', day(-9), ann), link],
      verdict: 'self_referral',
    },
    {
      name: 'not by the e-mail of another customer',
      facts: [identify('e', day(-9), { ...ann, customer: 'c2' }), link],
      verdict: 'won',
    },
    {
      name: 'not by an open e-mail of a verified customer',
      facts: [identify('e', day(-9), { ...ann, ...OPEN, visitor: 'v1' }), link],
      verdict: 'won',
    },
    {
      name: 'not by a signed e-mail',
      facts: [identify('e', day(-9), { ...ann, ...SIGNED, visitor: 'v1' }), link],
      verdict: 'won',
    },
    {
      name: 'not by the e-mail of a lead',
      facts: [lead('e', day(-9), { ...ann, customer: 'c1', status: 'accepted' }), link],
      verdict: 'won',
    },
    {
      name: 'of an assignment as well',
      facts: [assign('a', day(-1), 'self')],
      verdict: 'self_referral',
    },
    {
      name: 'of nobody never',
      facts: [identify('e', day(-9), ann), assign('a', day(-1), null)],
      verdict: 'won',
    },
  ])

  const openTie = { ...OPEN, visitor: 'v1' }
  const other = { ...OPEN, visitor: 'v2' }
  const I1 = { ...OPEN, install: 'i1' }
  const flag = [{ source: 'flag', code: 'ANN' }] as const
  const code1 = code('a', day(-1), { customer: 'c1', signed: true })
  it.each<[string, readonly Fact[], CandidateVerdict]>([
    [
      'by the open e-mail of its own tie',
      [identify('e', ANCHOR, { ...openTie, ...ann }), link],
      'self_referral',
    ],
    [
      'not by that of another tie',
      [identify('t', ANCHOR, openTie), identify('e', ANCHOR, { ...other, ...ann }), link],
      'won',
    ],
    [
      'not by that of a tie that came late',
      [identify('t', ANCHOR, openTie), identify('e', day(1), { ...openTie, ...ann }), link],
      'won',
    ],
    [
      'by one of several',
      [
        identify('t', ANCHOR, { ...openTie, ...cus }),
        identify('e', ANCHOR, { ...openTie, ...ann }),
        link,
      ],
      'self_referral',
    ],
    [
      'by the tie of the installation that leads to it',
      [
        identify('e', ANCHOR, { ...I1, ...ann }),
        install('n', day(-2), [], { visitor: 'v1' }),
        link,
      ],
      'self_referral',
    ],
    [
      'of an installation by its own tie',
      [identify('e', ANCHOR, { ...I1, ...ann }), install('a', day(-1), flag)],
      'self_referral',
    ],
    [
      'not of an installation by the tie of its visitor',
      [
        identify('t', ANCHOR, I1),
        identify('e', ANCHOR, { ...openTie, ...ann }),
        install('a', day(-1), flag, { visitor: 'v1' }),
      ],
      'won',
    ],
    [
      'of a late verified carrier by its open tie',
      [
        identify('t', day(1), { visitor: 'v1' }),
        identify('e', ANCHOR, { ...openTie, ...ann }),
        link,
      ],
      'self_referral',
    ],
    [
      'of an open signup with a code by its own e-mail',
      [signup('a', minute(-1), { ...OPEN, code: 'ANN', ...ann })],
      'self_referral',
    ],
    [
      'not of an open signup by the e-mail of another',
      [
        signup('a', minute(-1), { ...OPEN, code: 'ANN', ...cus }),
        signup('e', minute(-1), { ...OPEN, ...ann }),
      ],
      'won',
    ],
    [
      'not of a code that names the customer by an open tie',
      [identify('e', ANCHOR, { ...openTie, ...ann }), code1],
      'won',
    ],
    [
      'by the trusted e-mail though the open one differs',
      [identify('t', ANCHOR, { ...openTie, ...cus }), identify('e', ANCHOR, ann), link],
      'self_referral',
    ],
  ])('%s', (_name, facts, verdict) => {
    const { candidates, verified } = decided([sale('x', ANCHOR), ...facts])
    const found = candidates.filter(({ evidence }) => evidence.startsWith('a'))
    expect(found.map((candidate) => candidate.verdict)).toEqual([verdict])
    expect(verified).toBe(false)
  })
})
