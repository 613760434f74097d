/** What may happen to a program's money: few names, amounts that round badly, facts that come late. */
import type { TermsInput } from '@sentby/contract'
import fc from 'fast-check'
import { GROUPS, PARTNERS } from './money-setup.ts'

const CUSTOMERS = ['c0', 'c1', 'c2', 'c3'] as const
const ORDERS = ['o0', 'o1', 'o2', 'o3', 'o4', 'o5'] as const

const tiersOf = (...basisPoints: number[]) =>
  basisPoints.map((one, n) => ({ from: n + 1, basisPoints: one }))

/** One of each kind that reckons differently. */
const TERMS: readonly TermsInput[] = [
  { trigger: 'every_sale', rate: { basisPoints: 3333 } },
  { trigger: 'every_sale', tiers: tiersOf(1000, 2500, 3333), caps: { perPeriod: 1500 } },
  { trigger: 'first_sale', rate: { amount: 700, currency: 'EUR' }, kind: 'account_credit' },
  {
    trigger: 'every_sale',
    rate: { basisPoints: 3000 },
    duration: { months: 2 },
    caps: { perCustomer: 1500 },
  },
  {
    trigger: 'qualification',
    qualification: { paidPeriods: 2, days: 30 },
    rate: { amount: 1000, currency: 'EUR' },
  },
  { trigger: 'signup', rate: { amount: 501, currency: 'EUR' }, holdDays: 5 },
  {
    trigger: 'every_sale',
    tiers: [
      { from: 1, amount: 100 },
      { from: 2, amount: 333 },
    ],
    currency: 'EUR',
    caps: { perProgram: 700 },
  },
  {
    trigger: 'every_sale',
    rate: { basisPoints: 5000 },
    base: 'net',
    caps: { perProgram: 3000, perPeriod: 2000 },
    afterCancel: 'resumes',
  },
  { trigger: 'every_sale', rate: { basisPoints: 2000 }, review: 'auto', holdDays: 10 },
  {
    trigger: 'qualification',
    qualification: { paidPeriods: 1, days: 0 },
    tiers: [
      { from: 1, basisPoints: 1000 },
      { from: 2, basisPoints: 2000 },
    ],
    afterCancel: 'resumes',
    review: 'auto',
  },
  {
    trigger: 'every_sale',
    products: {
      pro: { rate: { basisPoints: 1 } },
      max: { rate: { amount: 250, currency: 'USD' } },
    },
    rate: { basisPoints: 9999 },
    duration: 'once',
    minimumPayout: { amount: 2000, currency: 'EUR' },
  },
]

const customer = fc.constantFrom(...CUSTOMERS)
const order = fc.constantFrom(...ORDERS)
const late = fc.constantFrom(0, 0, 0, 0, 1, 20, 45)
const pick = fc.nat({ max: 60 })
const partner = fc.nat({ max: PARTNERS.length - 1 })
const group = fc.constantFrom(...GROUPS)
const terms = fc.constantFrom(...TERMS)
const maybe = <T>(...values: T[]) => fc.constantFrom(undefined, undefined, ...values)

