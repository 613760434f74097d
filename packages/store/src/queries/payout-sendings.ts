/** Batches sent over a provider's API. A row is written by whoever holds its batch's lock (RULES F6). */
import { type Kysely, sql } from 'kysely'
import type { PayoutBatchRow, PayoutRow, PayoutSendingRow, Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'

type Db = Kysely<Tables>

export async function insertSending(db: Db, row: PayoutSendingRow): Promise<void> {
  await db.insertInto('payout_sending').values(row).execute()
}

/** Whether and how a batch was sent; `undefined`: it was not. */
export function sendingOf(
  db: Db,
  programId: string,
  batch: string,
): Promise<PayoutSendingRow | undefined> {
  return db
    .selectFrom('payout_sending')
    .selectAll()
    .where('program_id', '=', programId)
    .where('batch_id', '=', batch)
    .executeTakeFirst()
}

/** How batches were sent; those that were not are left out. */
export async function sendingsOf(
  db: Db,
  programId: string,
  batches: readonly string[],
): Promise<PayoutSendingRow[]> {
  if (batches.length === 0) return []
  return db
    .selectFrom('payout_sending')
    .selectAll()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'batch_id', batches))
    .execute()
}

/** Writes how a batch's sending stands. */
export async function updateSending(db: Db, row: PayoutSendingRow): Promise<void> {
  const { program_id, batch_id, account: _account, actor: _actor, first_at: _first, ...set } = row
  await db
    .updateTable('payout_sending')
    .set(set)
    .where('program_id', '=', program_id)
    .where('batch_id', '=', batch_id)
    .execute()
}

/** Batches that are to be looked at by now and that nobody is at, those first that wait longest. */
export async function dueSendings(
  db: Db,
  programId: string,
  now: string,
  limit: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom('payout_sending')
    .select('batch_id')
    .where('program_id', '=', programId)
    .where('next_at', '<=', now)
    .where(({ eb, or }) => or([eb('calling_until', 'is', null), eb('calling_until', '<=', now)]))
    .orderBy('next_at')
    .limit(limit)
    .execute()
  return rows.map((row) => row.batch_id)
}

/**
 * Batches of a method, closed since a moment, that wait to be sent; the oldest first. Without those that pay somebody
 * whose payout failed or came back since another moment.
 */
export async function readyBatches(
  db: Db,
  programId: string,
  filter: { method: string; since: string; failedSince: string; after: string; limit: number },
): Promise<string[]> {
  const { method, since, failedSince, after, limit } = filter
  const rows = await db
    .selectFrom('payout_batch')
    .select('id')
    .where('program_id', '=', programId)
    .where('method', '=', method)
    .where('status', '=', sql.lit('ready'))
    .where('created_at', '>=', since)
    .where('id', '>', after)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('payout as own')
            .innerJoin('payout as past', (join) =>
              join
                .onRef('past.program_id', '=', 'own.program_id')
                .onRef('past.partner_id', '=', 'own.partner_id'),
            )
            .select('past.id')
            .whereRef('own.program_id', '=', 'payout_batch.program_id')
            .whereRef('own.batch_id', '=', 'payout_batch.id')
            .where('past.method', '=', method)
            .where('past.status', 'in', ['failed', 'returned'])
            .where('past.updated_at', '>=', failedSince),
        ),
      ),
    )
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => row.id)
}

/** Sent batches that are known by one of these keys of ours, or ids of the provider's. */
export async function sentBatchesNamed(
  db: Db,
  programId: string,
  names: readonly string[],
): Promise<{ batch: string; key: string }[]> {
  if (names.length === 0) return []
  return db
    .selectFrom('payout_batch as b')
    .innerJoin('payout_sending as s', (join) =>
      join.onRef('s.program_id', '=', 'b.program_id').onRef('s.batch_id', '=', 'b.id'),
    )
    .select(['b.id as batch', 'b.provider_key as key'])
    .where('b.program_id', '=', programId)
    .where(({ or }) => or([anyOf(db, 'b.provider_key', names), anyOf(db, 'b.provider_id', names)]))
    .execute()
}

/** Remembers what the provider calls a batch; what it said first stands. */
export async function keepProviderId(
  db: Db,
  { program_id, id }: Pick<PayoutBatchRow, 'program_id' | 'id'>,
  providerId: string,
): Promise<void> {
  await db
    .updateTable('payout_batch')
    .set({ provider_id: providerId })
    .where('program_id', '=', program_id)
    .where('id', '=', id)
    .where('provider_id', 'is', null)
    .execute()
}

/** Writes at payouts why they stand as they do; nothing else changes. */
export async function noteReason(
  db: Db,
  programId: string,
  payouts: readonly Pick<PayoutRow, 'id'>[],
  reason: string,
  now: string,
): Promise<void> {
  if (payouts.length === 0) return
  await db
    .updateTable('payout')
    .set({ reason, updated_at: now })
    .where('program_id', '=', programId)
    .where(
      anyOf(
        db,
        'id',
        payouts.map(({ id }) => id),
      ),
    )
    .execute()
}
