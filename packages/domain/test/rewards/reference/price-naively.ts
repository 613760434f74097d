/** docs/rewards-rules.md, sections 3 and 5 to 7. Exact amounts are ten-thousandths of a minor unit, which hold every rate. */
import type { CustomerFacts, DueInput, Order, TermsVersion } from '../../../src/index.ts'
import { localDate } from './calendar-naively.ts'
import { isGivenBack } from './qualify-naively.ts'

export interface NaiveReward {
  key: string
  orders: readonly string[]
  moment: string
  at: string | null
  /** Ten-thousandths. */
  exact: bigint
  amount: bigint
  reversed: bigint
  currency: string
  kind: string
  terms: string
  rank: number | null
  status: string
  holdUntil: string
}

export interface NaiveTrigger {
  key: string
  customer: CustomerFacts
  moment: string
  at: string | null
  isDue: boolean
  terms: TermsVersion & { group: string }
  orders: Order[]
  sale: Order | null
}

export const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
const NEVER = '~'

// 3. How much

export interface Priced extends NaiveReward {
  isDue: boolean
  customer: string
  caps: Record<string, number | undefined>
  share: [bigint, bigint]
}

function round(above: bigint, below: bigint): bigint {
  const twice = 2n * above
  return (twice + below) / (2n * below)
}

function productOf({ terms: { terms }, sale }: NaiveTrigger) {
  const names = Object.keys(terms.products ?? {})
  const name = [sale?.sale.product, sale?.sale.plan].find((one) => one && names.includes(one))
  return name === undefined ? undefined : terms.products?.[name]
}

function ratesOf(trigger: NaiveTrigger) {
  const { rate, tiers } = trigger.terms.terms
  const product = productOf(trigger)
  if (product) return [{ from: 0, ...product.rate }]
  return (tiers ?? (rate ? [{ from: 0, ...rate }] : [])).map((tier) => ({ ...tier }))
}

export function priceNaively(input: DueInput, all: NaiveTrigger[], trigger: NaiveTrigger): Priced {
  const { terms } = trigger.terms
  const sale = trigger.sale?.sale
  const isTiered = terms.tiers !== undefined && !productOf(trigger)
  const rank = isTiered ? rankNaively(input, all, trigger) : null
  const rate = ratesOf(trigger)
    .filter(({ from }) => from <= (rank ?? 1))
    .at(-1)
  let exact = 0n
  let currency = sale?.currency ?? ''
  if (rate && 'amount' in rate) {
    exact = BigInt(rate.amount) * 10_000n
    currency = 'currency' in rate ? String(rate.currency) : (terms.currency ?? currency)
  } else if (rate && sale) {
    const base = productOf(trigger)?.base ?? terms.base ?? 'gross'
    let left = sale.amountMinor
    if (base !== 'gross') left -= sale.taxMinor ?? 0
    if (base === 'net') left -= sale.feeMinor ?? 0
    exact = left > 0 ? BigInt(left) * BigInt(rate.basisPoints) : 0n
    const most = BigInt(Number.MAX_SAFE_INTEGER) * 10_000n
    if (exact > most) exact = most
  }
  const share = shareNaively(trigger)
  return {
    key: trigger.key,
    orders: trigger.orders.map((order) => order.sale.order),
    moment: trigger.moment,
    at: trigger.at,
    exact,
    amount: currency === '' ? 0n : round(exact, 10_000n),
    reversed: round(exact * share[0], 10_000n * share[1]),
    share,
    currency,
    kind: terms.kind ?? 'cash',
    terms: `${trigger.terms.group} ${trigger.terms.version} ${trigger.terms.hash}`,
    rank,
    status: statusNaively(input, trigger),
    holdUntil: holdNaively(trigger),
    isDue: trigger.isDue,
    customer: trigger.customer.customer,
    caps: { ...terms.caps },
  }
}

