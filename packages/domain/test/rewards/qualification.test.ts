import { describe, expect, test } from 'vitest'
import { type CustomerFacts, type Due, dueOf, type QualificationRule } from '../../src/index.ts'
import { at, customer, type SaleFacts, type Scene, scene } from './scene.ts'

const told = (rule: QualificationRule, more: Scene = {}): Scene => ({
  terms: {
    trigger: 'qualification',
    qualification: rule,
    rate: { amount: 10_000, currency: 'EUR' },
  },
  ...more,
})
const TWO = { paidPeriods: 2, days: 60 }
const TWO_AT_ONCE = { paidPeriods: 2, days: 0 }

/** Paid at its start, for a month or so. */
const period = (start: string, end: string, more: Partial<SaleFacts> = {}): SaleFacts => ({
  at: start,
  period: [start, end],
  ...more,
})
const JAN = period('2026-01-10', '2026-02-09')
const FEB = period('2026-02-09', '2026-03-12')
const MAR = period('2026-03-12', '2026-04-11')
const back = (time: string, amountMinor = 4900) => ({ refunds: [{ at: time, amountMinor }] })

/** The time it was earned at and what refunds leave; or when it is expected; or why it is not. */
function outcome({ rewards, expected, noRewards }: Due): unknown[] {
  return [
    ...rewards.map((one) => [one.earnedAt, one.amountMinor - one.reversedMinor]),
    ...expected.map((one) => one.expectedAt),
    ...noRewards.filter(({ reason }) => reason !== 'term_ended').map(({ reason }) => reason),
  ]
}

describe('a qualification is earned (M11)', () => {
  test.each<[string, SaleFacts[], Scene, unknown[]]>([
    ['at the end of the last period', [JAN, FEB], told(TWO), [[at('2026-03-12'), 10_000]]],
    [
      'at midnight after the days, where that is later',
      [JAN, FEB],
      told({ paidPeriods: 2, days: 90 }),
      [[at('2026-04-10'), 10_000]],
    ],
    [
      'in the calendar of the zone, over a change of its clocks',
      [{ at: '2026-01-10T12:00Z' }],
      told({ paidPeriods: 1, days: 60 }, { zone: 'America/New_York' }),
      [[at('2026-03-11T04:00Z'), 10_000]],
    ],
    [
      'at the first instant of a day without midnight',
      [{ at: '2026-04-20T12:00Z' }],
      told({ paidPeriods: 1, days: 4 }, { zone: 'Africa/Cairo' }),
      [[at('2026-04-23T22:00Z'), 10_000]],
    ],
    [
      'not before the last is paid',
      [JAN, { ...FEB, at: '2026-03-20' }],
      told(TWO),
      [[at('2026-03-20'), 10_000]],
    ],
    [
      'by single payments, when the last is paid',
      [{ at: '2026-01-10' }, { at: '2026-01-11' }],
      told(TWO_AT_ONCE),
      [[at('2026-01-11'), 10_000]],
    ],
    [
      'without a period that was given back before',
      [JAN, { ...FEB, ...back('2026-03-01') }, MAR],
      told(TWO),
      [[at('2026-04-11'), 10_000]],
    ],
    [
      'without one that was given back at that very moment',
      [JAN, { ...FEB, ...back('2026-03-12') }, MAR],
      told(TWO),
      [[at('2026-04-11'), 10_000]],
    ],
    [
      'and reversed by one given back a moment later',
      [JAN, { ...FEB, ...back('2026-03-12T00:00:00.001Z') }, MAR],
      told(TWO),
      [[at('2026-03-12'), 0]],
    ],
    [
      'and not reversed by a part given back',
      [JAN, { ...FEB, ...back('2026-05-01', 4899) }],
      told(TWO),
      [[at('2026-03-12'), 10_000]],
    ],
    [
      'and not reversed by a period that was not used',
      [JAN, FEB, { ...MAR, ...back('2026-05-01') }],
      told(TWO),
      [[at('2026-03-12'), 10_000]],
    ],
    [
      'counting days from the first that counts',
      [{ ...JAN, ...back('2026-01-20') }, FEB, MAR],
      told({ paidPeriods: 1, days: 60 }),
      [[at('2026-04-10'), 10_000]],
    ],
  ])('%s', (_, sales, more, expected) => {
    for (const given of [sales, sales.toReversed()]) {
      expect(outcome(dueOf(scene([customer('c', given)], more)))).toEqual(expected)
    }
  })
})

