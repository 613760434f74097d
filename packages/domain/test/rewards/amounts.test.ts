import { describe, expect, test } from 'vitest'
import { type CustomerFacts, dueOf, type Terms } from '../../src/index.ts'
import { at, customer, RATE_30, type SaleFacts, scene } from './scene.ts'

describe('how much, and why in words', () => {
  test.each<[string, Terms, Omit<SaleFacts, 'at'>, number, string]>([
    ['a share', RATE_30, {}, 1470, '30 % of 49.00 = 14.70'],
    [
      'a share that is rounded up',
      RATE_30,
      { amountMinor: 4995 },
      1499,
      '30 % of 49.95 = 14.985, rounded to 14.99',
    ],
    [
      'a share that is rounded down',
      RATE_30,
      { amountMinor: 4901 },
      1470,
      '30 % of 49.01 = 14.703, rounded to 14.70',
    ],
    [
      'half a minor unit',
      { ...RATE_30, rate: { basisPoints: 5000 } },
      { amountMinor: 1 },
      1,
      '50 % of 0.01 = 0.005, rounded to 0.01',
    ],
    [
      'yen',
      RATE_30,
      { amountMinor: 4905, currency: 'JPY' },
      1472,
      '30 % of 4905 = 1471.5, rounded to 1472',
    ],
    [
      'dinars',
      RATE_30,
      { amountMinor: 49_000, currency: 'KWD' },
      14_700,
      '30 % of 49.000 = 14.700',
    ],
    [
      'less tax',
      { ...RATE_30, base: 'net_of_tax' },
      { taxMinor: 782, feeMinor: 100 },
      1235,
      '30 % of 41.18 (net of tax) = 12.354, rounded to 12.35',
    ],
    [
      'less tax and fee',
      { ...RATE_30, base: 'net' },
      { taxMinor: 782, feeMinor: 118 },
      1200,
      '30 % of 40.00 (net of tax and fee) = 12.00',
    ],
    [
      'a fixed amount, in its currency',
      { trigger: 'every_sale', rate: { amount: 500, currency: 'USD' } },
      {},
      500,
      '5.00 for the sale',
    ],
    [
      'of a product',
      { ...RATE_30, products: { pbx: { rate: { basisPoints: 1000 } } } },
      { product: 'pbx', plan: 'gold' },
      490,
      '10 % of 49.00 = 4.90',
    ],
    [
      'of a plan',
      { ...RATE_30, products: { gold: { rate: { basisPoints: 1000 } } } },
      { product: 'pbx', plan: 'gold' },
      490,
      '10 % of 49.00 = 4.90',
    ],
    [
      'of a product with the name of something else',
      { ...RATE_30, products: {} },
      { product: 'constructor' },
      1470,
      '30 % of 49.00 = 14.70',
    ],
    [
      'a cap',
      { ...RATE_30, caps: { perPeriod: 1000, perProgram: 1200 } },
      {},
      1000,
      '30 % of 49.00 = 14.70, cut to 10.00 by the cap per month',
    ],
    [
      'a cap that just fits',
      { ...RATE_30, caps: { perCustomer: 1470 } },
      {},
      1470,
      '30 % of 49.00 = 14.70',
    ],
    [
      'a cap that the rounding keeps',
      { ...RATE_30, caps: { perCustomer: 1470 } },
      { amountMinor: 4901 },
      1470,
      '30 % of 49.01 = 14.703, rounded to 14.70',
    ],
    [
      'more than a number holds',
      { ...RATE_30, rate: { basisPoints: 100_000 } },
      { amountMinor: Number.MAX_SAFE_INTEGER },
      Number.MAX_SAFE_INTEGER,
      '1000 % of 90071992547409.91 = 90071992547409.91',
    ],
    [
      'a tier of a share',
      { trigger: 'every_sale', tiers: [{ from: 1, basisPoints: 1000 }] },
      {},
      490,
      'first referral: 10 % of 49.00 = 4.90',
    ],
  ])('%s', (_, terms, sale, amountMinor, explanation) => {
    const due = dueOf(scene([customer('c', [{ at: '2026-01-01', ...sale }])], { terms }))
    expect(due.rewards).toMatchObject([{ amountMinor, explanation }])
  })

  test('a hold of days counts from the moment it was earned, 24 hours each', () => {
    const terms: Terms = { ...RATE_30, holdDays: 30, review: 'auto' }
    const due = dueOf(scene([customer('c', ['2026-03-01'])], { terms, zone: 'America/New_York' }))
    expect(due.rewards).toMatchObject([
      { holdUntil: at('2026-03-31'), accrualMonth: '2026-02', review: 'auto' },
    ])
  })

  test.each<[number | undefined, number]>([
    [0, 0],
    [1, 0],
    [2, 1],
    [2450, 735],
    [4899, 1470],
    [4900, 1470],
    [undefined, 1470],
    [9999, 1470],
  ])('a refund of %s minor units reverses %d', (amountMinor, reversedMinor) => {
    const refunds = [{ at: '2026-02-01', ...(amountMinor === undefined ? {} : { amountMinor }) }]
    const due = dueOf(scene([customer('c', [{ at: '2026-01-01', refunds }])]))
    expect(due.rewards).toMatchObject([{ amountMinor: 1470, reversedMinor }])
  })
})

describe('the status it starts with', () => {
  test.each<[string, Partial<SaleFacts>, CustomerFacts['provisional'], string[], string | null]>([
    ['nothing speaks against it', {}, null, ['sale:other'], null],
    ['the credit is provisional', {}, 'contested', [], 'contested'],
    [
      "another's reviewed reward stands",
      {},
      'contested',
      ['sale:c 2026-01-01'],
      'already_credited',
    ],
    ['the order disagrees', { isDoubled: true }, 'shared', ['sale:c 2026-01-01'], 'order_conflict'],
  ])('%s', (_, sale, provisional, taken, reason) => {
    const who = customer('c', [{ at: '2026-01-01', ...sale }], { provisional })
    const due = dueOf(scene([who], { taken: new Set(taken) }))
    expect(due.rewards).toMatchObject([{ status: reason === null ? 'new' : 'on_hold', reason }])
  })
})
