/** Finds what was approved and not published, by partner. Frozen: a later change is a later file. */
import { type Kysely, sql } from 'kysely'
import { expectRows } from './step-parts.ts'

/** Runs on both engines. */
export async function up(db: Kysely<unknown>, postgres: boolean): Promise<void> {
  await sql
    .raw(
      `create index reward_approved_unpublished on reward (program_id, partner_id)
        where status = 'approved' and reverses is null
          and decided_at is not null and published_at is null`,
    )
    .execute(db)
  if (postgres) return
  await expectRows(db, [['reward', 'reward_approved_unpublished', '10000 10000 100']])
}
