import { describe, expect, test } from 'vitest'
import { type CustomerFacts, type Due, dueOf, type Terms } from '../../src/index.ts'
import { at, customer, RATE_30, type Scene, scene } from './scene.ts'

function said(due: Due): (number | string | null)[] {
  return [
    ...due.rewards.map((one) => one.amountMinor),
    ...due.expected.map((one) => `expected ${one.expectedAt ?? 'some day'}`),
    ...due.noRewards.map((one) => one.reason),
  ]
}

describe('why a sale earns nothing: the first reason that applies', () => {
  const SIGNUP: Terms = { trigger: 'signup', rate: { amount: 100, currency: 'EUR' } }
  const HALF: Terms = { trigger: 'every_sale', rate: { basisPoints: 5000 } }
  const cancelled = (time: string, subscription?: string) => ({
    cancels: [{ at: at(time), subscription }],
  })
  test.each<[string, CustomerFacts, Scene, (number | string | null)[]]>([
    [
      'before the cutover',
      customer('c', ['2026-01-01']),
      { cutover: '2026-01-01T00:00:00.001Z' },
      ['payable_elsewhere'],
    ],
    ['at the cutover', customer('c', ['2026-01-01']), { cutover: '2026-01-01' }, [1470]],
    [
      'nothing was paid',
      customer('c', [{ at: '2026-01-01', amountMinor: 0 }]),
      {},
      ['zero_amount'],
    ],
    [
      'before the cutover and nothing paid',
      customer('c', [{ at: '2026-01-01', amountMinor: 0 }]),
      { cutover: '2027-01-01' },
      ['payable_elsewhere'],
    ],
    [
      'a partner that never was active',
      customer('c', ['2026-01-01']),
      { partner: { statuses: [] } },
      ['partner_inactive'],
    ],
    [
      'a partner deactivated at that moment',
      customer('c', ['2026-01-01']),
      {
        partner: {
          statuses: [
            { from: null, status: 'active' },
            { from: at('2026-01-01'), status: 'inactive' },
          ],
        },
      },
      ['partner_inactive'],
    ],
    [
      'a partner deactivated a moment later',
      customer('c', ['2026-01-01']),
      {
        partner: {
          statuses: [
            { from: null, status: 'active' },
            { from: at('2026-01-01T00:00:00.001Z'), status: 'inactive' },
          ],
        },
      },
      [1470],
    ],
    [
      'no group yet',
      customer('c', ['2026-01-01']),
      { partner: { groups: [{ from: at('2026-01-02'), group: 'group' }] } },
      ['no_terms'],
    ],
    [
      'a group without terms',
      customer('c', ['2026-01-01']),
      { partner: { groups: [{ from: null, group: 'other' }] } },
      ['no_terms'],
    ],
    [
      'terms that begin later',
      customer('c', ['2026-01-01']),
      { versions: [{ from: '2026-01-01T00:00:00.001Z', terms: RATE_30 }] },
      ['no_terms'],
    ],
    [
      'terms that begin then',
      customer('c', ['2026-01-01']),
      { versions: [{ from: '2026-01-01', terms: RATE_30 }] },
      [1470],
    ],
    [
      'of two versions the later',
      customer('c', ['2026-01-01']),
      {
        versions: [
          { from: '2025-01-01', terms: HALF },
          { from: null, terms: RATE_30 },
        ],
      },
      [2450],
    ],
    [
      'of two versions from one moment the later put',
      customer('c', ['2026-01-01']),
      {
        versions: [
          { from: null, terms: RATE_30 },
          { from: null, terms: HALF },
        ],
      },
      [2450],
    ],
    ['terms of signups', customer('c', ['2026-01-01']), { terms: SIGNUP }, ['no_terms']],
    [
      'the second sale, of terms for the first',
      customer('c', ['2026-01-01', '2026-01-02']),
      { terms: { ...RATE_30, trigger: 'first_sale' } },
      [1470, 'term_ended'],
    ],
    [
      'a free sale is not the first',
      customer('c', [{ at: '2026-01-01', amountMinor: 0 }, '2026-01-02']),
      { terms: { ...RATE_30, trigger: 'first_sale' } },
      [1470, 'zero_amount'],
    ],
    [
      'a first sale paid to the former system',
      customer('c', ['2026-01-02'], { importedFirstPaymentAt: at('2026-01-01') }),
      { terms: { ...RATE_30, trigger: 'first_sale' } },
      ['term_ended'],
    ],
    [
      'an import that knows the same payment',
      customer('c', ['2026-01-02'], { importedFirstPaymentAt: at('2026-01-02') }),
      { terms: { ...RATE_30, trigger: 'first_sale' } },
      [1470],
    ],
    [
      'once',
      customer('c', ['2026-01-01', '2026-01-02']),
      { terms: { ...RATE_30, duration: 'once' } },
      [1470, 'term_ended'],
    ],
    [
      'cancelled before',
      customer('c', ['2026-01-02'], cancelled('2026-01-01T23:59:59.999Z')),
      {},
      ['term_ended'],
    ],
    [
      'cancelled at that moment',
      customer('c', ['2026-01-02'], cancelled('2026-01-02')),
      {},
      [1470],
    ],
    [
      'another subscription was cancelled',
      customer('c', [{ at: '2026-01-02', subscription: 'a' }], cancelled('2026-01-01', 'b')),
      {},
      [1470],
    ],
    [
      'its subscription was cancelled',
      customer('c', [{ at: '2026-01-02', subscription: 'a' }], cancelled('2026-01-01', 'a')),
      {},
      ['term_ended'],
    ],
    [
      'a subscription was cancelled, and it has none',
      customer('c', ['2026-01-02'], cancelled('2026-01-01', 'a')),
      {},
      [1470],
    ],
    [
      'all were cancelled',
      customer('c', [{ at: '2026-01-02', subscription: 'a' }], cancelled('2026-01-01')),
      {},
      ['term_ended'],
    ],
    [
      'less than half a minor unit',
      customer('c', [{ at: '2026-01-01', amountMinor: 1 }]),
      {},
      ['zero_amount'],
    ],
    [
      'half a minor unit',
      customer('c', [{ at: '2026-01-01', amountMinor: 1 }]),
      { terms: HALF },
      [1],
    ],
    [
      'a cap of nothing',
      customer('c', ['2026-01-01']),
      { terms: { ...RATE_30, caps: { perProgram: 0 } } },
      ['capped'],
    ],
    [
      'a sale to come',
      customer('c', ['2026-01-01']),
      { asOf: at('2025-12-31T23:59:59.999Z') },
      [`expected ${at('2026-01-01')}`],
    ],
    ['a sale now', customer('c', ['2026-01-01']), { asOf: at('2026-01-01') }, [1470]],
    [
      'a trusted signup',
      customer('c', [], { signup: { at: at('2026-01-01'), trusted: true } }),
      { terms: SIGNUP },
      [100],
    ],
    [
      'an open signup',
      customer('c', [], { signup: { at: at('2026-01-01'), trusted: false } }),
      { terms: SIGNUP },
      ['unverified'],
    ],
    [
      'a signup before the cutover',
      customer('c', [], { signup: { at: at('2026-01-01'), trusted: true } }),
      { terms: SIGNUP, cutover: '2026-02-01' },
      ['payable_elsewhere'],
    ],
    [
      'a signup under terms of sales',
      customer('c', [], { signup: { at: at('2026-01-01'), trusted: true } }),
      {},
      ['no_terms'],
    ],
    [
      'a share of a signup',
      customer('c', [], { signup: { at: at('2026-01-01'), trusted: true } }),
      { terms: { trigger: 'signup', rate: { basisPoints: 3000 } } },
      ['zero_amount'],
    ],
  ])('%s', (_, who, told, expected) => {
    expect(said(dueOf(scene([who], told)))).toEqual(expected)
  })

  test.each<[string, string, string, number | string]>([
    ['the last millisecond of a month', '2026-01-31T12:00Z', '2026-02-27T23:59:59.999Z', 1470],
    [
      'Jan 31 and a month is the last day of February',
      '2026-01-31T12:00Z',
      '2026-02-28T00:00Z',
      'term_ended',
    ],
    ['in a leap year it is Feb 29', '2028-01-31T12:00Z', '2028-02-29T00:00Z', 'term_ended'],
    ['and the day before that is in time', '2028-01-31T12:00Z', '2028-02-28T23:59:59.999Z', 1470],
  ])('%s', (_, first, then, expected) => {
    const terms: Terms = { ...RATE_30, duration: { months: 1 } }
    expect(said(dueOf(scene([customer('c', [first, then])], { terms })))).toEqual([1470, expected])
  })
})
