/** What can be downloaded. */
import type { Kysely } from 'kysely'
import type { ProductRow, Tables } from '../tables.ts'

type Db = Kysely<Tables>

export async function insertProduct(db: Db, row: ProductRow): Promise<void> {
  await db.insertInto('product').values(row).execute()
}

/** Writes the present settings of a product. */
export async function updateProduct(db: Db, row: ProductRow): Promise<void> {
  const { program_id, id, ...values } = row
  await db
    .updateTable('product')
    .set(values)
    .where('program_id', '=', program_id)
    .where('id', '=', id)
    .execute()
}
