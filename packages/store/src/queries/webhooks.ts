/** Where a vendor wants to be told what happens. Secrets are read by whoever signs, never with a list. */
import type { Kysely } from 'kysely'
import type { Tables, WebhookRow } from '../tables.ts'

type Db = Kysely<Tables>

/** What writing a message needs of a webhook. */
export interface WantedWebhook {
  id: string
  /** Types of messages, or `*` alone. */
  events: readonly string[]
}

/** The webhooks of a program that take messages now. */
export async function wantedWebhooks(db: Db, programId: string): Promise<WantedWebhook[]> {
  const rows = await db
    .selectFrom('webhook')
    .select(['id', 'events'])
    .where('program_id', '=', programId)
    .where('status', '=', 'enabled')
    .orderBy('id')
    .execute()
  return rows.map(({ id, events }) => ({ id, events: JSON.parse(events) as string[] }))
}

/** All but the deleted ones, the oldest first; a program has few. */
export function webhooksOf(db: Db, programId: string): Promise<WebhookRow[]> {
  return db
    .selectFrom('webhook')
    .selectAll()
    .where('program_id', '=', programId)
    .where('status', '!=', 'deleted')
    .orderBy('id')
    .execute()
}

/** One webhook, unless it was deleted. */
export function webhookById(
  db: Db,
  programId: string,
  id: string,
): Promise<WebhookRow | undefined> {
  return db
    .selectFrom('webhook')
    .selectAll()
    .where('program_id', '=', programId)
    .where('id', '=', id)
    .where('status', '!=', 'deleted')
    .executeTakeFirst()
}

export async function insertWebhook(db: Db, row: WebhookRow): Promise<void> {
  await db.insertInto('webhook').values(row).execute()
}

/** Writes what the vendor can change, and the state that goes with it. */
export async function updateWebhook(db: Db, row: WebhookRow): Promise<void> {
  const { program_id, id, url, events, description, secrets, status, reason, failing_since } = row
  await db
    .updateTable('webhook')
    .set({ url, events, description, secrets, status, reason, failing_since })
    .where('program_id', '=', program_id)
    .where('id', '=', id)
    .execute()
}

/** Notes that a webhook fails since a moment, or (null) no more; of two moments the first stays. */
export async function noteFailing(
  db: Db,
  programId: string,
  id: string,
  since: string | null,
): Promise<void> {
  await db
    .updateTable('webhook')
    .set({ failing_since: since })
    .where('program_id', '=', programId)
    .where('id', '=', id)
    .where('failing_since', since === null ? 'is not' : 'is', null)
    .execute()
}

/** Webhooks that were deleted and still have rows to forget. */
export async function deletedWebhooks(db: Db, programId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('webhook')
    .select('id')
    .where('program_id', '=', programId)
    .where('status', '=', 'deleted')
    .execute()
  return rows.map(({ id }) => id)
}

/** Ends what {@link deletedWebhooks} named, when none of its deliveries is left. */
export async function forgetWebhook(db: Db, programId: string, id: string): Promise<void> {
  await db
    .deleteFrom('webhook')
    .where('program_id', '=', programId)
    .where('id', '=', id)
    .where('status', '=', 'deleted')
    .execute()
}
