/** Partners and their dated changes (RULES F5). */
import type { Kysely } from 'kysely'
import type { PartnerChangeRow, PartnerGroupRow, PartnerRow, Tables } from '../tables.ts'

type Db = Kysely<Tables>

export async function insertGroup(db: Db, row: PartnerGroupRow): Promise<void> {
  await db.insertInto('partner_group').values(row).execute()
}

/** Writes the present values of a group. */
export async function updateGroup(db: Db, row: PartnerGroupRow): Promise<void> {
  await db
    .updateTable('partner_group')
    .set({ name: row.name, support: row.support })
    .where('program_id', '=', row.program_id)
    .where('id', '=', row.id)
    .execute()
}

export async function insertPartner(db: Db, row: PartnerRow): Promise<void> {
  await db.insertInto('partner').values(row).execute()
}

/** Writes the present values of a partner; its dated changes stand apart. */
export async function updatePartner(db: Db, row: PartnerRow): Promise<void> {
  const { program_id, id, ...values } = row
  await db
    .updateTable('partner')
    .set(values)
    .where('program_id', '=', program_id)
    .where('id', '=', id)
    .execute()
}

/** Appends dated changes. */
export async function insertPartnerChanges(
  db: Db,
  rows: readonly PartnerChangeRow[],
): Promise<void> {
  if (rows.length === 0) return
  await db
    .insertInto('partner_change')
    .values([...rows])
    .execute()
}
