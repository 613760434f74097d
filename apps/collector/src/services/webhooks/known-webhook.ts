import { type Store, type WebhookRow, webhookById } from '@sentby/store'
import { Refusal } from '../refusal.ts'

/** @throws Refusal `not_found` when the program has no such webhook. */
export async function knownWebhook(
  db: Store['db'],
  programId: string,
  id: string,
): Promise<WebhookRow> {
  const row = await webhookById(db, programId, id)
  if (!row) throw new Refusal('not_found')
  return row
}
