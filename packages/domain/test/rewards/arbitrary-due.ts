/** Random worlds of one partner: few names and amounts, and times that meet on edges. */
import fc from 'fast-check'
import {
  type CustomerFacts,
  type DueInput,
  type Instant,
  type PaidSale,
  type RefundRecord,
  type RewardReviews,
  summariseSale,
  type Terms,
  type TermsVersion,
} from '../../src/index.ts'

const DAY_MS = 86_400_000
const START_MS = Date.parse('2026-01-31T00:00:00.000Z')

/** New York's clocks change on day 36, Cairo's leap over a midnight on day 83. */
const DAYS = [0, 0, 1, 28, 30, 31, 36, 59, 60, 61, 83, 84, 120, 365] as const
const HOURS = [0, 0, 4, 5, 12, 21, 22] as const

/** The first of a list is what happens mostly. */
function mostly<T>(first: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { arbitrary: fc.constant(first), weight: 3 },
    { arbitrary: fc.constantFrom(first, ...others), weight: 2 },
  )
}

const absent = fc.constant(undefined)

function sometimes<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ arbitrary: absent, weight: 2 }, { arbitrary: value, weight: 1 })
}

export const moment: fc.Arbitrary<Instant> = fc
  .tuple(fc.constantFrom(...DAYS), fc.constantFrom(...HOURS), mostly(0, -1, 1))
  .map(([day, hour, beside]) =>
    new Date(START_MS + day * DAY_MS + hour * 3_600_000 + beside).toISOString(),
  )
const early = fc.constantFrom(-400, -31, 0, 30).map((day) => instantAt(day))
const from = fc.oneof(fc.constant(null), fc.constant(null), early, moment)

function instantAt(day: number): Instant {
  return new Date(START_MS + day * DAY_MS).toISOString()
}

const currency = mostly('EUR', 'USD')
export const amounts = fc.constantFrom(1, 2, 33, 100, 4900, 4901, 10_000)
const basisPoints = fc.constantFrom(0, 1, 1000, 2995, 3000, 5000, 100_000)
const rate = fc.oneof(
  fc.record({ basisPoints }),
  fc.record({ amount: fc.constantFrom(0, 1, 1000), currency }),
)
const tiers = fc
  .tuple(fc.constantFrom(1, 1, 2), fc.array(rate, { minLength: 1, maxLength: 3 }))
  .map(([first, rates]) =>
    rates.map((one, index) => {
      const tier = { from: first + index }
      return 'amount' in one
        ? { ...tier, amount: one.amount }
        : { ...tier, basisPoints: one.basisPoints }
    }),
  )
const cap = fc.option(fc.constantFrom(0, 1, 700, 1500, 3000), { nil: undefined, freq: 2 })

const trigger = fc.oneof(
  { arbitrary: fc.constant({ trigger: 'every_sale' as const }), weight: 5 },
  { arbitrary: fc.constant({ trigger: 'first_sale' as const }), weight: 1 },
  { arbitrary: fc.constant({ trigger: 'signup' as const }), weight: 2 },
  {
    arbitrary: fc.record({
      trigger: fc.constant('qualification' as const),
      qualification: fc.record({
        paidPeriods: fc.constantFrom(1, 1, 2, 3),
        days: fc.constantFrom(0, 0, 1, 30, 60, 83),
      }),
    }),
    weight: 9,
  },
)

const common = fc.record({
  rate: fc.oneof({ arbitrary: rate, weight: 5 }, { arbitrary: absent, weight: 1 }),
  tiers: fc.oneof(absent, tiers),
  currency: fc.option(currency, { nil: undefined }),
  products: sometimes(
    fc.record({ p: fc.record({ rate, base: fc.constantFrom(undefined, 'net' as const) }) }),
  ),
  base: fc.constantFrom(undefined, 'gross' as const, 'net_of_tax' as const, 'net' as const),
  duration: fc.oneof(
    mostly<'once' | 'life' | undefined>('life', 'once', undefined),
    fc.record({ months: fc.constantFrom(1, 2, 12) }),
  ),
  kind: fc.constantFrom(undefined, 'cash' as const, 'account_credit' as const),
  holdDays: fc.constantFrom(undefined, 0, 30),
  caps: fc.option(fc.record({ perCustomer: cap, perPeriod: cap, perProgram: cap }), {
    nil: undefined,
    freq: 2,
  }),
  afterCancel: mostly<'ends' | 'resumes' | undefined>('ends', 'resumes', undefined),
})

export const arbitraryTerms: fc.Arbitrary<Terms> = fc
  .tuple(common, trigger)
  .map(([shared, triggered]) => ({ ...shared, ...triggered }))

const versions: fc.Arbitrary<TermsVersion[]> = fc
  .tuple(mostly(null, instantAt(1)), fc.array(fc.tuple(from, arbitraryTerms), { maxLength: 2 }))
  .chain(([first, more]) =>
    arbitraryTerms.map((terms) =>
      [[first, terms] as const, ...more].map(([since, one], index) => ({
        version: index + 1,
        hash: `h${index + 1}`,
        from: since,
        terms: one,
      })),
    ),
  )

const subscription = mostly<string | undefined>('sub_1', 'sub_2', undefined)

