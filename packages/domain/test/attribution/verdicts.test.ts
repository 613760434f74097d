import { describe } from 'vitest'
import type { Claim } from '../../src/index.ts'
import { ANCHOR, assign, code, day, identify, install, OPEN, visit } from './scene.ts'
import { verdictRows } from './verdict-rows.ts'

const VOID = identify('t', ANCHOR, { ...OPEN, visitor: 'v2' })
const TIED = identify('t', ANCHOR, { install: 'i1' })
const stamp = (given: Partial<Claim> = {}): Claim[] => [
  { source: 'stamp', code: 'ANN', download: 'd1', ...given },
]

describe('CONTRACT §4.3: every verdict', () => {
  verdictRows([
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
  verdictRows([
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
  verdictRows([
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