function holdNaively({ at, terms }: NaiveTrigger): string {
  if (at === null) return ''
  const hours = 24 * (terms.terms.holdDays ?? 0)
  return new Date(Date.parse(at) + hours * 3_600_000).toISOString()
}

function shareNaively(trigger: NaiveTrigger): [bigint, bigint] {
  if (trigger.key.startsWith('sale:') && trigger.sale) {
    return [BigInt(trigger.sale.refundedMinor), BigInt(trigger.sale.sale.amountMinor)]
  }
  const isBack = trigger.orders.some((order) => order.refundedMinor === order.sale.amountMinor)
  return [isBack && trigger.isDue ? 1n : 0n, 1n]
}

// 5. Rank

function rankNaively(input: DueInput, all: NaiveTrigger[], own: NaiveTrigger): number {
  const at = own.at ?? NEVER
  const others = input.customers.filter((one) => one.customer !== own.customer.customer)
  const before = others.filter((other) => {
    const [conversion] = all
      .filter((one) => one.customer.customer === other.customer)
      .filter((one) => ratesOf(one).some((r) => ('amount' in r ? r.amount : r.basisPoints) > 0))
      .sort((a, b) => bytes(a.at ?? NEVER, b.at ?? NEVER) || bytes(a.key, b.key))
    if (!conversion) return false
    const time = conversion.at ?? NEVER
    if (time > at) return false
    if (time === at && bytes(other.customer, own.customer.customer) > 0) return false
    const decided = (input.reviews.get(conversion.key)?.history ?? []).filter((one) => one.at <= at)
    if (decided.at(-1)?.status === 'declined') return false
    return !isReversedAt(conversion, at)
  })
  return 1 + before.length
}

function isReversedAt(trigger: NaiveTrigger, at: string): boolean {
  if (trigger.key.startsWith('qualification:') && !trigger.isDue) return false
  return trigger.orders.some((order) => isGivenBack(order, at))
}

// 6. Caps

export function inOrderOfEarning(a: Priced, b: Priced): number {
  const [x, y] = [a.at ?? NEVER, b.at ?? NEVER]
  return bytes(x, y) || bytes(a.moment, b.moment) || bytes(a.key, b.key)
}

export function capNaively(input: DueInput, due: Priced[]): void {
  const month = (one: Priced) => localDate(one.at ?? '', input.program.zone).slice(0, 7)
  const filling = due.filter(
    ({ key }) => input.reviews.get(key)?.history.at(-1)?.status !== 'declined',
  )
  const fills = new Map<Priced, bigint>()
  for (const one of filling) {
    const reviewed = input.reviews.get(one.key)?.reviewed
    const counts = reviewed?.currency === one.currency && reviewed.kind === one.kind
    fills.set(one, counts ? BigInt(reviewed.amountMinor) : 0n)
  }
  for (const one of filling) {
    const sum = (belongs: (other: Priced) => boolean) =>
      filling
        .filter((other) => other !== one && other.currency === one.currency)
        .filter((other) => other.kind === one.kind && belongs(other))
        .reduce((filled, other) => filled + (fills.get(other) ?? 0n), 0n)
    const filled: Record<string, bigint> = {
      perCustomer: sum((other) => other.customer === one.customer),
      perPeriod: sum((other) => month(other) === month(one)),
      perProgram: sum(() => true),
    }
    for (const [cap, limit] of Object.entries(one.caps)) {
      if (limit === undefined) continue
      const left = BigInt(limit) - (filled[cap] ?? 0n)
      const room = left < 0n ? 0n : left * 10_000n
      if (room < one.exact) one.exact = room
    }
    one.amount = round(one.exact, 10_000n)
    one.reversed = round(one.exact * one.share[0], 10_000n * one.share[1])
    fills.set(one, one.amount)
  }
}

// 7. Status

function statusNaively(input: DueInput, { key, orders, customer }: NaiveTrigger): string {
  if (orders.some(({ conflict }) => conflict)) return 'order_conflict'
  if (input.taken.has(key)) return 'already_credited'
  return customer.provisional ?? 'new'
}
