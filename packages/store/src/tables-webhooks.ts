/** Webhooks out: where they go, the outbox, and the log of deliveries. */
import type { Selectable } from 'kysely'

/** Where a vendor wants to be told what happens. */
export interface WebhookTable {
  program_id: string
  id: string
  url: string
  /** JSON: types of messages, or `["*"]`. */
  events: string
  description: string | null
  /** JSON: `{secret, until}`, the present one first; `until` null: it has no end. */
  secrets: string
  /** `deleted`: its deliveries are being forgotten. */
  status: 'enabled' | 'disabled' | 'deleted'
  /** Why it is disabled. */
  reason: 'gone' | 'vendor' | null
  /** Since a message was given up; null: something was delivered after that. */
  failing_since: string | null
  created_at: string
}

/** The outbox: written in the transaction of what it tells. */
export interface WebhookMessageTable {
  program_id: string
  id: string
  type: string
  /** The bytes that are signed and sent. */
  body: string
  created_at: string
}

/** A message on its way to one webhook, and the log of it. */
export interface WebhookDeliveryTable {
  program_id: string
  webhook_id: string
  message_id: string
  status: 'pending' | 'delivered' | 'exhausted'
  /** Attempts since it was enqueued or replayed. */
  tries: number
  /** The next attempt, or the end of the claim; null: nothing more is tried. */
  due_at: string | null
  /** Who is delivering it now. */
  claim: string | null
  /** JSON: the latest attempts. */
  attempts: string
  created_at: string
}

export interface WebhookTables {
  webhook: WebhookTable
  webhook_message: WebhookMessageTable
  webhook_delivery: WebhookDeliveryTable
}

export type WebhookRow = Selectable<WebhookTable>
export type WebhookMessageRow = Selectable<WebhookMessageTable>
export type WebhookDeliveryRow = Selectable<WebhookDeliveryTable>
