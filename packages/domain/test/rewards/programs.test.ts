/** The worked cases of the programs that Sentby must run, to the cent. */
import { describe, expect, test } from 'vitest'
import { dueOf, dueOfCustomer, type Terms } from '../../src/index.ts'
import { at, customer, type SaleFacts, scene } from './scene.ts'

/** The tenth of so many months, from February 2025 on. */
function monthly(count: number): string[] {
  return Array.from({ length: count }, (_, n) =>
    new Date(Date.UTC(2025, 1 + n, 10)).toISOString().slice(0, 10),
  )
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, one) => total + one, 0)
}

describe('odoo-pbx', () => {
  const PARTNER: Terms = { trigger: 'every_sale', rate: { basisPoints: 3000 }, duration: 'life' }
  const REFERRAL: Terms = {
    trigger: 'every_sale',
    rate: { basisPoints: 1000 },
    duration: { months: 12 },
  }

  test('MAX earns 14.70 of each of 14 payments of 49.00, which is 205.80', () => {
    const { rewards, noRewards } = dueOf(
      scene([customer('ins_1', monthly(14))], { terms: PARTNER }),
    )
    expect(new Set(rewards.map(({ amountMinor }) => amountMinor))).toEqual(new Set([1470]))
    expect(rewards.at(-1)?.earnedAt).toBe(at('2026-03-10'))
    expect(sum(rewards.map(({ amountMinor }) => amountMinor))).toBe(20_580)
    expect(sum(rewards.slice(0, -1).map(({ amountMinor }) => amountMinor))).toBeLessThan(20_000)
    expect(rewards[0]?.explanation).toBe('30 % of 49.00 = 14.70')
    expect(noRewards).toEqual([])
  })

  test('LEA earns 4.90 of twelve payments, and nothing of the thirteenth, a year on', () => {
    const lea = customer('ins_2', monthly(13))
    const { rewards, noRewards } = dueOf(scene([lea], { terms: REFERRAL }))
    expect(rewards.map(({ amountMinor }) => amountMinor)).toEqual(Array(12).fill(490))
    expect(sum(rewards.map(({ amountMinor }) => amountMinor))).toBe(5880)
    expect(noRewards.map(({ moment, reason }) => [moment, reason])).toEqual([
      [at('2026-02-10'), 'term_ended'],
    ])
  })

  test("LEA's 60.00 of a year's payment bring her to 99.20 with the eighth, 104.10 with the ninth", () => {
    const yearly = customer('other', [{ at: '2025-03-01', amountMinor: 60_000 }])
    const balanceOn = (day: string) =>
      sum(
        dueOf(
          scene([customer('ins_2', monthly(13)), yearly], { terms: REFERRAL, asOf: at(day) }),
        ).rewards.map(({ amountMinor }) => amountMinor),
      )
    expect([balanceOn('2025-09-10'), balanceOn('2025-10-10')]).toEqual([9920, 10_410])
  })

  test.each<[string, { at: string; amountMinor: number }[], number]>([
    ['nothing yet', [], 0],
    ['10.00', [{ at: '2025-06-12', amountMinor: 1000 }], 300],
    [
      '10.00 and then 39.00',
      [
        { at: '2025-06-12', amountMinor: 1000 },
        { at: '2025-07-01', amountMinor: 3900 },
      ],
      1470,
    ],
  ])("of NIA's sale %s is given back", (_, refunds, reversedMinor) => {
    const { rewards } = dueOf(
      scene([customer('ins_3', [{ at: '2025-06-10', refunds }])], { terms: PARTNER }),
    )
    expect(rewards).toMatchObject([{ amountMinor: 1470, reversedMinor }])
  })

  test.each<[Terms['afterCancel'], number]>([
    [undefined, 0],
    ['ends', 0],
    ['resumes', 1],
  ])('after the cancel of 2026-04-02 (%s) a win-back gives %d rewards', (afterCancel, count) => {
    const max = customer('ins_1', [...monthly(14), '2026-05-10'], {
      cancels: [{ at: at('2026-04-02') }],
    })
    const { rewards } = dueOf(scene([max], { terms: { ...PARTNER, afterCancel } }))
    expect(rewards.length).toBe(14 + count)
  })
})

