/**
 * Refunds name the payment, sales the order. Which payment paid which order is remembered, and a refund whose order is
 * not known yet is kept until it is, whichever comes first.
 */
import type { SentbyEventInput } from '@sentby/contract/events'
import {
  deleteStripeRefunds,
  insertStripePayments,
  insertStripeRefunds,
  type StripePaymentRow,
  stripePayments,
  stripeRefundsOf,
  type Tx,
} from '@sentby/store'
import type { MoneyBack, Reading } from '../../adapters/stripe/reading.ts'
import type { Deps } from '../../deps.ts'

export interface Remembered {
  /** Refunds of this delivery whose order is known. */
  ready: SentbyEventInput[]
  /** Refunds of earlier deliveries whose order is known now. */
  released: SentbyEventInput[]
  /** Something was not known before: a payment's order, or a refund that waits now. */
  learned: boolean
  /** Refunds of this delivery that wait. */
  waiting: number
}

type RememberDeps = Pick<Deps, 'store' | 'clock'>

/**
 * Saves what a delivery says of payments, in one transaction that is the only one to look at them. What is released
 * stays remembered until `forgetRefunds`: whoever dies in between has it sent again, under the same ids.
 */
export async function rememberPayments(
  deps: RememberDeps,
  programId: string,
  { paid, moneyBack }: Reading,
): Promise<Remembered> {
  if (paid.length === 0 && moneyBack.length === 0) {
    return { ready: [], released: [], learned: false, waiting: 0 }
  }
  const paidNow = paid.map(({ payment }) => payment)
  const asked = [...new Set([...paidNow, ...moneyBack.flatMap(({ payments }) => payments)])]
  return deps.store.transaction(async (tx) => {
    await tx.lockSubjects(
      programId,
      asked.map((payment) => `stripe:${payment}`),
    )
    const now = new Date(deps.clock.now()).toISOString()
    const known = await insertStripePayments(
      tx.db,
      paid.map(({ payment, order, currency }) => ({
        program_id: programId,
        payment,
        order_id: order,
        currency,
        created_at: now,
      })),
    )
    const orders = ordersOf(await stripePayments(tx.db, programId, asked))
    const waiting = moneyBack.filter((back) => orderOf(orders, back) === undefined)
    const kept = await keepWaiting(tx, programId, waiting, now)
    return {
      ready: moneyBack.flatMap((back) => toRefund(orders, back)),
      released: await releasedBy(tx, programId, paidNow, orders),
      learned: known + kept > 0,
      waiting: waiting.length,
    }
  })
}

/** Forgets refunds that are stored as facts. */
export async function forgetRefunds(
  deps: RememberDeps,
  programId: string,
  events: readonly SentbyEventInput[],
): Promise<void> {
  const ids = events.map(({ id }) => id)
  if (ids.length === 0) return
  await deps.store.transaction((tx) => deleteStripeRefunds(tx.db, programId, ids))
}

type Orders = ReadonlyMap<string, StripePaymentRow>

function ordersOf(rows: readonly StripePaymentRow[]): Orders {
  return new Map(rows.map((row) => [row.payment, row]))
}

function orderOf(orders: Orders, { payments }: MoneyBack): StripePaymentRow | undefined {
  for (const payment of payments) {
    const order = orders.get(payment)
    if (order) return order
  }
  return undefined
}

function keepWaiting(
  tx: Tx,
  programId: string,
  waiting: readonly MoneyBack[],
  now: string,
): Promise<number> {
  const rows = waiting.flatMap((back) =>
    back.payments.map((payment) => ({
      program_id: programId,
      payment,
      event_id: back.id,
      body: JSON.stringify(back),
      created_at: now,
    })),
  )
  return insertStripeRefunds(tx.db, rows)
}

async function releasedBy(
  tx: Tx,
  programId: string,
  payments: readonly string[],
  orders: Orders,
): Promise<SentbyEventInput[]> {
  const rows = await stripeRefundsOf(tx.db, programId, payments)
  const bodies = new Map(rows.map((row) => [row.event_id, row.body]))
  return [...bodies.values()].flatMap((body) => toRefund(orders, JSON.parse(body) as MoneyBack))
}

/** A refund carries no currency: of an amount in another one than the sale's, as of a dispute's, all is given back. */
function toRefund(orders: Orders, back: MoneyBack): SentbyEventInput[] {
  const order = orderOf(orders, back)
  if (!order) return []
  const { id, at, refund, reason, status } = back
  return [
    {
      type: 'refund',
      id,
      at,
      refund,
      order: order.order_id,
      ...(order.currency === back.currency ? { amount: back.amountMinor } : {}),
      ...(reason === undefined ? {} : { reason }),
      status,
    },
  ]
}
