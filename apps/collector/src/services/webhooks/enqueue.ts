/** Writes messages into the outbox, in the transaction of what they tell. */
import type { WebhookEvent } from '@sentby/contract'
import {
  insertMessages,
  newId,
  type Tx,
  type WantedWebhook,
  type WebhookDeliveryRow,
  type WebhookMessageRow,
} from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'

/** What a message tells: ids and states, no people's data. */
export interface NewMessage {
  type: WebhookEvent
  data: Readonly<Record<string, unknown>>
}

/** Bytes of a body (Standard Webhooks). */
export const MAX_BODY_BYTES = 20_000

type Program = Pick<ProgramConfig, 'row' | 'webhooks'>

/** Whether anybody wants messages of this type; ask it before reading anything that only a message needs. */
export function isWanted(program: Pick<ProgramConfig, 'webhooks'>, type: WebhookEvent): boolean {
  return program.webhooks.some((webhook) => wants(webhook, type))
}

/**
 * Writes messages for the webhooks that want them; where there is none nothing is written or read.
 *
 * @param program as the transaction sees it (`directory.within`, `change.reread`).
 * @throws RangeError when a body is larger than {@link MAX_BODY_BYTES}: a type's data must be bounded.
 */
export async function enqueue(
  tx: Tx,
  program: Program,
  messages: readonly NewMessage[],
  nowMs: number,
): Promise<void> {
  const rows: Rows = { messages: [], deliveries: [] }
  for (const message of messages) {
    const webhooks = program.webhooks.filter((webhook) => wants(webhook, message.type))
    if (webhooks.length > 0) addRows(rows, program.row.id, webhooks, message, nowMs)
  }
  if (rows.messages.length > 0) await insertMessages(tx.db, rows.messages, rows.deliveries)
}

/**
 * Writes one message for one webhook, whatever that wants.
 *
 * @returns the message's id.
 */
export async function enqueueFor(
  tx: Tx,
  programId: string,
  webhook: Pick<WantedWebhook, 'id'>,
  message: NewMessage,
  nowMs: number,
): Promise<string> {
  const rows: Rows = { messages: [], deliveries: [] }
  const id = addRows(rows, programId, [webhook], message, nowMs)
  await insertMessages(tx.db, rows.messages, rows.deliveries)
  return id
}

interface Rows {
  messages: WebhookMessageRow[]
  deliveries: WebhookDeliveryRow[]
}

function addRows(
  rows: Rows,
  programId: string,
  webhooks: readonly Pick<WantedWebhook, 'id'>[],
  { type, data }: NewMessage,
  nowMs: number,
): string {
  const id = newId('message', nowMs)
  const now = new Date(nowMs).toISOString()
  const body = JSON.stringify({ type, timestamp: now, data })
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) throw new RangeError(`${type} is too large`)
  rows.messages.push({ program_id: programId, id, type, body, created_at: now })
  for (const webhook of webhooks) {
    rows.deliveries.push({
      program_id: programId,
      webhook_id: webhook.id,
      message_id: id,
      status: 'pending',
      tries: 0,
      due_at: now,
      claim: null,
      attempts: '[]',
      created_at: now,
    })
  }
  return id
}

function wants({ events }: WantedWebhook, type: WebhookEvent): boolean {
  return events[0] === '*' || events.includes(type)
}
