/** Forgets messages and deliveries that nobody will ask for, piece by piece. */
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

type Db = Kysely<Tables>

/**
 * Forgets deliveries made before `before`; of those that are not finished only the ones before `abandonedBefore`.
 *
 * @returns how many rows were forgotten, `limit` at most.
 */
export async function forgetDeliveries(
  db: Db,
  programId: string,
  { before, abandonedBefore, limit }: { before: string; abandonedBefore: string; limit: number },
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from webhook_delivery where (program_id, webhook_id, message_id) in (
      select program_id, webhook_id, message_id from webhook_delivery
      where program_id = ${programId} and created_at < ${before}
        and (due_at is null or created_at < ${abandonedBefore})
      limit ${limit})`.execute(db)
  return Number(numAffectedRows ?? 0n)
}

/** Forgets deliveries of a webhook that was deleted; `limit` at most. */
export async function forgetDeliveriesOf(
  db: Db,
  programId: string,
  webhookId: string,
  limit: number,
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from webhook_delivery
    where program_id = ${programId} and webhook_id = ${webhookId} and message_id in (
      select message_id from webhook_delivery
      where program_id = ${programId} and webhook_id = ${webhookId} limit ${limit})`.execute(db)
  return Number(numAffectedRows ?? 0n)
}

/** Forgets messages made before a moment; `limit` at most. */
export async function forgetMessages(
  db: Db,
  programId: string,
  before: string,
  limit: number,
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from webhook_message where program_id = ${programId} and id in (
      select id from webhook_message
      where program_id = ${programId} and created_at < ${before} limit ${limit})`.execute(db)
  return Number(numAffectedRows ?? 0n)
}
