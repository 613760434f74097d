import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { customersAreIndependent, type Due, dueOf, dueOfCustomer } from '../../src/rewards/index.ts'
import { arbitraryDue } from './arbitrary-due.ts'
import { dueNaively, type NaiveDue } from './reference/due-naively.ts'
import type { NaiveReward } from './reference/price-naively.ts'

// More worlds: PROPERTY_RUNS=100000; the same worlds again: PROPERTY_SEED=<the seed a failure prints>.
const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 3000)
const seed = process.env['PROPERTY_SEED']
const parameters = { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) }

vi.setConfig({ testTimeout: 60_000 + numRuns * 20 })

/** What both say, in one form. */
function sayings(due: Due | NaiveDue) {
  if ('reasons' in due) {
    const told = (isDue: boolean) => (one: NaiveReward) => {
      const { key, orders, moment, at, currency, kind, terms, rank } = one
      const [exact, amount] = [String(one.exact), Number(one.amount)]
      const earning = [key, orders, moment, at, exact, amount, currency, kind, terms, rank]
      return isDue ? [...earning, Number(one.reversed), one.status, one.holdUntil] : earning
    }
    return {
      rewards: due.rewards.map(told(true)),
      expected: due.expected.map(told(false)).sort(byKey),
      reasons: [...due.reasons].sort(),
    }
  }
  const earning = (one: Due['rewards'][number] | Due['expected'][number]) => {
    const { key, orders, moment, amountMinor, value, currency, kind, terms, rank } = one
    const at = 'earnedAt' in one ? one.earnedAt : one.expectedAt
    const exact = String((BigInt(value.numerator) * 10_000n) / BigInt(value.denominator))
    const version = `${terms.group} ${terms.version} ${terms.hash}`
    return [key, orders, moment, at, exact, amountMinor, currency, kind, version, rank]
  }
  return {
    rewards: due.rewards.map((one) => [
      ...earning(one),
      one.reversedMinor,
      one.reason ?? one.status,
      one.holdUntil,
    ]),
    expected: due.expected.map(earning).sort(byKey),
    reasons: due.noRewards.map(({ key, reason }) => [key, reason]).sort(),
  }
}

function allOf(dues: readonly Due[]) {
  return dues
    .flatMap(({ rewards, expected, noRewards }) => [...rewards, ...expected, ...noRewards])
    .sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** The text first: it is compared much faster, and mostly the same. */
function expectSame(one: object, other: object): void {
  if (JSON.stringify(one) !== JSON.stringify(other)) expect(one).toEqual(other)
}

function byKey(a: unknown[], b: unknown[]): number {
  return String(a[0]) < String(b[0]) ? -1 : 1
}

describe('what is due', () => {
  it('is in every random world what the naive reading of the page says', () => {
    fc.assert(
      fc.property(arbitraryDue, (input) => {
        expectSame(sayings(dueOf(input)), sayings(dueNaively(input)))
      }),
      parameters,
    )
  })

  it('does not depend on the order of customers, orders and cancels', () => {
    fc.assert(
      fc.property(arbitraryDue, (input) => {
        const turned = input.customers.map((customer) => ({
          ...customer,
          orders: customer.orders.toReversed(),
          cancels: customer.cancels.toReversed(),
        }))
        expectSame(dueOf({ ...input, customers: turned.toReversed() }), dueOf(input))
      }),
      { ...parameters, numRuns: Math.ceil(numRuns / 6) },
    )
  })

  it('is the sum of what each customer is due, where customers are independent', () => {
    let independent = 0
    fc.assert(
      fc.property(arbitraryDue, (input) => {
        const { partner, program, customers } = input
        if (!customersAreIndependent(partner, program)) return
        independent++
        const each = customers.map((customer) =>
          dueOfCustomer({ ...input, credited: partner, customer }),
        )
        expectSame(allOf(each), allOf([dueOf(input)]))
      }),
      { ...parameters, numRuns: Math.ceil(numRuns / 5) },
    )
    expect(independent).toBeGreaterThan(numRuns / 300)
  })

  it('answers every sale and signup once, and a full refund leaves nothing', () => {
    fc.assert(
      fc.property(arbitraryDue, (input) => {
        const { rewards, expected, noRewards } = dueOf(input)
        const keys = [...rewards, ...expected, ...noRewards].map(({ key }) => key)
        const asked = input.customers.reduce(
          (sum, { orders, signup }) => sum + orders.length + (signup ? 1 : 0),
          0,
        )
        expect([keys.length, new Set(keys).size]).toEqual([asked, asked])
        for (const { key, orders, amountMinor, reversedMinor } of rewards) {
          expect(reversedMinor).toBeLessThanOrEqual(amountMinor)
          const rests = input.customers.flatMap((customer) => customer.orders)
          const order = rests.find(({ sale }) => sale.order === orders[0])
          if (key.startsWith('sale:') && order?.refundedMinor === order?.sale.amountMinor) {
            expect(reversedMinor).toBe(amountMinor)
          }
        }
      }),
      { ...parameters, numRuns: Math.ceil(numRuns / 6) },
    )
  })
})

describe('the worlds', () => {
  it('reach every reason, status and cut in one of a hundred', () => {
    const inputs = fc.sample(arbitraryDue, { numRuns: 1200, seed: 1 })
    const dues = inputs.map(dueOf)
    const share = (holds: (due: Due) => boolean) => dues.filter(holds).length / dues.length
    const reasons = [
      'payable_elsewhere',
      'zero_amount',
      'partner_inactive',
      'no_terms',
      'unverified',
      'term_ended',
      'cancelled_before_qualification',
      'capped',
    ]
    const holds = ['order_conflict', 'already_credited', 'unverified', 'contested', 'shared']
    const shares: [string, number][] = [
      ...reasons.map((reason): [string, number] => [
        reason,
        share(({ noRewards }) => noRewards.some((one) => one.reason === reason)),
      ]),
      ...holds.map((reason): [string, number] => [
        `on hold: ${reason}`,
        share(({ rewards }) => rewards.some((one) => one.reason === reason)),
      ]),
      ...['per customer', 'per month', 'of the program'].map((cap): [string, number] => [
        `cut ${cap}`,
        share(({ rewards }) => rewards.some((one) => one.explanation.endsWith(`cap ${cap}`))),
      ]),
      ['expected', share(({ expected }) => expected.some((one) => one.expectedAt !== null))],
      ['expected some day', share(({ expected }) => expected.some((one) => !one.expectedAt))],
      ...[1, 2, 3].map((rank): [string, number] => [
        `rank ${rank}`,
        share(({ rewards }) => rewards.some((one) => one.rank === rank)),
      ]),
      [
        'qualified',
        share(({ rewards }) => rewards.some(({ key }) => key.startsWith('qualification:'))),
      ],
      [
        'qualified and reversed',
        share(({ rewards }) =>
          rewards.some((one) => one.key.startsWith('qualification:') && one.reversedMinor > 0),
        ),
      ],
    ]
    expect(shares.filter(([, part]) => part < 0.01)).toEqual([])
  })
})