export const sale = fc.record({
  do: fc.constant('sale' as const),
  ...{ customer, order, late },
  amount: fc.constantFrom(0, 1, 333, 999, 4900, 4900, 10_001, 10_001),
  currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'EUR', 'USD', 'JPY'),
  product: maybe('pro', 'max'),
  subscription: maybe('s1', 's2'),
  tax: maybe(0, 100),
  period: maybe(30),
})
type SaleStep = typeof sale extends fc.Arbitrary<infer One> ? One : never
export const refund = fc.record({
  do: fc.constant('refund' as const),
  ...{ order, late },
  refund: fc.constantFrom('r0', 'r1', 'r2'),
  amount: fc.constantFrom(undefined, 1, 333, 500),
  status: fc.constantFrom('made' as const, 'made' as const, 'made' as const, 'undone' as const),
})
/** Opened it takes all back, won it gives all back. */
export const dispute = fc.record({
  do: fc.constant('dispute' as const),
  ...{ order, late },
  state: fc.constantFrom('opened' as const, 'opened' as const, 'won' as const),
})
export const cancel = fc.record({
  do: fc.constant('cancel' as const),
  ...{ customer, late },
  subscription: maybe('s1'),
})
export const assign = fc.record({
  do: fc.constant('assign' as const),
  ...{ customer, late },
  to: fc.constantFrom(0, 0, 1, 1, null),
})
type AssignStep = typeof assign extends fc.Arbitrary<infer One> ? One : never
export const signup = fc.record({
  do: fc.constant('signup' as const),
  ...{ customer, late },
  code: fc.constantFrom(...PARTNERS, undefined),
  isOpen: fc.constantFrom(false, false, true),
})
export const review = fc.record({
  do: fc.constant('review' as const),
  pick,
  status: fc.constantFrom(
    ...(['approved', 'approved', 'approved', 'declined', 'on_hold', 'new'] as const),
  ),
  isStale: fc.constantFrom(false, false, false, false, true),
  force: fc.boolean(),
})

export type ReviewStep = typeof review extends fc.Arbitrary<infer One> ? One : never
export const newTerms = fc.record({
  do: fc.constant('terms' as const),
  ...{ group, terms },
  /** From the beginning of time, from now on, or from so many days ago. */
  from: fc.constantFrom(null, undefined, 30),
})
export type NewTermsStep = typeof newTerms extends fc.Arbitrary<infer One> ? One : never

const SOLD = {
  do: 'sale' as const,
  currency: 'EUR' as const,
  late: 20 as const,
  ...{ product: undefined, subscription: undefined, tax: undefined, period: undefined },
}

/** Whose customers they are to begin with, and what they bought; else most stories would be about nothing. */
export const FIRST: readonly (AssignStep | SaleStep)[] = [
  { do: 'assign', customer: 'c0', late: 45, to: 0 },
  { do: 'assign', customer: 'c1', late: 45, to: 0 },
  { do: 'assign', customer: 'c2', late: 45, to: 1 },
  { ...SOLD, customer: 'c0', order: 'o0', amount: 4900 },
  { ...SOLD, customer: 'c1', order: 'o1', amount: 999 },
  { ...SOLD, customer: 'c2', order: 'o2', amount: 10_001 },
]

export const step = fc.oneof(
  { weight: 14, arbitrary: sale },
  { weight: 8, arbitrary: refund },
  { weight: 4, arbitrary: dispute },
  { weight: 2, arbitrary: cancel },
  { weight: 5, arbitrary: assign },
  { weight: 4, arbitrary: signup },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('again' as const), pick }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('wait' as const), days: fc.constantFrom(1, 12, 31) }),
  },
  { weight: 14, arbitrary: review },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('decide' as const),
      pick,
      decision: fc.constantFrom('accept' as const, 'accept' as const, 'refuse' as const),
    }),
  },
  { weight: 3, arbitrary: newTerms },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      ...{ partner, group },
      status: fc.constantFrom(undefined, undefined, 'inactive' as const, 'active' as const),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({ do: fc.constant('close' as const), currency: maybe('EUR') }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('mark' as const),
      pick,
      to: fc.constantFrom(
        ...(['submitted', 'unknown', 'paid', 'paid', 'failed', 'returned'] as const),
      ),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('jobs' as const) }) },
)

export type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

export const threeTerms = fc.tuple(terms, terms, terms)
export const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York')

/** The terms of the three groups, and what happens then. */
export const story = fc.record({
  terms: threeTerms,
  zone,
  // Mostly short: what goes wrong in a long story mostly goes wrong in a short one, and many of these are told.
  steps: fc.oneof(
    { weight: 4, arbitrary: fc.array(step, { minLength: 5, maxLength: 14, size: 'max' }) },
    { weight: 1, arbitrary: fc.array(step, { minLength: 15, maxLength: 30, size: 'max' }) },
  ),
})
export type Story = typeof story extends fc.Arbitrary<infer One> ? One : never
