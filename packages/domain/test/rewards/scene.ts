/** A small program to tell facts to, with everything that a test does not care about filled in. */
import {
  type CustomerFacts,
  type DueInput,
  type Instant,
  type Order,
  type PaidSale,
  type RefundRecord,
  summariseSale,
  type Terms,
} from '../../src/index.ts'

export const RATE_30 = {
  trigger: 'every_sale' as const,
  rate: { basisPoints: 3000 },
} satisfies Terms

/** `2026-01-10`, or with a time of day, in UTC. */
export function at(time: string): Instant {
  return new Date(time.includes('T') ? time : `${time}T00:00:00.000Z`).toISOString()
}

export interface SaleFacts extends Partial<Omit<PaidSale, 'at' | 'period'>> {
  at: string
  period?: [string, string]
  refunds?: readonly RefundFacts[]
  /** Another sale of the same order says another amount. */
  isDoubled?: boolean
}

export interface RefundFacts {
  at: string
  amountMinor?: number
}

/** An order of 49.00 EUR, unless it says otherwise; its name is its time. */
export function order(customer: string, facts: SaleFacts): Order {
  const { at: time, period, refunds = [], isDoubled = false, ...given } = facts
  const sale: PaidSale = {
    id: 's',
    customer,
    order: `${customer} ${time}`,
    amountMinor: 4900,
    currency: 'EUR',
    ...given,
    at: at(time),
    period: period && { start: at(period[0]), end: at(period[1]) },
  }
  const records = refunds.map(
    (refund, n): RefundRecord => ({
      id: `r${n}`,
      refund: `re_${n}`,
      status: 'made',
      ...refund,
      at: at(refund.at),
    }),
  )
  const other = { ...sale, id: 't', amountMinor: sale.amountMinor + 1 }
  const summary = summariseSale(isDoubled ? [sale, other] : [sale], records)
  if (!summary) throw new Error('an order has a sale')
  return summary
}

export function customer(
  name: string,
  sales: readonly (string | SaleFacts)[],
  more: Partial<Omit<CustomerFacts, 'customer' | 'orders'>> = {},
): CustomerFacts {
  return {
    customer: name,
    orders: sales.map((sale) => order(name, typeof sale === 'string' ? { at: sale } : sale)),
    cancels: [],
    signup: null,
    provisional: null,
    ...more,
  }
}

export interface Scene extends Partial<Omit<DueInput, 'program' | 'partner'>> {
  terms?: Terms
  versions?: readonly { from: string | null; terms: Terms }[]
  zone?: string
  cutover?: string
  partner?: Partial<DueInput['partner']>
}

/** One active partner in one group, under {@link RATE_30}, looked at long after. */
export function scene(customers: readonly CustomerFacts[], more: Scene = {}): DueInput {
  const { terms = RATE_30, versions = [{ from: null, terms }] } = more
  return {
    asOf: more.asOf ?? at('2030-01-01'),
    program: {
      zone: more.zone ?? 'UTC',
      cutover: more.cutover ? at(more.cutover) : null,
      terms: new Map([
        [
          'group',
          versions.map((version, n) => ({
            version: n + 1,
            hash: `hash ${n + 1}`,
            from: version.from && at(version.from),
            terms: version.terms,
          })),
        ],
      ]),
    },
    partner: {
      partner: 'ptr_1',
      statuses: [{ from: null, status: 'active' }],
      groups: [{ from: null, group: 'group' }],
      ...more.partner,
    },
    customers,
    reviews: more.reviews ?? new Map(),
    taken: more.taken ?? new Set(),
  }
}