const saleOf = (order: string, customer: string): fc.Arbitrary<PaidSale> =>
  fc.record({
    id: fc.constantFrom('s1', 's2'),
    at: moment,
    customer: fc.constant(customer),
    order: fc.constant(order),
    amountMinor: fc.oneof(
      { arbitrary: amounts, weight: 9 },
      { arbitrary: fc.constantFrom(0, Number.MAX_SAFE_INTEGER), weight: 1 },
    ),
    currency,
    taxMinor: fc.constantFrom(undefined, 0, 5, 700),
    feeMinor: fc.constantFrom(undefined, 1, 5000),
    product: mostly<string | undefined>(undefined, 'p', 'constructor'),
    plan: mostly<string | undefined>(undefined, 'p'),
    subscription,
    period: fc.oneof(
      absent,
      fc.tuple(moment, fc.constantFrom(30, 31, 60)).map(([start, days]) => ({
        start,
        end: new Date(Date.parse(start) + days * DAY_MS).toISOString(),
      })),
    ),
  })

const refund: fc.Arbitrary<RefundRecord> = fc
  .record({
    id: fc.constantFrom('r1', 'r2', 'r3'),
    at: fc.oneof(moment, fc.constant(instantAt(400))),
    refund: fc.constantFrom('re_1', 're_2'),
    amountMinor: fc.oneof(absent, absent, amounts),
    status: mostly<'made' | 'undone'>('made', 'undone'),
  })
  .map(({ amountMinor, ...rest }) => (amountMinor === undefined ? rest : { ...rest, amountMinor }))

const orderOf = (name: string, customer: string) =>
  fc
    .tuple(
      saleOf(name, customer),
      mostly(false, false, true),
      fc.oneof(fc.constant([]), fc.array(refund, { maxLength: 2 })),
    )
    .map(([sale, isDoubled, refunds]) => {
      const other = { ...sale, id: 's9', amountMinor: sale.amountMinor + 1 }
      return summariseSale(isDoubled ? [sale, other] : [sale], refunds)
    })

/** The third is larger as bytes than the fourth, and smaller as UTF-16. */
const CUSTOMERS = ['c1', 'c2', 'c\u{1f600}', 'c\uffee'] as const

const customerOf = (customer: string): fc.Arbitrary<CustomerFacts> =>
  fc
    .record({
      orders: fc
        .tuple(...['1', '2', '\uffee', '\u{1f600}'].map((n) => orderOf(customer + n, customer)))
        .chain((orders) => fc.shuffledSubarray(orders)),
      cancels: fc.oneof(
        { arbitrary: fc.constant([]), weight: 2 },
        {
          arbitrary: fc.array(fc.record({ at: moment, subscription }), { maxLength: 2 }),
          weight: 1,
        },
      ),
      signup: fc.option(fc.record({ at: moment, trusted: mostly(true, false) })),
      importedFirstPaymentAt: sometimes(sometimes(fc.oneof(early, moment))),
      provisional: mostly<CustomerFacts['provisional']>(null, 'unverified', 'contested', 'shared'),
    })
    .map(({ orders, ...rest }) => ({
      ...rest,
      customer,
      orders: orders.flatMap((order) => order ?? []),
    }))

const KEYS = CUSTOMERS.flatMap((customer) => [
  `sale:${customer}1`,
  `sale:${customer}2`,
  `signup:${customer}`,
  `qualification:${customer}`,
])

const reviews: fc.Arbitrary<RewardReviews> = fc
  .record({
    history: fc.array(
      fc.record({
        at: moment,
        status: fc.constantFrom(
          'new' as const,
          'on_hold' as const,
          'approved' as const,
          'declined' as const,
        ),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    amountMinor: fc.constantFrom(1, 700, 1470, 3000),
    currency,
    kind: fc.constantFrom('cash' as const, 'account_credit' as const),
  })
  .map(({ history, ...reviewed }) => ({
    history,
    reviewed: history.at(-1)?.status === 'approved' ? reviewed : null,
  }))

const status = mostly<'active' | 'inactive'>('active', 'inactive')

export const arbitraryDue: fc.Arbitrary<DueInput> = fc.record({
  asOf: fc.oneof(fc.constant(instantAt(500)), moment),
  program: fc.record({
    zone: fc.constantFrom('UTC', 'America/New_York', 'Africa/Cairo', 'Pacific/Apia'),
    cutover: mostly<Instant | null>(null, null, instantAt(1)),
    terms: fc.record({ a: versions, b: versions }).map((groups) => new Map(Object.entries(groups))),
  }),
  partner: fc.record({
    partner: fc.constant('ptr_1'),
    statuses: fc
      .array(fc.record({ from: moment, status }), { maxLength: 2 })
      .map((changes) => [{ from: null, status: 'active' as const }, ...changes]),
    groups: fc
      .tuple(
        mostly(null, instantAt(0)),
        fc.array(fc.record({ from, group: fc.constantFrom('a', 'b', 'none') }), { maxLength: 1 }),
      )
      .map(([first, more]) => [{ from: first, group: 'a' }, ...more]),
  }),
  customers: fc
    .subarray([...CUSTOMERS], { minLength: 2 })
    .chain((names) => fc.tuple(...names.map(customerOf))),
  reviews: fc
    .array(fc.tuple(fc.constantFrom(...KEYS), reviews), { maxLength: 4 })
    .map((entries) => new Map(entries)),
  taken: fc.array(fc.constantFrom(...KEYS), { maxLength: 2 }).map((keys) => new Set(keys)),
})
