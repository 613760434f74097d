/** Rewards that are to be computed by the job, or when somebody reads them. */
import type { Kysely } from 'kysely'
import type { StalePartnerRow, Tables } from '../tables.ts'
import { slicesOf } from './slices-of.ts'

type Db = Kysely<Tables>

/** Notes work for later; what is noted already stays. An empty partner or customer: whoever is concerned. */
export async function leaveStale(db: Db, rows: readonly StalePartnerRow[]): Promise<void> {
  for (const slice of slicesOf(rows)) {
    await db
      .insertInto('stale_partner')
      .values(slice)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}

export function stalePartners(
  db: Db,
  programId: string,
  limit: number,
): Promise<StalePartnerRow[]> {
  return db
    .selectFrom('stale_partner')
    .selectAll()
    .where('program_id', '=', programId)
    .orderBy('partner_id')
    .orderBy('customer')
    .limit(limit)
    .execute()
}

/**
 * Takes a note away; call it before what it notes is read, under the locks.
 *
 * @returns whether it was there.
 */
export async function takeStale(
  db: Db,
  { program_id, partner_id, customer }: StalePartnerRow,
): Promise<boolean> {
  const done = await db
    .deleteFrom('stale_partner')
    .where('program_id', '=', program_id)
    .where('partner_id', '=', partner_id)
    .where('customer', '=', customer)
    .executeTakeFirst()
  return done.numDeletedRows > 0n
}
