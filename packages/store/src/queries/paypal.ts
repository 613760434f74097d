/** The vendor's PayPal account. */
import type { Kysely } from 'kysely'
import type { PaypalSettingRow, Tables } from '../tables.ts'

type Db = Kysely<Tables>

export function paypalSetting(db: Db, programId: string): Promise<PaypalSettingRow | undefined> {
  return db
    .selectFrom('paypal_setting')
    .selectAll()
    .where('program_id', '=', programId)
    .executeTakeFirst()
}

/** Sets all of it anew. */
export async function savePaypalSetting(db: Db, row: PaypalSettingRow): Promise<void> {
  const { program_id: _, ...columns } = row
  await db
    .insertInto('paypal_setting')
    .values(row)
    .onConflict((conflict) => conflict.column('program_id').doUpdateSet(columns))
    .execute()
}

/** From now on, or with `null` no longer, the job sends nothing by itself. */
export async function pausePaypal(
  db: Db,
  programId: string,
  paused: { at: string; reason: string } | null,
): Promise<void> {
  await db
    .updateTable('paypal_setting')
    .set({ paused_at: paused?.at ?? null, paused_reason: paused?.reason ?? null })
    .where('program_id', '=', programId)
    .execute()
}
