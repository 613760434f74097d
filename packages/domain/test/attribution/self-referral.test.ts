import { describe, expect, it } from 'vitest'
import type { CandidateVerdict, Fact } from '../../src/index.ts'
import {
  ANCHOR,
  assign,
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
import { verdictRows, verdictsOfA } from './verdict-rows.ts'

describe('E7: self-referral', () => {
  const ann = { emailHash: 'hash:ann' }
  const cus = { emailHash: 'hash:cus' }
  const link = visit('a', day(-1))
  verdictRows([
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
    expect(verdictsOfA(candidates)).toEqual([verdict])
    expect(verified).toBe(false)
  })
})
