/** Reads of the append-only facts. Every function takes the executor first, so it works in and out of a transaction. */
import type { Kysely } from 'kysely'
import type { FactRow, Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'

type Db = Kysely<Tables>

/** Types that can give or carry evidence; money's own types are left out. */
const EVIDENCE_TYPES = ['visit', 'code', 'install', 'identify', 'signup', 'sale', 'lead', 'assign']

export interface FactId {
  trust: 'secret' | 'open'
  id: string
}

/** The stored facts among these ids. */
export async function factsById(
  db: Db,
  programId: string,
  ids: readonly FactId[],
): Promise<FactRow[]> {
  const found: FactRow[] = []
  for (const trust of ['secret', 'open'] as const) {
    const wanted = ids.filter((id) => id.trust === trust).map((id) => id.id)
    if (wanted.length === 0) continue
    found.push(
      ...(await db
        .selectFrom('fact')
        .selectAll()
        .where('program_id', '=', programId)
        .where('trust', '=', trust)
        .where(anyOf(db, 'id', wanted))
        .execute()),
    )
  }
  return found
}

/** Facts that name any of these customers and can matter to credit. */
export const factsNamingCustomers = factsBy('customer', EVIDENCE_TYPES)

/** Installs and codes of these installations. */
export const factsOfInstallations = factsBy('install', ['install', 'code'])

/** Visits and codes of these visitors. */
export const factsOfVisitors = factsBy('visitor', ['visit', 'code'])

/** All facts of these leads. */
export const factsOfLeads = factsBy('lead_id', ['lead'])

/** Sales and refunds of these orders. */
export const factsOfOrders = factsBy('order_id', ['sale', 'refund'])

function factsBy(
  column: 'customer' | 'install' | 'visitor' | 'lead_id' | 'order_id',
  types: readonly string[],
): (db: Db, programId: string, values: readonly string[]) => Promise<FactRow[]> {
  return (db, programId, values) => {
    if (values.length === 0) return Promise.resolve([])
    return db
      .selectFrom('fact')
      .selectAll()
      .where('program_id', '=', programId)
      .where(anyOf(db, column, values))
      .where('type', 'in', types)
      .execute()
  }
}

/** The leads that carry one of these e-mail hashes. */
export async function leadsByEmail(
  db: Db,
  programId: string,
  emailHashes: readonly string[],
): Promise<string[]> {
  if (emailHashes.length === 0) return []
  const rows = await db
    .selectFrom('fact')
    .select('lead_id')
    .distinct()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'email_hash', emailHashes))
    .where('type', '=', 'lead')
    .execute()
  return rows.flatMap((row) => (row.lead_id === null ? [] : [row.lead_id]))
}

/** Customers that a secret fact gave one of these e-mails. */
export async function customersByEmail(
  db: Db,
  programId: string,
  emailHashes: readonly string[],
): Promise<string[]> {
  if (emailHashes.length === 0) return []
  const rows = await db
    .selectFrom('fact')
    .select('customer')
    .distinct()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'email_hash', emailHashes))
    .where('trust', '=', 'secret')
    .where('customer', 'is not', null)
    .execute()
  return rows.flatMap((row) => (row.customer === null ? [] : [row.customer]))
}

/** A visitor or an installation joined to a customer by some fact. */
export interface TieRow {
  carrier: string
  customer: string
}

/** Customers that facts join to these visitors, directly. */
export async function customersOfVisitors(
  db: Db,
  programId: string,
  visitors: readonly string[],
): Promise<TieRow[]> {
  if (visitors.length === 0) return []
  const rows = await db
    .selectFrom('fact')
    .select(['visitor', 'customer'])
    .distinct()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'visitor', visitors))
    .where('visitor', 'is not', null)
    .where('customer', 'is not', null)
    .execute()
  return rows.flatMap(({ visitor, customer }) =>
    visitor === null || customer === null ? [] : [{ carrier: visitor, customer }],
  )
}

/** Customers that facts join to these installations. */
export async function customersOfInstallations(
  db: Db,
  programId: string,
  installs: readonly string[],
): Promise<TieRow[]> {
  if (installs.length === 0) return []
  const rows = await db
    .selectFrom('fact')
    .select(['install', 'customer'])
    .distinct()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'install', installs))
    .where('customer', 'is not', null)
    .execute()
  return rows.flatMap(({ install, customer }) =>
    install === null || customer === null ? [] : [{ carrier: install, customer }],
  )
}

/** One page of the facts of a program, oldest receipt first. */
export function factsPage(
  db: Db,
  programId: string,
  filter: {
    type: string | undefined
    since: string | undefined
    customer: string | undefined
    after: { received: string; id: string } | undefined
    limit: number
  },
): Promise<FactRow[]> {
  let query = db
    .selectFrom('fact')
    .selectAll()
    .where('program_id', '=', programId)
    .orderBy('received')
    .orderBy('id')
    .limit(filter.limit)
  const { type, since, customer, after } = filter
  if (type !== undefined) query = query.where('type', '=', type)
  if (since !== undefined) query = query.where('received', '>=', since)
  if (customer !== undefined) query = query.where('customer', '=', customer)
  if (after !== undefined) {
    query = query.where((where) =>
      where.or([
        where('received', '>', after.received),
        where.and([where('received', '=', after.received), where('id', '>', after.id)]),
      ]),
    )
  }
  return query.execute()
}
