/** From stored facts to what `due` reads (docs/rewards-rules.md, section 1). */
import {
  type CancelRecord,
  type CustomerFacts,
  type Order,
  type PaidSale,
  type Provisional,
  type RefundRecord,
  summariseSale,
} from '@sentby/domain'
import type { FactRow } from '@sentby/store'

/** What a stored `sale`, `refund` or `cancel` says beyond its columns. */
interface MoneyContent {
  amount?: number
  currency?: string
  tax?: number
  fee?: number
  product?: string
  plan?: string
  subscription?: string
  period?: { start: string; end: string }
  refund?: string
  status?: 'made' | 'undone'
}

/** The orders of these facts that have a sale, by order. */
export function toOrders(rows: readonly FactRow[]): Map<string, Order> {
  const told = new Map<string, { sales: PaidSale[]; refunds: RefundRecord[] }>()
  for (const row of rows) {
    const order = row.order_id
    if (order === null || (row.type !== 'sale' && row.type !== 'refund')) continue
    const known = told.get(order) ?? { sales: [], refunds: [] }
    if (row.type === 'sale') known.sales.push(...saleOf(row, order))
    else known.refunds.push(...refundOf(row))
    told.set(order, known)
  }
  const orders = new Map<string, Order>()
  for (const [order, { sales, refunds }] of told) {
    const summary = summariseSale(sales, refunds)
    if (summary) orders.set(order, summary)
  }
  return orders
}

/**
 * What one customer's rewards are made from.
 *
 * @param own its sales, cancels and signups.
 */
export function toCustomerFacts(
  customer: string,
  own: readonly FactRow[],
  orders: readonly Order[],
  provisional: Provisional | null,
): CustomerFacts {
  return { customer, orders, cancels: own.flatMap(cancelOf), signup: signupOf(own), provisional }
}

function saleOf(row: FactRow, order: string): PaidSale[] {
  const content = contentOf(row)
  const { amount, currency, tax, fee, product, plan, subscription, period } = content
  if (row.customer === null || amount === undefined || currency === undefined) return []
  return [
    {
      id: row.id,
      at: row.at,
      customer: row.customer,
      order,
      amountMinor: amount,
      currency,
      taxMinor: tax,
      feeMinor: fee,
      product,
      plan,
      subscription,
      period,
    },
  ]
}

function refundOf(row: FactRow): RefundRecord[] {
  const { refund, amount, status = 'made' } = contentOf(row)
  if (refund === undefined) return []
  const { id, at } = row
  return [{ id, at, refund, status, ...(amount === undefined ? {} : { amountMinor: amount }) }]
}

function cancelOf(row: FactRow): CancelRecord[] {
  if (row.type !== 'cancel') return []
  return [{ at: row.at, subscription: contentOf(row).subscription }]
}

/** The earliest trusted one, else the earliest open one, by (time, id). */
function signupOf(rows: readonly FactRow[]): CustomerFacts['signup'] {
  const signups = rows.filter((row) => row.type === 'signup')
  const trusted = signups.filter((row) => row.trust === 'secret')
  const [first] = (trusted.length > 0 ? trusted : signups).sort((a, b) => {
    if (a.at !== b.at) return a.at < b.at ? -1 : 1
    return a.id < b.id ? -1 : 1
  })
  return first ? { at: first.at, trusted: first.trust === 'secret' } : null
}

function contentOf(row: FactRow): MoneyContent {
  return JSON.parse(row.content) as MoneyContent
}
