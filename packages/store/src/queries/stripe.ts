/** What is remembered of a Stripe account: its secret, which payment belongs to which order, refunds that wait. */
import type { Kysely } from 'kysely'
import type { StripePaymentRow, StripeRefundRow, StripeSettingRow, Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'

type Db = Kysely<Tables>

export function stripeSetting(db: Db, programId: string): Promise<StripeSettingRow | undefined> {
  return db
    .selectFrom('stripe_setting')
    .selectAll()
    .where('program_id', '=', programId)
    .executeTakeFirst()
}

/** Whether account credit goes into customer balances at Stripe. */
export async function creditsAtStripe(db: Db, programId: string): Promise<boolean> {
  return ((await stripeSetting(db, programId))?.api_key ?? null) !== null
}

/** Sets all of it anew. */
export async function saveStripeSetting(db: Db, row: StripeSettingRow): Promise<void> {
  const { program_id: _, ...columns } = row
  await db
    .insertInto('stripe_setting')
    .values(row)
    .onConflict((conflict) => conflict.column('program_id').doUpdateSet(columns))
    .execute()
}

/**
 * Remembers which order each payment paid. The first that is said of a payment stands.
 *
 * @returns how many payments were not known before.
 */
export async function insertStripePayments(
  db: Db,
  rows: readonly StripePaymentRow[],
): Promise<number> {
  if (rows.length === 0) return 0
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('stripe_payment')
    .values([...rows])
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return Number(numInsertedOrUpdatedRows ?? 0)
}

/** Those of these payments whose order is known. */
export async function stripePayments(
  db: Db,
  programId: string,
  payments: readonly string[],
): Promise<StripePaymentRow[]> {
  if (payments.length === 0) return []
  return db
    .selectFrom('stripe_payment')
    .selectAll()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'payment', payments))
    .execute()
}

/**
 * Keeps refunds until the order of their payment is known; one row for each payment that it may be known by.
 *
 * @returns how many rows were not there before.
 */
export async function insertStripeRefunds(
  db: Db,
  rows: readonly StripeRefundRow[],
): Promise<number> {
  if (rows.length === 0) return 0
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('stripe_refund')
    .values([...rows])
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return Number(numInsertedOrUpdatedRows ?? 0)
}

/** Refunds that wait for the order of one of these payments. */
export async function stripeRefundsOf(
  db: Db,
  programId: string,
  payments: readonly string[],
): Promise<StripeRefundRow[]> {
  if (payments.length === 0) return []
  return db
    .selectFrom('stripe_refund')
    .selectAll()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'payment', payments))
    .orderBy('event_id')
    .execute()
}

/** Forgets refunds that were taken, under whichever payment they waited. */
export async function deleteStripeRefunds(
  db: Db,
  programId: string,
  eventIds: readonly string[],
): Promise<void> {
  if (eventIds.length === 0) return
  await db
    .deleteFrom('stripe_refund')
    .where('program_id', '=', programId)
    .where(anyOf(db, 'event_id', eventIds))
    .execute()
}

/** How many refunds wait for the order of their payment. */
export async function countStripeRefunds(db: Db, programId: string): Promise<number> {
  const { waiting } = await db
    .selectFrom('stripe_refund')
    .select(({ fn }) => fn.count<number | string>('event_id').distinct().as('waiting'))
    .where('program_id', '=', programId)
    .executeTakeFirstOrThrow()
  return Number(waiting)
}
