/** What customers were given, once each. */
import type { Kysely } from 'kysely'
import type { OfferGrantRow, Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'
import { slicesOf } from './slices-of.ts'

type Db = Kysely<Tables>

/**
 * Notes what customers are given.
 *
 * @returns the customers that were given nothing before; the others keep what they have.
 */
export async function insertOfferGrants(
  db: Db,
  rows: readonly OfferGrantRow[],
): Promise<Set<string>> {
  const inserted = new Set<string>()
  for (const slice of slicesOf(rows)) {
    const given = await db
      .insertInto('offer_grant')
      .values(slice)
      .onConflict((conflict) => conflict.columns(['program_id', 'customer']).doNothing())
      .returning('customer')
      .execute()
    for (const { customer } of given) inserted.add(customer)
  }
  return inserted
}

export async function offerGrantsOf(
  db: Db,
  programId: string,
  customers: readonly string[],
): Promise<OfferGrantRow[]> {
  if (customers.length === 0) return []
  return db
    .selectFrom('offer_grant')
    .selectAll()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'customer', customers))
    .execute()
}
