/** Orders that were sold, by the index of orders. */
import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

type Db = Kysely<Tables>

/** One page of the orders that have a sale, by order id. */
export async function soldOrders(
  db: Db,
  programId: string,
  filter: { customer: string | undefined; after: string | undefined; limit: number },
): Promise<string[]> {
  let query = db
    .selectFrom('fact')
    .select('order_id')
    .distinct()
    .where('program_id', '=', programId)
    .where('order_id', 'is not', null)
    .where('type', '=', 'sale')
    .orderBy('order_id')
    .limit(filter.limit)
  if (filter.customer !== undefined) query = query.where('customer', '=', filter.customer)
  if (filter.after !== undefined) query = query.where('order_id', '>', filter.after)
  const rows = await query.execute()
  return rows.flatMap((row) => (row.order_id === null ? [] : [row.order_id]))
}
