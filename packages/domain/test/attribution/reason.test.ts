import { describe, expect, it } from 'vitest'
import type { Piece } from '../../src/attribution/piece.ts'
import { creditReason } from '../../src/attribution/reason.ts'
import type { Fact, Policy } from '../../src/index.ts'
import {
  ANCHOR,
  assign,
  CONVERSION,
  code,
  day,
  decided,
  install,
  lead,
  policy,
  signup,
  V1,
  visit,
} from './scene.ts'

const claim = (source: 'stamp' | 'filename') => [
  signup('t', ANCHOR, { install: 'i1' }),
  install('n', ANCHOR, [{ source, code: 'ANN' }]),
]

describe('CONTRACT §4.3: the reason of a decision', () => {
  it.each<[string, readonly Fact[], Partial<Policy>?]>([
    ['last link within 90 days', [visit('a', day(-1))]],
    ['first link within 90 days', [visit('a', day(-1))], { within: 'first' }],
    ['last link within 1 day', [visit('a', day(-1))], { windowDays: { link: 1 } }],
    ['last link within 0 days', [visit('a', ANCHOR)], { windowDays: { link: 0 } }],
    ['last typed code within 90 days', [code('a', day(-1), V1)]],
    ['first typed code within 90 days', [code('a', day(-1), V1)], { within: 'first' }],
    ['last coupon within 90 days', [code('a', day(-1), { ...V1, trust: 'secret', coupon: true })]],
    ['last stamped download within 90 days', claim('stamp')],
    ['last download name within 90 days', claim('filename')],
    [
      'accepted lead within 180 days',
      [lead('a', day(-1), { code: 'ANN', status: 'accepted', customer: 'c1' })],
    ],
    [
      'accepted lead within 30 days',
      [lead('a', day(-1), { code: 'ANN', status: 'accepted', customer: 'c1' })],
      { windowDays: { lead: 30 } },
    ],
    ['assigned by the vendor', [assign('a', day(1), 'ann')]],
    ['typed code entered within 30 days after the signup', [code('a', day(1), V1)]],
    [
      'typed code entered within 1 day after the signup',
      [code('a', day(1), V1)],
      { lateClaimDays: 1 },
    ],
    ['assigned_to_nobody', [assign('a', day(1), null), visit('b', day(-1))]],
    ['no_evidence', []],
    ['all_struck', [visit('a', day(1))]],
  ])('is "%s"', (reason, facts, given) => {
    expect(decided([CONVERSION, ...facts], given).reason).toBe(reason)
  })

  it.each<[string, readonly Fact[]]>([
    ['assigned_to_nobody', [assign('a', day(1), null)]],
    ['no_conversion', [visit('a', day(1))]],
    ['no_conversion', [assign('a', day(1), 'off')]],
    ['no_conversion', []],
  ])('is "%s" without a conversion', (reason, facts) => {
    expect(decided(facts)).toMatchObject({ reason, anchor: null, settlesAt: null })
  })

  it('says of imported credit where it comes from', () => {
    const piece = { kind: 'imported', rank: { place: 0, within: 'last' } } as Piece
    expect(creditReason(piece, false, policy())).toBe('imported from another system')
  })
})
