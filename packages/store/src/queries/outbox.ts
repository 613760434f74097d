/**
 * Messages that wait to be delivered, and the log of their deliveries. Rows are claimed by their state, never by
 * a position: one that is committed late is found like any other.
 */
import type { Kysely } from 'kysely'
import type { Tx } from '../store-types.ts'
import type { Tables, WebhookDeliveryRow, WebhookMessageRow, WebhookRow } from '../tables.ts'

type Db = Kysely<Tables>

/** Rows of one insert: engines take some ten thousand parameters and no more. */
const ROWS_AT_ONCE = 1000

export async function insertMessages(
  db: Db,
  messages: readonly WebhookMessageRow[],
  deliveries: readonly WebhookDeliveryRow[],
): Promise<void> {
  for (let from = 0; from < messages.length; from += ROWS_AT_ONCE) {
    const rows = messages.slice(from, from + ROWS_AT_ONCE)
    await db.insertInto('webhook_message').values(rows).execute()
  }
  for (let from = 0; from < deliveries.length; from += ROWS_AT_ONCE) {
    const rows = deliveries.slice(from, from + ROWS_AT_ONCE)
    await db.insertInto('webhook_delivery').values(rows).execute()
  }
}

/** The enabled webhooks that have something due. */
export async function dueWebhooks(db: Db, programId: string, now: string): Promise<string[]> {
  const rows = await db
    .selectFrom('webhook')
    .select('id')
    .where('program_id', '=', programId)
    .where('status', '=', 'enabled')
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('webhook_delivery')
          .select('message_id')
          .where('webhook_delivery.program_id', '=', programId)
          .whereRef('webhook_delivery.webhook_id', '=', 'webhook.id')
          .where('due_at', '<=', now),
      ),
    )
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** Deliveries that one collector has claimed, with what it needs to make them. */
export interface ClaimedDeliveries {
  webhook: WebhookRow
  deliveries: { row: WebhookDeliveryRow; body: string }[]
}

/** Who claims, and until when nobody else does. */
export interface Claim {
  /** Of this claim alone. */
  claim: string
  now: string
  until: string
  limit: number
}

/**
 * Claims what is due of one webhook, the longest due first. What another collector is claiming is passed over;
 * a claim that is over is there for all again.
 *
 * @returns `undefined` when there is nothing, or the webhook takes no messages.
 */
export async function claimDue(
  tx: Tx,
  programId: string,
  webhookId: string,
  { claim, now, until, limit }: Claim,
): Promise<ClaimedDeliveries | undefined> {
  const webhook = await tx.db
    .selectFrom('webhook')
    .selectAll()
    .where('program_id', '=', programId)
    .where('id', '=', webhookId)
    .where('status', '=', 'enabled')
    .executeTakeFirst()
  if (!webhook) return undefined
  const due = tx.db
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('program_id', '=', programId)
    .where('webhook_id', '=', webhookId)
    .where('due_at', '<=', now)
    .orderBy('due_at')
    .limit(limit)
  const rows = await (tx.isSoleWriter ? due : due.forUpdate().skipLocked()).execute()
  if (rows.length === 0) return undefined
  const ids = rows.map((row) => row.message_id)
  await tx.db
    .updateTable('webhook_delivery')
    .set({ claim, due_at: until })
    .where('program_id', '=', programId)
    .where('webhook_id', '=', webhookId)
    .where('message_id', 'in', ids)
    .execute()
  const bodies = await bodiesOf(tx.db, programId, ids)
  const deliveries = rows.flatMap((row) => {
    const body = bodies.get(row.message_id)
    return body === undefined ? [] : [{ row: { ...row, claim, due_at: until }, body }]
  })
  return { webhook, deliveries }
}

async function bodiesOf(
  db: Db,
  programId: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('webhook_message')
    .select(['id', 'body'])
    .where('program_id', '=', programId)
    .where('id', 'in', ids)
    .execute()
  return new Map(rows.map(({ id, body }) => [id, body]))
}

/**
 * Writes what became of a claimed delivery and ends the claim.
 *
 * @returns `false` when the claim was over and somebody else has the delivery, or it is gone.
 */
export async function settleDelivery(
  db: Db,
  claimed: WebhookDeliveryRow,
  outcome: Pick<WebhookDeliveryRow, 'status' | 'tries' | 'due_at' | 'attempts'>,
): Promise<boolean> {
  const { status, tries, due_at, attempts } = outcome
  const result = await db
    .updateTable('webhook_delivery')
    .set({ status, tries, due_at, attempts, claim: null })
    .where('program_id', '=', claimed.program_id)
    .where('webhook_id', '=', claimed.webhook_id)
    .where('message_id', '=', claimed.message_id)
    .where('claim', '=', claimed.claim)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Begins a delivery anew: all its attempts are before it again. */
export async function restartDelivery(
  db: Db,
  { program_id, webhook_id, message_id }: WebhookDeliveryRow,
  now: string,
): Promise<void> {
  await db
    .updateTable('webhook_delivery')
    .set({ status: 'pending', tries: 0, due_at: now, claim: null })
    .where('program_id', '=', program_id)
    .where('webhook_id', '=', webhook_id)
    .where('message_id', '=', message_id)
    .execute()
}

/** A delivery with the type of its message. */
export type LoggedDelivery = WebhookDeliveryRow & { type: string }

function logged(db: Db, programId: string, webhookId: string) {
  return db
    .selectFrom('webhook_delivery')
    .innerJoin('webhook_message', (join) =>
      join
        .onRef('webhook_message.program_id', '=', 'webhook_delivery.program_id')
        .onRef('webhook_message.id', '=', 'webhook_delivery.message_id'),
    )
    .selectAll('webhook_delivery')
    .select('webhook_message.type')
    .where('webhook_delivery.program_id', '=', programId)
    .where('webhook_delivery.webhook_id', '=', webhookId)
}

export function deliveryById(
  db: Db,
  programId: string,
  webhookId: string,
  messageId: string,
): Promise<LoggedDelivery | undefined> {
  return logged(db, programId, webhookId)
    .where('webhook_delivery.message_id', '=', messageId)
    .executeTakeFirst()
}

/** One page of a webhook's deliveries, the newest first. */
export function deliveriesPage(
  db: Db,
  programId: string,
  webhookId: string,
  filter: {
    status: WebhookDeliveryRow['status'] | undefined
    before: string | undefined
    limit: number
  },
): Promise<LoggedDelivery[]> {
  let query = logged(db, programId, webhookId)
    .orderBy('webhook_delivery.message_id', 'desc')
    .limit(filter.limit)
  if (filter.status !== undefined) {
    query = query.where('webhook_delivery.status', '=', filter.status)
  }
  if (filter.before !== undefined) {
    query = query.where('webhook_delivery.message_id', '<', filter.before)
  }
  return query.execute()
}
