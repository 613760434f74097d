/** The log of a webhook's deliveries, replays and tests. */
import type { AttemptAnswer, DeliveryAnswer, Page } from '@sentby/contract'
import {
  deliveriesPage,
  deliveryById,
  type LoggedDelivery,
  restartDelivery,
  type WebhookRow,
} from '@sentby/store'
import type { Deps } from '../../deps.ts'
import {
  type Answer,
  type ConfigureDeps,
  changeConfiguration,
  type Retry,
} from '../configuration/change.ts'
import { type PageRequest, pageFrom, readCursor } from '../paging.ts'
import { Refusal } from '../refusal.ts'
import { enqueueFor } from './enqueue.ts'
import { knownWebhook } from './known-webhook.ts'

/**
 * The messages of a webhook with their attempts, the newest first.
 *
 * @throws Refusal `not_found`.
 */
export async function listDeliveries(
  deps: Pick<Deps, 'store'>,
  programId: string,
  id: string,
  filter: PageRequest & { status?: LoggedDelivery['status'] | undefined },
): Promise<Page<DeliveryAnswer>> {
  const { db } = deps.store
  const webhook = await knownWebhook(db, programId, id)
  const [before] = readCursor(filter.cursor, 1) ?? []
  const { limit, status } = filter
  const rows = await deliveriesPage(db, programId, id, { status, before, limit: limit + 1 })
  const { data, next } = pageFrom(rows, limit, (row) => [row.message_id])
  return { data: data.map((row) => toDelivery(webhook, row)), next }
}

/**
 * Sends a message again, with all its attempts before it. One that is on its way is not sent twice for that.
 *
 * @throws Refusal `not_found`; `invalid_request` while the webhook is disabled.
 */
export async function replayDelivery(
  deps: Pick<Deps, 'store' | 'clock'>,
  programId: string,
  id: string,
  messageId: string,
): Promise<DeliveryAnswer> {
  return deps.store.transaction(async ({ db }) => {
    const webhook = await enabledWebhook(db, programId, id)
    const row = await deliveryById(db, programId, id, messageId)
    if (!row) throw new Refusal('not_found')
    const now = new Date(deps.clock.now()).toISOString()
    const isUnderWay = row.claim !== null && (row.due_at ?? '') > now
    if (!isUnderWay) await restartDelivery(db, row, now)
    return toDelivery(webhook, (await deliveryById(db, programId, id, messageId)) ?? row)
  })
}

/**
 * Sends `webhook.test` to one webhook.
 *
 * @throws Refusal `not_found`; `invalid_request` while the webhook is disabled.
 */
export function testWebhook(
  deps: ConfigureDeps,
  programId: string,
  id: string,
  retry?: Retry,
): Promise<Answer<DeliveryAnswer>> {
  return changeConfiguration(deps, programId, retry, async ({ tx, nowMs }) => {
    const webhook = await enabledWebhook(tx.db, programId, id)
    const message = { type: 'webhook.test', data: { webhook: id } } as const
    const messageId = await enqueueFor(tx, programId, webhook, message, nowMs)
    const row = await deliveryById(tx.db, programId, id, messageId)
    if (!row) throw new Error('a message is missing from its own transaction')
    return { status: 201, body: toDelivery(webhook, row) }
  })
}

async function enabledWebhook(
  db: Deps['store']['db'],
  programId: string,
  id: string,
): Promise<WebhookRow> {
  const webhook = await knownWebhook(db, programId, id)
  if (webhook.status !== 'enabled') {
    throw new Refusal('invalid_request', { detail: 'the webhook is disabled' })
  }
  return webhook
}

function toDelivery(webhook: WebhookRow, row: LoggedDelivery): DeliveryAnswer {
  return {
    message: row.message_id,
    type: row.type,
    status: row.status,
    nextAttemptAt: webhook.status === 'enabled' ? row.due_at : null,
    attempts: JSON.parse(row.attempts) as AttemptAnswer[],
    createdAt: row.created_at,
  }
}
