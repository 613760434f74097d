/** docs/rewards-rules.md, section 4: every instant that could matter is tried, one after the other. */
import type { CustomerFacts, DueInput, Order, Terms } from '../../../src/index.ts'
import { daysOn, localDate, startOf } from './calendar-naively.ts'

const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

const startingAt = ({ sale }: Order) => sale.period?.start ?? sale.at
const endingAt = ({ sale }: Order) => sale.period?.end ?? sale.at

type Outcome = { isEarned: boolean; at: string | null; orders: Order[] }

export function qualifyNaively(
  customer: CustomerFacts,
  terms: Terms,
  { asOf, program }: DueInput,
): 'cancelled' | Outcome {
  const { paidPeriods = 0, days = 0 } = terms.qualification ?? {}
  const midnight = (order: Order) =>
    startOf(daysOn(localDate(startingAt(order), program.zone), days), program.zone)
  const countingAt = (left: readonly Order[], at: string) =>
    left.filter((order) => order.sale.at <= at && !isGivenBack(order, at)).slice(0, paidPeriods)
  const endAt = (counting: readonly Order[]): string | undefined => {
    const [first] = counting
    const last = counting[paidPeriods - 1]
    return first && last && [endingAt(last), midnight(first)].sort()[1]
  }
  const earnedIn = (left: readonly Order[]): { at: string; used: Order[] } | undefined => {
    const instants = left.flatMap((order) => [
      order.sale.at,
      endingAt(order),
      midnight(order),
      ...order.refunds.map(({ at }) => at),
    ])
    for (const at of instants.sort()) {
      const used = countingAt(left, at)
      const end = endAt(used)
      if (end !== undefined && end <= at) return { at, used }
    }
    return undefined
  }

  let left = customer.orders
    .filter(({ sale }) => sale.amountMinor > 0)
    .sort(
      (a, b) =>
        bytes(startingAt(a), startingAt(b)) ||
        bytes(a.sale.at, b.sale.at) ||
        bytes(a.sale.order, b.sale.order),
    )
  const cancels = [...customer.cancels].sort((a, b) => bytes(a.at, b.at))
  for (const { at, subscription } of cancels) {
    const earned = earnedIn(left)
    if (earned && !(at < earned.at)) continue
    const first = earned?.used[0] ?? left.find((order) => !isGivenBack(order, '~')) ?? left[0]
    const concerns = subscription === undefined || subscription === first?.sale.subscription
    if (!concerns) continue
    if (terms.afterCancel !== 'resumes') return 'cancelled'
    left = left.filter((order) => startingAt(order) >= at)
  }

  const earned = earnedIn(left)
  if (earned && earned.at <= asOf) return { isEarned: true, at: earned.at, orders: earned.used }
  const counting = countingAt(left, asOf)
  const [first] = counting
  const told = endAt(counting) ?? (first && midnight(first) > asOf ? midnight(first) : null)
  return { isEarned: false, at: told, orders: counting }
}

/** Whether the refunds up to a moment make the full amount. */
export function isGivenBack({ sale, refunds }: Order, at: string): boolean {
  const sums = refunds
    .filter((refund) => refund.status === 'made' && refund.at <= at)
    .map((refund) => refund.amountMinor ?? sale.amountMinor)
  return sums.reduce((sum, one) => sum + one, 0) >= sale.amountMinor
}