describe('advocates', () => {
  const TERMS: Terms = {
    trigger: 'qualification',
    qualification: { paidPeriods: 2, days: 60 },
    kind: 'account_credit',
    tiers: [
      { from: 1, amount: 10_000 },
      { from: 3, amount: 15_000 },
      { from: 6, amount: 20_000 },
    ],
    currency: 'USD',
    offer: { basisPoints: 5000, periods: 1 },
  }
  const zone = 'America/New_York'
  const told = { terms: TERMS, zone }
  const hosting = (days: [string, string, string]): SaleFacts[] => [
    { at: days[0], period: [days[0], days[1]], amountMinor: 4000, currency: 'USD' },
    { at: days[1], period: [days[1], days[2]], amountMinor: 8000, currency: 'USD' },
  ]
  /** Local midnights: in summer time from March 8 on. */
  const ALPHA = hosting(['2026-01-10T05:00Z', '2026-02-09T05:00Z', '2026-03-11T04:00Z'])
  const BETA = hosting(['2026-02-01T05:00Z', '2026-03-03T05:00Z', '2026-04-02T04:00Z'])
  const GAMMA = hosting(['2026-03-21T04:00Z', '2026-04-20T04:00Z', '2026-05-20T04:00Z'])
  const DELTA = hosting(['2026-03-01T05:00Z', '2026-03-31T04:00Z', '2026-04-30T04:00Z'])

  test.each<[string, SaleFacts[], string]>([
    ['the first invoice', ALPHA.slice(0, 1), '2026-01-10T05:00Z'],
    ['the second invoice', ALPHA, '2026-02-09T05:00Z'],
    ['the last moment before Mar 11', ALPHA, '2026-03-11T03:59:59.999Z'],
  ])('with %s the reward of alpha is expected on Mar 11', (_, sales, asOf) => {
    const due = dueOf(scene([customer('alpha', sales)], { ...told, asOf: at(asOf) }))
    expect(due).toMatchObject({
      rewards: [],
      expected: [{ expectedAt: at('2026-03-11T04:00Z'), amountMinor: 10_000, currency: 'USD' }],
      noRewards: [{ key: expect.stringContaining('sale:alpha'), reason: 'term_ended' }].slice(
        0,
        sales.length - 1,
      ),
    })
  })

  test('at midnight of Mar 11 in New York alpha gives 100.00, earned in March', () => {
    const asOf = at('2026-03-11T04:00Z')
    expect(dueOf(scene([customer('alpha', ALPHA)], { ...told, asOf })).rewards).toMatchObject([
      {
        key: 'qualification:alpha',
        amountMinor: 10_000,
        kind: 'account_credit',
        currency: 'USD',
        status: 'new',
        earnedAt: asOf,
        accrualMonth: '2026-03',
        rank: 1,
        tier: 1,
        explanation: 'first referral: 100.00',
      },
    ])
  })

  test('beta gives 100.00, gamma as the third 150.00, delta that cancelled nothing', () => {
    const due = dueOf(
      scene(
        [
          customer('gamma', GAMMA),
          customer('delta', DELTA, { cancels: [{ at: at('2026-04-15') }] }),
          customer('beta', BETA),
          customer('alpha', ALPHA),
        ],
        told,
      ),
    )
    expect(
      due.rewards.map((one) => [one.customer, one.amountMinor, one.earnedAt, one.explanation]),
    ).toEqual([
      ['alpha', 10_000, at('2026-03-11T04:00Z'), 'first referral: 100.00'],
      ['beta', 10_000, at('2026-04-02T04:00Z'), 'second referral: 100.00'],
      ['gamma', 15_000, at('2026-05-20T04:00Z'), 'third referral: 150.00'],
    ])
    expect(due.noRewards.filter(({ reason }) => reason !== 'term_ended')).toMatchObject([
      { key: 'qualification:delta', reason: 'cancelled_before_qualification' },
    ])
  })

  test('ada herself gives nothing: self_referral', () => {
    const { partner: _, customers: __, ...asked } = scene([], told)
    const due = dueOfCustomer({
      ...asked,
      credited: 'self_referral',
      customer: customer('ada', ALPHA),
    })
    expect([...due.rewards, ...due.expected]).toEqual([])
    expect(due.noRewards.map(({ reason }) => reason)).toEqual(['self_referral', 'self_referral'])
  })
})

describe('crm-migration', () => {
  const told = {
    terms: {
      trigger: 'every_sale',
      rate: { basisPoints: 2000 },
      duration: { months: 12 },
    } satisfies Terms,
    zone: 'America/Detroit',
    cutover: '2024-06-01T04:00:00Z',
  }
  const importedFirstPaymentAt = at('2024-01-15T05:00:00Z')

  test.each<[string, string, number | string]>([
    ['the last second before the cutover', '2024-06-01T03:59:59Z', 'payable_elsewhere'],
    ['the cutover', '2024-06-01T04:00:00Z', 2000],
    ['the last moment of the twelve months', '2025-01-15T04:59:59.999Z', 2000],
    ['twelve months from 2024-01-15', '2025-01-15T05:00:00Z', 'term_ended'],
  ])('100.00 paid by c1 at %s', (_, time, expected) => {
    const sale = { at: time, amountMinor: 10_000, currency: 'USD' }
    const due = dueOf(scene([customer('c1', [sale], { importedFirstPaymentAt })], told))
    expect([...due.rewards, ...due.noRewards]).toMatchObject([
      typeof expected === 'number' ? { amountMinor: expected } : { reason: expected },
    ])
  })

  test('the trial t1 that pays on 2024-06-20 gives 20.00', () => {
    const sale = { at: '2024-06-20', amountMinor: 10_000, currency: 'USD' }
    expect(dueOf(scene([customer('t1', [sale])], told)).rewards).toMatchObject([
      { amountMinor: 2000, explanation: '20 % of 100.00 = 20.00' },
    ])
  })
})
