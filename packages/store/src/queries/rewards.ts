/** What rewards are made from and where they are written; a partner's rows are written under its lock. */
import type { Kysely } from 'kysely'
import type { CustomerRow, FactRow, RewardRow, Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'
import { slicesOf } from './slices-of.ts'

type Db = Kysely<Tables>

/** Facts by which customers earn or cease to. */
export const MONEY_FACTS = ['sale', 'cancel', 'signup'] as const

/** All rewards of these customers with what was added to them, whosever they are. */
export async function rewardsOfCustomers(
  db: Db,
  programId: string,
  customers: readonly string[],
): Promise<RewardRow[]> {
  if (customers.length === 0) return []
  return db
    .selectFrom('reward')
    .selectAll()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'customer', customers))
    .orderBy('id')
    .execute()
}

/** Who has rewards of these customers. */
export async function partnersRewardedFor(
  db: Db,
  programId: string,
  customers: readonly string[],
): Promise<{ customer: string; partner_id: string }[]> {
  if (customers.length === 0) return []
  return db
    .selectFrom('reward')
    .select(['customer', 'partner_id'])
    .distinct()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'customer', customers))
    .execute()
}

/** Customers that are credited to one of these partners, or for whom one of them has a reward. */
export async function customersOfPartners(
  db: Db,
  programId: string,
  partners: readonly string[],
): Promise<string[]> {
  if (partners.length === 0) return []
  const credited = db
    .selectFrom('customer')
    .select('id')
    .where('program_id', '=', programId)
    .where(anyOf(db, 'partner_id', partners))
  const rewarded = db
    .selectFrom('reward')
    .select('customer as id')
    .where('program_id', '=', programId)
    .where(anyOf(db, 'partner_id', partners))
  const rows = await credited.union(rewarded).execute()
  return rows.map((row) => row.id)
}

/** What money reads of customers: their sales, cancels and signups. */
export async function moneyFactsOfCustomers(
  db: Db,
  programId: string,
  customers: readonly string[],
): Promise<FactRow[]> {
  if (customers.length === 0) return []
  return db
    .selectFrom('fact')
    .selectAll()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'customer', customers))
    .where('type', 'in', MONEY_FACTS)
    .execute()
}

/** Customers whom a sale of one of these orders names. */
export async function customersOfOrders(
  db: Db,
  programId: string,
  orders: readonly string[],
): Promise<string[]> {
  if (orders.length === 0) return []
  const sold = await db
    .selectFrom('fact')
    .select('customer')
    .distinct()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'order_id', orders))
    .where('type', '=', 'sale')
    .execute()
  return sold.flatMap((row) => (row.customer === null ? [] : [row.customer]))
}

/** Inserts rewards, and writes anew those that are there. */
export async function saveRewards(db: Db, rows: readonly RewardRow[]): Promise<void> {
  for (const slice of slicesOf(rows)) {
    await db
      .insertInto('reward')
      .values(slice)
      .onConflict((conflict) =>
        conflict.columns(['program_id', 'id']).doUpdateSet((set) => ({
          // An order that names another customer now takes its rewards along.
          customer: set.ref('excluded.customer'),
          order_id: set.ref('excluded.order_id'),
          kind: set.ref('excluded.kind'),
          currency: set.ref('excluded.currency'),
          amount: set.ref('excluded.amount'),
          exact: set.ref('excluded.exact'),
          orders: set.ref('excluded.orders'),
          status: set.ref('excluded.status'),
          reason: set.ref('excluded.reason'),
          review_status: set.ref('excluded.review_status'),
          review_reason: set.ref('excluded.review_reason'),
          agreed: set.ref('excluded.agreed'),
          refused: set.ref('excluded.refused'),
          auto_review: set.ref('excluded.auto_review'),
          earned_at: set.ref('excluded.earned_at'),
          hold_until: set.ref('excluded.hold_until'),
          month: set.ref('excluded.month'),
          decided_at: set.ref('excluded.decided_at'),
          published_at: set.ref('excluded.published_at'),
          published_status: set.ref('excluded.published_status'),
          explanation: set.ref('excluded.explanation'),
          group_id: set.ref('excluded.group_id'),
          terms_version: set.ref('excluded.terms_version'),
          terms_hash: set.ref('excluded.terms_hash'),
          tier: set.ref('excluded.tier'),
          updated_at: set.ref('excluded.updated_at'),
        })),
      )
      .execute()
  }
}

/** Rewards that approve themselves by then. */
export function maturedRewards(
  db: Db,
  programId: string,
  now: string,
  limit: number,
): Promise<RewardRow[]> {
  return db
    .selectFrom('reward')
    .selectAll()
    .where('program_id', '=', programId)
    .where('auto_review', '=', 1)
    .where('status', '=', 'new')
    .where('reverses', 'is', null)
    .where('review_status', 'is', null)
    .where('hold_until', '<=', now)
    .orderBy('hold_until')
    .limit(limit)
    .execute()
}

/** Shows partners what was decided before a moment; what is shown already stays. */
export async function publishDecisions(
  db: Db,
  programId: string,
  decidedBefore: string,
  now: string,
): Promise<number> {
  const done = await db
    .updateTable('reward')
    .set((set) => ({ published_at: now, published_status: set.ref('status') }))
    .where('program_id', '=', programId)
    .where('decided_at', 'is not', null)
    .where('decided_at', '<', decidedBefore)
    .where('published_at', 'is', null)
    .executeTakeFirst()
  return Number(done.numUpdatedRows)
}

/** Rewards that answer for one of these orders, with what was added to them. */
export async function rewardsOnOrders(
  db: Db,
  programId: string,
  orders: readonly string[],
): Promise<RewardRow[]> {
  if (orders.length === 0) return []
  return db
    .selectFrom('reward')
    .selectAll()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'order_id', orders))
    .execute()
}

/** Whom customers are credited to, with the decision. */
export async function decisionsOfCustomers(
  db: Db,
  programId: string,
  customers: readonly string[],
): Promise<Pick<CustomerRow, 'id' | 'partner_id' | 'provisional' | 'decision'>[]> {
  if (customers.length === 0) return []
  return db
    .selectFrom('customer')
    .select(['id', 'partner_id', 'provisional', 'decision'])
    .where('program_id', '=', programId)
    .where(anyOf(db, 'id', customers))
    .execute()
}

/** How many customers are credited to a partner, counted up to a limit. */
export async function countCreditedTo(
  db: Db,
  programId: string,
  partner: string,
  limit: number,
): Promise<number> {
  const rows = await db
    .selectFrom('customer')
    .select('id')
    .where('program_id', '=', programId)
    .where('partner_id', '=', partner)
    .limit(limit)
    .execute()
  return rows.length
}
