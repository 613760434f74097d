/** Who decided what about rewards: append-only. */
import type { Kysely } from 'kysely'
import type { RewardReviewRow, Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'
import { slicesOf } from './slices-of.ts'

type Db = Kysely<Tables>

/** The reviews of these rewards, in order. */
export async function reviewsOfRewards(
  db: Db,
  programId: string,
  rewards: readonly string[],
): Promise<RewardReviewRow[]> {
  if (rewards.length === 0) return []
  return db
    .selectFrom('reward_review')
    .selectAll()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'reward_id', rewards))
    .orderBy('reward_id')
    .orderBy('n')
    .execute()
}

export async function insertReviews(db: Db, rows: readonly RewardReviewRow[]): Promise<void> {
  for (const slice of slicesOf(rows)) await db.insertInto('reward_review').values(slice).execute()
}