describe('while it is not earned it is expected', () => {
  test.each<[string, SaleFacts[], string, unknown[]]>([
    ['at midnight, with one of two periods', [JAN], '2026-01-10', [at('2026-03-11')]],
    ['some day, once that is over', [JAN], '2026-03-11', [null]],
    ['at the end of the second', [JAN, FEB], '2026-03-11', [at('2026-03-12')]],
    [
      'some day, with everything given back',
      [{ ...JAN, ...back('2026-01-20') }],
      '2026-02-01',
      [null],
    ],
  ])('%s', (_, sales, asOf, expected) => {
    const more = told(TWO, { asOf: at(asOf) })
    expect(outcome(dueOf(scene([customer('c', sales)], more)))).toEqual(expected)
  })
})

describe('a cancel ends the counting', () => {
  const SUB = { subscription: 'a' }
  const [jan, feb] = [
    { ...JAN, ...SUB },
    { ...FEB, ...SUB },
  ]
  const CANCELLED = ['cancelled_before_qualification']
  type Cancels = CustomerFacts['cancels']
  test.each<[string, SaleFacts[], Cancels, 'ends' | 'resumes', unknown[]]>([
    [
      'a moment before it is earned',
      [jan, feb],
      [{ at: at('2026-03-11T23:59:59.999Z') }],
      'ends',
      CANCELLED,
    ],
    [
      'not when it is earned',
      [jan, feb],
      [{ at: at('2026-03-12') }],
      'ends',
      [[at('2026-03-12'), 10_000]],
    ],
    ['where a period is missing', [jan], [{ at: at('2026-05-01') }], 'ends', CANCELLED],
    [
      'of its subscription',
      [jan, feb],
      [{ at: at('2026-02-10'), subscription: 'a' }],
      'ends',
      CANCELLED,
    ],
    [
      'not of another one',
      [jan, feb],
      [{ at: at('2026-02-10'), subscription: 'b' }],
      'ends',
      [[at('2026-03-12'), 10_000]],
    ],
    [
      'and begins it anew, where the terms say so',
      [jan, feb, MAR, period('2026-04-11', '2026-05-11')],
      [{ at: at('2026-03-11') }],
      'resumes',
      [[at('2026-05-11'), 10_000]],
    ],
    [
      'and a period that starts with it counts',
      [jan, MAR, period('2026-04-11', '2026-05-11')],
      [{ at: at('2026-03-12') }],
      'resumes',
      [[at('2026-05-11'), 10_000]],
    ],
    [
      'and is forgotten once it was earned after all',
      [jan, MAR, period('2026-04-11', '2026-05-11')],
      [{ at: at('2026-02-01') }, { at: at('2026-05-12') }],
      'resumes',
      [[at('2026-05-11'), 10_000]],
    ],
  ])('%s', (_, sales, cancels, afterCancel, expected) => {
    const more = told(TWO)
    const terms = more.terms && { ...more.terms, afterCancel }
    const due = dueOf(
      scene([customer('c', sales, { cancels })], { ...more, ...(terms && { terms }) }),
    )
    expect(outcome(due)).toEqual(expected)
  })
})

describe('what else speaks against it', () => {
  test('the partner must be active when it is earned, not when it begins', () => {
    const statuses = [
      { from: at('2026-03-12'), status: 'active' as const },
      { from: at('2026-03-13'), status: 'inactive' as const },
    ]
    const more = told(TWO, { partner: { statuses } })
    const answerTo = (sales: SaleFacts[]) => {
      const { rewards, noRewards } = dueOf(scene([customer('c', sales)], more))
      const answer = [...rewards, ...noRewards].find(({ key }) => key === 'qualification:c')
      return answer && 'reason' in answer ? answer.reason : answer
    }
    expect(answerTo([JAN, FEB])).toBe(null)
    expect(answerTo([JAN, MAR])).toBe('partner_inactive')
  })

  test('a first payment to the former system is no trigger', () => {
    const known = customer('c', [JAN, FEB], { importedFirstPaymentAt: at('2025-06-01') })
    const due = dueOf(scene([known], told(TWO)))
    expect(due.rewards).toEqual([])
    expect(due.noRewards.map(({ reason }) => reason)).toEqual(['term_ended', 'term_ended'])
  })

  test('any order that it rests on puts it on hold by disagreeing', () => {
    const disagreeing = customer('c', [JAN, { ...FEB, isDoubled: true }])
    expect(dueOf(scene([disagreeing], told(TWO))).rewards).toMatchObject([
      {
        key: 'qualification:c',
        reason: 'order_conflict',
        explanation: '100.00 after 2 paid periods and 60 days',
      },
    ])
  })
})
