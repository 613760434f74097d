import { describe, expect, test } from 'vitest'
import { type CustomerFacts, dueOf, type RewardReviews, type Terms } from '../../src/index.ts'
import { at, customer, RATE_30, scene } from './scene.ts'

describe('the rank of a referral (M8)', () => {
  const TIERS: Terms = {
    trigger: 'first_sale',
    tiers: [
      { from: 1, amount: 100 },
      { from: 2, amount: 200 },
      { from: 3, amount: 300 },
    ],
    currency: 'EUR',
  }
  const declined = (...times: [string, RewardReviews['history'][number]['status']][]) => ({
    history: times.map(([time, status]) => ({ at: at(time), status })),
    reviewed: null,
  })
  const back = { refunds: [{ at: '2026-01-15' }] }
  test.each<[string, CustomerFacts[], [string, RewardReviews][], [string, number][]]>([
    [
      'grows with each',
      [customer('b', ['2026-01-20']), customer('a', ['2026-01-10'])],
      [],
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    [
      'goes by the customer at one moment',
      [customer('b', ['2026-01-10']), customer('a', ['2026-01-10'])],
      [],
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    [
      'leaves out one given back before',
      [customer('a', [{ at: '2026-01-10', ...back }]), customer('b', ['2026-01-15'])],
      [],
      [
        ['a', 1],
        ['b', 1],
      ],
    ],
    [
      'counts one given back a moment later',
      [customer('a', [{ at: '2026-01-10', ...back }]), customer('b', ['2026-01-14T23:59:59.999Z'])],
      [],
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    [
      'leaves out one declined before',
      [customer('a', ['2026-01-10']), customer('b', ['2026-01-20'])],
      [['sale:a 2026-01-10', declined(['2026-01-20', 'declined'])]],
      [
        ['a', 1],
        ['b', 1],
      ],
    ],
    [
      'counts one declined later',
      [customer('a', ['2026-01-10']), customer('b', ['2026-01-20'])],
      [['sale:a 2026-01-10', declined(['2026-01-20T00:00:00.001Z', 'declined'])]],
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    [
      'counts one again that was taken back',
      [customer('a', ['2026-01-10']), customer('b', ['2026-01-20'])],
      [['sale:a 2026-01-10', declined(['2026-01-11', 'declined'], ['2026-01-12', 'new'])]],
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    [
      'counts one again whose declining was taken back by a clock that is behind',
      [customer('a', ['2026-01-10']), customer('b', ['2026-01-20'])],
      [['sale:a 2026-01-10', declined(['2026-01-18', 'declined'], ['2026-01-12', 'new'])]],
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    [
      'leaves out one declined by a clock that is behind, and only after that moment',
      [customer('a', ['2026-01-10']), customer('b', ['2026-01-11']), customer('c', ['2026-01-20'])],
      [['sale:a 2026-01-10', declined(['2026-01-18', 'new'], ['2026-01-12', 'declined'])]],
      [
        ['a', 1],
        ['b', 2],
        ['c', 2],
      ],
    ],
    [
      'leaves out customers that never earned',
      [customer('a', [{ at: '2026-01-10', amountMinor: 0 }]), customer('b', ['2026-01-20'])],
      [],
      [['b', 1]],
    ],
  ])('%s', (_, customers, reviews, expected) => {
    const due = dueOf(scene(customers, { terms: TIERS, reviews: new Map(reviews) }))
    expect(due.rewards.map((one) => [one.customer, one.rank])).toEqual(expected)
    expect(due.rewards.map((one) => one.amountMinor)).toEqual(
      expected.map(([, rank]) => rank * 100),
    )
  })

  test('a rank below the first tier earns nothing, and counts for the next', () => {
    const terms: Terms = {
      trigger: 'first_sale',
      tiers: [{ from: 2, amount: 200 }],
      currency: 'EUR',
    }
    const due = dueOf(
      scene([customer('a', ['2026-01-10']), customer('b', ['2026-01-20'])], { terms }),
    )
    expect(due.noRewards).toMatchObject([{ customer: 'a', reason: 'zero_amount' }])
    expect(due.rewards).toMatchObject([{ customer: 'b', rank: 2, tier: 2, amountMinor: 200 }])
  })

  test('twelfth, 21st and 22nd are written so', () => {
    const customers = Array.from({ length: 23 }, (_, n) =>
      customer(`c${n + 10}`, [`2026-01-${String(n + 1).padStart(2, '0')}`]),
    )
    const words = dueOf(scene(customers, { terms: TIERS })).rewards.map((one) => one.explanation)
    expect([1, 10, 11, 12, 13, 21, 22, 23].map((rank) => words[rank - 1])).toEqual([
      'first referral: 1.00',
      'tenth referral: 3.00',
      '11th referral: 3.00',
      '12th referral: 3.00',
      '13th referral: 3.00',
      '21st referral: 3.00',
      '22nd referral: 3.00',
      '23rd referral: 3.00',
    ])
  })
})

describe('caps (M9)', () => {
  const reviewed = (amountMinor: number, currency = 'EUR'): RewardReviews => ({
    history: [{ at: at('2026-06-01'), status: 'approved' }],
    reviewed: { amountMinor, currency, kind: 'cash' },
  })
  const DECLINED: RewardReviews = {
    history: [{ at: at('2026-06-01'), status: 'declined' }],
    reviewed: null,
  }
  const two = [customer('a', ['2026-01-10']), customer('b', ['2026-01-31'])]
  test.each<[string, Terms['caps'], CustomerFacts[], [string, RewardReviews][], number[]]>([
    ['fill in the order of earning', { perProgram: 2000 }, two, [], [1470, 530]],
    ['of a customer do not bind another', { perCustomer: 1470 }, two, [], [1470, 1470]],
    [
      'of a customer bind its sales',
      { perCustomer: 2000 },
      [customer('a', ['2026-01-10', '2027-01-10'])],
      [],
      [1470, 530],
    ],
    ['of a month bind it', { perPeriod: 2000 }, two, [], [1470, 530]],
    [
      'of a month begin anew',
      { perPeriod: 2000 },
      [customer('a', ['2026-01-31T23:59:59.999Z', '2026-02-01'])],
      [],
      [1470, 1470],
    ],
    [
      'the smallest room decides',
      { perCustomer: 1000, perPeriod: 900, perProgram: 1100 },
      two,
      [],
      [900],
    ],
    [
      'count before reversals',
      { perProgram: 1470 },
      [
        customer('a', [{ at: '2026-01-10', refunds: [{ at: '2026-01-11' }] }]),
        customer('b', ['2026-01-31']),
      ],
      [],
      [1470],
    ],
    [
      'are filled first by what is reviewed',
      { perProgram: 2000 },
      two,
      [['sale:b 2026-01-31', reviewed(1470)]],
      [530, 1470],
    ],
    [
      'let go what nobody else took of a reviewed one',
      { perProgram: 2000 },
      two,
      [['sale:b 2026-01-31', reviewed(530)]],
      [1470, 530],
    ],
    [
      'leave out what a reviewer declined',
      { perProgram: 2000 },
      two,
      [['sale:a 2026-01-10', DECLINED]],
      [1470, 1470],
    ],
    [
      'do not mix currencies',
      { perProgram: 2000 },
      [customer('a', ['2026-01-10']), customer('b', [{ at: '2026-01-31', currency: 'USD' }])],
      [],
      [1470, 1470],
    ],
    [
      'forget a review in another currency',
      { perProgram: 2000 },
      two,
      [['sale:b 2026-01-31', reviewed(1470, 'USD')]],
      [1470, 530],
    ],
  ])('%s', (_, caps, customers, reviews, expected) => {
    const terms: Terms = { ...RATE_30, caps }
    for (const given of [customers, customers.toReversed()]) {
      const due = dueOf(scene(given, { terms, reviews: new Map(reviews) }))
      expect(due.rewards.map(({ amountMinor }) => amountMinor)).toEqual(expected)
    }
  })
})
