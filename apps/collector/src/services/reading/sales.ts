/** Sales by order: the one that stands, and what was given back of it (RULES M5, M7). */
import type { Page, SaleAnswer, SaleWithReward } from '@sentby/contract'
import { type RefundRecord, type SaleRecord, summariseSale } from '@sentby/domain'
import { type FactRow, factsOfOrders, soldOrders } from '@sentby/store'
import type { Deps } from '../../deps.ts'
import { type PageRequest, pageFrom, readCursor } from '../paging.ts'
import { Refusal } from '../refusal.ts'
import type { SettleDeps } from '../rewards/in-locks.ts'
import { rewardOfSale } from '../rewards/reward-of-sale.ts'

type ReadDeps = Pick<Deps, 'store'>

/** What a stored `sale` or `refund` says beyond its columns. */
interface MoneyContent {
  amount?: number
  currency?: string
  tax?: number
  fee?: number
  discount?: number
  product?: string
  plan?: string
  subscription?: string
  period?: { start: string; end: string }
  refund?: string
  status?: 'made' | 'undone'
}

type ToldSale = SaleRecord & { content: MoneyContent }

/** Sales by order id; of one customer where it is named: a page may then be shorter than asked. */
export async function listSales(
  deps: ReadDeps,
  programId: string,
  { customer, ...page }: PageRequest & { customer?: string | undefined },
): Promise<Page<SaleAnswer>> {
  const [after] = readCursor(page.cursor, 1) ?? []
  const { db } = deps.store
  const found = await soldOrders(db, programId, { customer, after, limit: page.limit + 1 })
  const { data: orders, next } = pageFrom(found, page.limit, (order) => [order])
  const facts = await factsOfOrders(db, programId, orders)
  const byOrder = new Map<string | null, FactRow[]>()
  for (const row of facts) byOrder.set(row.order_id, [...(byOrder.get(row.order_id) ?? []), row])
  const data = orders.flatMap((order) => {
    const sale = toSale(order, byOrder.get(order) ?? [])
    return sale && (customer === undefined || sale.customer === customer) ? [sale] : []
  })
  return { data, next }
}

/**
 * The sale of an order, with what it earned or why nothing.
 *
 * @throws Refusal `not_found` when nothing was sold under it, refunds that wait for their sale included.
 */
export async function readSale(
  deps: SettleDeps,
  programId: string,
  order: string,
): Promise<SaleWithReward> {
  const sale = toSale(order, await factsOfOrders(deps.store.db, programId, [order]))
  if (!sale) throw new Refusal('not_found')
  return { ...sale, ...(await rewardOfSale(deps, programId, sale)) }
}

function toSale(order: string, rows: readonly FactRow[]): SaleAnswer | undefined {
  const summary = summariseSale(rows.flatMap(saleOf), rows.flatMap(refundOf))
  if (!summary) return undefined
  const { sale, conflict, refundedMinor } = summary
  const { content } = sale
  return {
    order,
    customer: sale.customer,
    amount: sale.amountMinor,
    currency: sale.currency,
    refunded: refundedMinor,
    at: sale.at,
    event: sale.id,
    conflict,
    tax: content.tax ?? null,
    fee: content.fee ?? null,
    discount: content.discount ?? null,
    product: content.product ?? null,
    plan: content.plan ?? null,
    subscription: content.subscription ?? null,
    period: content.period ?? null,
    refunds: summary.refunds.map(({ refund, at, amountMinor, status }) => ({
      refund,
      amount: amountMinor,
      at,
      status,
    })),
  }
}

function saleOf(row: FactRow): ToldSale[] {
  const content = JSON.parse(row.content) as MoneyContent
  const { amount, currency } = content
  if (row.type !== 'sale' || row.customer === null || amount === undefined || !currency) return []
  const { id, at, customer } = row
  return [{ id, at, customer, amountMinor: amount, currency, content }]
}

function refundOf(row: FactRow): RefundRecord[] {
  const { refund, amount, status = 'made' } = JSON.parse(row.content) as MoneyContent
  if (row.type !== 'refund' || refund === undefined) return []
  const { id, at } = row
  return [{ id, at, refund, status, ...(amount === undefined ? {} : { amountMinor: amount }) }]
}
