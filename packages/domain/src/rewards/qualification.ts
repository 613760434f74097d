/** When a customer's paid periods qualify (RULES M11; docs/rewards-rules.md, section 4). */
import type { Instant } from '../facts.ts'
import { addLocalDays, localDayOf, midnightOf } from './calendar.ts'
import { compareBytes, compareInstants } from './compare.ts'
import type { CancelRecord, CustomerFacts } from './due-input.ts'
import { givenBackAt } from './orders.ts'
import type { QualificationRule } from './terms.ts'

/** A paid sale, as a period; without one of its own it starts and ends when it was paid. */
interface PaidPeriod {
  order: string
  paidAt: Instant
  start: Instant
  end: Instant
  subscription: string | undefined
  givenBackAt: Instant | null
}

export type Qualification =
  | { state: 'earned'; at: Instant; orders: readonly string[] }
  /** The orders that count so far, at most as many as it takes. */
  | { state: 'expected'; at: Instant | null; orders: readonly string[] }
  | { state: 'cancelled' }

export interface QualificationTerms {
  rule: QualificationRule
  afterCancel: 'ends' | 'resumes'
  zone: string
}

/** Whether, when and by which orders a customer qualifies, as of a moment. */
export function qualificationOf(
  customer: CustomerFacts,
  terms: QualificationTerms,
  asOf: Instant,
): Qualification {
  const periods = afterCancels(periodsOf(customer), customer.cancels, terms)
  if (!periods) return { state: 'cancelled' }
  const earned = earliestOf(periods, terms)
  if (earned && earned.at <= asOf) {
    return { state: 'earned', at: earned.at, orders: ordersOf(earned.used) }
  }
  const counting = countingAt(periods, asOf, terms.rule.paidPeriods)
  return { state: 'expected', at: expectedAt(counting, terms, asOf), orders: ordersOf(counting) }
}

function expectedAt(
  counting: readonly PaidPeriod[],
  terms: QualificationTerms,
  asOf: Instant,
): Instant | null {
  if (counting.length >= terms.rule.paidPeriods) return endOf(counting, terms)
  const midnight = midnightAfter(counting, terms)
  return midnight !== null && midnight > asOf ? midnight : null
}

function periodsOf({ orders }: CustomerFacts): PaidPeriod[] {
  return orders
    .filter(({ sale }) => sale.amountMinor > 0)
    .map((order) => ({
      order: order.sale.order,
      paidAt: order.sale.at,
      start: order.sale.period?.start ?? order.sale.at,
      end: order.sale.period?.end ?? order.sale.at,
      subscription: order.sale.subscription,
      givenBackAt: givenBackAt(order),
    }))
    .sort(
      (a, b) =>
        compareInstants(a.start, b.start) ||
        compareInstants(a.paidAt, b.paidAt) ||
        compareBytes(a.order, b.order),
    )
}

/** The periods that cancels leave, each beginning the counting anew; `null` where one ends it. */
function afterCancels(
  periods: readonly PaidPeriod[],
  cancels: readonly CancelRecord[],
  terms: QualificationTerms,
): readonly PaidPeriod[] | null {
  let left = periods
  for (const cancel of [...cancels].sort((a, b) => compareInstants(a.at, b.at))) {
    const earned = earliestOf(left, terms)
    if (earned && earned.at <= cancel.at) break
    const first = earned?.used[0] ?? left.find((period) => period.givenBackAt === null) ?? left[0]
    const { subscription } = cancel
    if (subscription !== undefined && subscription !== first?.subscription) continue
    if (terms.afterCancel === 'ends') return null
    left = left.filter(({ start }) => start >= cancel.at)
  }
  return left
}

/** The earliest moment T with E(T) not after it, and the periods that are used. */
function earliestOf(
  periods: readonly PaidPeriod[],
  terms: QualificationTerms,
): { at: Instant; used: readonly PaidPeriod[] } | null {
  const turns = periods.flatMap(({ paidAt, givenBackAt: back }) => (back ? [paidAt, back] : paidAt))
  const moments = [...new Set(turns)].sort()
  for (const [index, from] of moments.entries()) {
    // What counts stays the same from here to the next turn.
    const used = countingAt(periods, from, terms.rule.paidPeriods)
    if (used.length < terms.rule.paidPeriods) continue
    const end = endOf(used, terms)
    const at = end === null || end < from ? from : end
    const until = moments[index + 1]
    if (until === undefined || at < until) return { at, used }
  }
  return null
}

/** The first periods that are paid and not given back at a moment, at most so many. */
function countingAt(periods: readonly PaidPeriod[], at: Instant, most: number): PaidPeriod[] {
  const counting: PaidPeriod[] = []
  for (const period of periods) {
    if (counting.length >= most) break
    const isBack = period.givenBackAt !== null && period.givenBackAt <= at
    if (period.paidAt <= at && !isBack) counting.push(period)
  }
  return counting
}

/** E(T): the end of the last of them or the midnight, whichever is later. */
function endOf(counting: readonly PaidPeriod[], terms: QualificationTerms): Instant | null {
  const midnight = midnightAfter(counting, terms)
  const last = counting.at(-1)
  return last && (midnight === null || last.end > midnight) ? last.end : midnight
}

function midnightAfter(
  [first]: readonly PaidPeriod[],
  { rule, zone }: QualificationTerms,
): Instant | null {
  return first ? midnightOf(addLocalDays(localDayOf(first.start, zone), rule.days), zone) : null
}

function ordersOf(periods: readonly PaidPeriod[]): string[] {
  return periods.map(({ order }) => order)
}
