/** Webhooks out: where messages go, what they tell, and the log of their deliveries (CONTRACT §4.3). */
import { z } from 'zod'
import { pageQuery, storedInstant } from './resources.ts'
import { freeText } from './text.ts'

/** Every type of message with its meaning; a type that is not here is never sent. */
export const WEBHOOK_EVENTS = {
  'credit.changed': 'A customer’s credited partner or provisional state changed.',
  'installation.credited': 'The partner credited with an installation changed.',
  'lead.created': 'A partner referred somebody.',
  'lead.changed': 'A lead was accepted or declined.',
  'offer.granted': 'A referred customer was given the offer of its partner’s terms.',
  'partner.created': 'A partner was enrolled.',
  'partner.updated': 'A partner’s status, group or other fields were changed.',
  'payout.closed': 'A batch of payouts was closed.',
  'payout.failed': 'A payout failed; its rewards go into another one.',
  'payout.returned': 'A payout came back; its rewards go into another one.',
  'payout.settled': 'A payout was paid.',
  'payout.unknown': 'A payout may have been paid; somebody has to find out.',
  'reward.created': 'A reward was earned.',
  'reward.changed': 'A reward’s status or amount changed.',
  'reward.settled': 'A reward was paid.',
  'webhook.test': 'Somebody asked for a test; sent to that webhook only.',
} as const

export type WebhookEvent = keyof typeof WEBHOOK_EVENTS

const EVENT_NAMES = Object.keys(WEBHOOK_EVENTS) as [WebhookEvent, ...WebhookEvent[]]

/** Why an attempt failed, with its meaning. */
export const ATTEMPT_REASONS = {
  bad_status: 'The answer was neither 2xx nor a redirect.',
  redirected: 'The answer was a redirect; they are not followed.',
  gone: 'The answer was 410; the webhook is disabled.',
  timed_out: 'No answer within 15 seconds.',
  unresolved: 'The host’s name has no address.',
  address_refused: 'The host has an address that is not public.',
  insecure_url: 'The URL is not https.',
  unreachable: 'The connection failed or broke before an answer.',
  bad_certificate: 'The host’s certificate does not hold.',
} as const

export type AttemptReason = keyof typeof ATTEMPT_REASONS

const REASON_NAMES = Object.keys(ATTEMPT_REASONS) as [AttemptReason, ...AttemptReason[]]

const url = z.string().min(1).max(2048).meta({
  description: 'https, a public host, no user or password, no fragment.',
  example: 'https://acme.test/hooks/sentby',
})

const events = z
  .array(z.enum([...EVENT_NAMES, '*']))
  .min(1)
  .refine((names) => names.length === 1 || !names.includes('*'), '* stands alone')
  .overwrite((names) => [...new Set(names)])
  .meta({ description: 'Types of messages, or `["*"]`: all, later ones too.' })

const description = freeText(500).nullable()

export const webhookInput = z.strictObject({
  url,
  events,
  description: description.optional(),
})
export type WebhookInput = z.output<typeof webhookInput>

export const webhookChange = z
  .strictObject({
    url: url.optional(),
    events: events.optional(),
    description: description.optional(),
    status: z
      .enum(['enabled', 'disabled'])
      .optional()
      .meta({ description: 'A disabled one is sent nothing; what waits, waits.' }),
  })
  .refine((change) => Object.keys(change).length > 0, 'changes nothing')
export type WebhookChange = z.output<typeof webhookChange>

export const webhookAnswer = z.strictObject({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  description: z.string().nullable(),
  status: z.enum(['enabled', 'failing', 'disabled']).meta({
    description: 'failing: a message was given up, and none was delivered since.',
  }),
  reason: z
    .enum(['gone', 'vendor'])
    .nullable()
    .meta({ description: 'Why it is disabled: it answered 410, or you said so.' }),
  failingSince: storedInstant.nullable(),
  createdAt: storedInstant,
})
export type WebhookAnswer = z.output<typeof webhookAnswer>

export const newWebhookAnswer = webhookAnswer.extend({
  secret: z.string().nullable().meta({
    description: '`whsec_…`, shown once. null when the same Idempotency-Key asks again.',
  }),
})
export type NewWebhookAnswer = z.output<typeof newWebhookAnswer>

export const deletedWebhookAnswer = z.strictObject({ id: z.string(), deleted: z.literal(true) })
export type DeletedWebhookAnswer = z.output<typeof deletedWebhookAnswer>

const DELIVERY_STATUSES = ['pending', 'delivered', 'exhausted'] as const

export const deliveriesQuery = z.strictObject({
  ...pageQuery,
  status: z.enum(DELIVERY_STATUSES).optional(),
})
export type DeliveriesQuery = z.output<typeof deliveriesQuery>

export const attemptAnswer = z.strictObject({
  at: storedInstant,
  status: z.int().nullable().meta({ description: 'Of the answer; null: there was none.' }),
  durationMs: z.int(),
  reason: z.enum(REASON_NAMES).nullable().meta({ description: 'Why it failed; null: it did not.' }),
})
export type AttemptAnswer = z.output<typeof attemptAnswer>

export const deliveryAnswer = z.strictObject({
  message: z.string().meta({ description: 'Its `webhook-id`.' }),
  type: z.string(),
  status: z
    .enum(DELIVERY_STATUSES)
    .meta({ description: 'exhausted: given up; it can be replayed.' }),
  nextAttemptAt: storedInstant
    .nullable()
    .meta({ description: 'null: none is planned, or the webhook is disabled.' }),
  attempts: z.array(attemptAnswer).meta({ description: 'The latest 30, the oldest first.' }),
  createdAt: storedInstant,
})
export type DeliveryAnswer = z.output<typeof deliveryAnswer>
