/** What was sold and given back under one order, from its facts alone (RULES M5, M7). */
import type { Instant } from './facts.ts'

/** A stored `sale`. */
export interface SaleRecord {
  id: string
  at: Instant
  customer: string
  amountMinor: number
  currency: string
}

/** A stored `refund`. */
export interface RefundRecord {
  id: string
  at: Instant
  refund: string
  /** Absent: all of the sale. */
  amountMinor?: number
  status: 'made' | 'undone'
}

/** One refund, however often it was told. */
export interface Refund {
  refund: string
  at: Instant
  /** `null`: all of the sale. */
  amountMinor: number | null
  status: 'made' | 'undone'
}

export interface SaleSummary<Sale extends SaleRecord = SaleRecord> {
  /** The sale that stands. */
  sale: Sale
  /** Another sale of the order has another amount, currency or customer. */
  conflict: boolean
  /** In the order of their times. */
  refunds: Refund[]
  /** Minor units, never more than the amount. */
  refundedMinor: number
}

/**
 * Sums up one order: of several sales the smallest (`at`, id) stands; of several tellings of one refund the smallest
 * says how much, the last whether it is undone (RULES M5). Refunded = min(amount, Σ refunds made), and one without
 * amount is all (RULES M7).
 *
 * @returns `undefined` when nothing was sold, refunds that wait for their sale included.
 */
export function summariseSale<Sale extends SaleRecord>(
  sales: readonly Sale[],
  refunds: readonly RefundRecord[],
): SaleSummary<Sale> | undefined {
  const [sale, ...others] = [...sales].sort(inOrder)
  if (!sale) return undefined
  const settled = settleRefunds(refunds)
  let refundedMinor = 0
  for (const { amountMinor, status } of settled) {
    if (status === 'made') refundedMinor += amountMinor ?? sale.amountMinor
  }
  return {
    sale,
    conflict: others.some((other) => !isSameSale(sale, other)),
    refunds: settled,
    refundedMinor: Math.min(sale.amountMinor, refundedMinor),
  }
}

/** Each refund once: its first telling says how much it gave back, its last one whether that was undone. */
function settleRefunds(records: readonly RefundRecord[]): Refund[] {
  const tellings = new Map<string, RefundRecord[]>()
  for (const record of [...records].sort(inOrder)) {
    const known = tellings.get(record.refund)
    if (known) known.push(record)
    else tellings.set(record.refund, [record])
  }
  return [...tellings].flatMap(([refund, told]) => {
    const first = told.find(({ status }) => status === 'made') ?? told[0]
    if (!first) return []
    const { at, amountMinor = null } = first
    return [{ refund, at, amountMinor, status: told.at(-1)?.status ?? first.status }]
  })
}

function isSameSale(a: SaleRecord, b: SaleRecord): boolean {
  return a.amountMinor === b.amountMinor && a.currency === b.currency && a.customer === b.customer
}

function inOrder(a: { at: Instant; id: string }, b: { at: Instant; id: string }): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1
  if (a.id === b.id) return 0
  return a.id < b.id ? -1 : 1
}
