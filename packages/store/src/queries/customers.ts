/** A customer's row holds its present decision. */
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { CustomerRow, Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'

type Db = Kysely<Tables>

/** Of a decision about to be written, a whole row. A known customer keeps its `ref` and `created_at`. */
export async function saveCustomers(db: Db, rows: readonly CustomerRow[]): Promise<void> {
  if (rows.length === 0) return
  await db
    .insertInto('customer')
    .values([...rows])
    .onConflict((conflict) =>
      conflict.columns(['program_id', 'id']).doUpdateSet((set) => ({
        partner_id: set.ref('excluded.partner_id'),
        code: set.ref('excluded.code'),
        evidence: set.ref('excluded.evidence'),
        kind: set.ref('excluded.kind'),
        provisional: set.ref('excluded.provisional'),
        verified: set.ref('excluded.verified'),
        anchor: set.ref('excluded.anchor'),
        reason: set.ref('excluded.reason'),
        policy_version: set.ref('excluded.policy_version'),
        decision: set.ref('excluded.decision'),
        revision: set.ref('excluded.revision'),
        decided_at: set.ref('excluded.decided_at'),
      })),
    )
    .execute()
}

/** Notes customers that are to be decided later: new ones get this row, known ones keep theirs. */
export async function leaveUndecided(db: Db, rows: readonly CustomerRow[]): Promise<void> {
  if (rows.length === 0) return
  await db
    .insertInto('customer')
    .values(rows.map((row) => ({ ...row, revision: -1 })))
    .onConflict((conflict) => conflict.columns(['program_id', 'id']).doUpdateSet({ revision: -1 }))
    .execute()
}

export function customerById(
  db: Db,
  programId: string,
  id: string,
): Promise<CustomerRow | undefined> {
  return db
    .selectFrom('customer')
    .selectAll()
    .where('program_id', '=', programId)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** Customers whose decision is older than the configuration it should rest on. */
export async function undecidedCustomers(
  db: Db,
  programId: string,
  decisionsRevision: number,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('customer')
    .select('id')
    .where('program_id', '=', programId)
    .where('revision', '<', decisionsRevision)
    .limit(limit)
    .execute()
  return rows.map((row) => row.id)
}

/** One page of customers by id, with the filters of the list. */
export function customersPage(
  db: Db,
  programId: string,
  filter: { partner: string | undefined; after: string | undefined; limit: number },
): Promise<CustomerRow[]> {
  let query = db
    .selectFrom('customer')
    .selectAll()
    .where('program_id', '=', programId)
    .orderBy('id')
    .limit(filter.limit)
  if (filter.partner !== undefined) query = query.where('partner_id', '=', filter.partner)
  if (filter.after !== undefined) query = query.where('id', '>', filter.after)
  return query.execute()
}

/** How many customers each of these visitors or installations has, where it is more than `above`. */
export async function crowdedCarriers(
  db: Db,
  programId: string,
  column: 'visitor' | 'install',
  ids: readonly string[],
  above: number,
): Promise<string[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('fact')
    .select(column)
    .where('program_id', '=', programId)
    .where(anyOf(db, column, ids))
    .where(column, 'is not', null)
    .where('customer', 'is not', null)
    .where('type', 'in', ['identify', 'signup', 'sale'])
    .groupBy(column)
    .having(sql<number>`count(distinct customer)`, '>', above)
    .execute()
  return rows.flatMap((row) => {
    const id: unknown = Object.values(row)[0]
    return typeof id === 'string' ? [id] : []
  })
}

/** Whom customers are credited to, as it stands in their rows. */
export async function creditsOfCustomers(
  db: Db,
  programId: string,
  ids: readonly string[],
): Promise<Pick<CustomerRow, 'id' | 'partner_id' | 'provisional' | 'anchor'>[]> {
  return db
    .selectFrom('customer')
    .select(['id', 'partner_id', 'provisional', 'anchor'])
    .where('program_id', '=', programId)
    .where(anyOf(db, 'id', ids))
    .execute()
}
