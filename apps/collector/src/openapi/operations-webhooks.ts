import {
  deletedWebhookAnswer,
  deliveriesQuery,
  deliveryAnswer,
  newWebhookAnswer,
  pageOf,
  pageQuery,
  webhookAnswer,
  webhookChange,
  webhookInput,
} from '@sentby/contract'
import { z } from 'zod'
import type { Operation } from './operation.ts'

const page = z.strictObject(pageQuery)
const ok = (description: string, schema: z.ZodType) => ({ 200: { description, schema } })
const made = (description: string, schema: z.ZodType) => ({ 201: { description, schema } })
const webhooks = { tag: 'Webhooks', key: 'secret' } as const

/** Where the vendor is told what happens (CONTRACT §4.3, docs/webhooks.md). */
export const webhookOperations: readonly Operation[] = [
  {
    ...webhooks,
    method: 'GET',
    path: '/v1/webhooks',
    summary: 'Webhooks, the oldest first',
    query: page,
    answers: ok('A page', pageOf(webhookAnswer)),
  },
  {
    ...webhooks,
    method: 'POST',
    path: '/v1/webhooks',
    summary: 'Make a webhook; its secret is shown once',
    body: { schema: webhookInput },
    makes: true,
    answers: made('The webhook', newWebhookAnswer),
  },
  {
    ...webhooks,
    method: 'GET',
    path: '/v1/webhooks/{id}',
    summary: 'One webhook',
    answers: ok('The webhook', webhookAnswer),
  },
  {
    ...webhooks,
    method: 'PATCH',
    path: '/v1/webhooks/{id}',
    summary: 'Change a webhook; enabled again it is sent what waits',
    body: { schema: webhookChange },
    answers: ok('The webhook', webhookAnswer),
  },
  {
    ...webhooks,
    method: 'DELETE',
    path: '/v1/webhooks/{id}',
    summary: 'Delete a webhook and its log; nothing more is sent',
    answers: ok('It is deleted', deletedWebhookAnswer),
  },
  {
    ...webhooks,
    method: 'POST',
    path: '/v1/webhooks/{id}/rotate',
    summary: 'Make another secret, shown once; the one before signs too for 24 hours',
    makes: true,
    answers: ok('The webhook', newWebhookAnswer),
    problems: ['invalid_request'],
  },
  {
    ...webhooks,
    method: 'GET',
    path: '/v1/webhooks/{id}/deliveries',
    summary: 'Messages and their attempts, the newest first',
    query: deliveriesQuery,
    answers: ok('A page', pageOf(deliveryAnswer)),
  },
  {
    ...webhooks,
    method: 'POST',
    path: '/v1/webhooks/{id}/deliveries/{message}/replay',
    summary: 'Send a message again, under the same id',
    answers: ok('The delivery', deliveryAnswer),
    problems: ['invalid_request'],
  },
  {
    ...webhooks,
    method: 'POST',
    path: '/v1/webhooks/{id}/test',
    summary: 'Send `webhook.test` to this webhook',
    makes: true,
    answers: made('The delivery', deliveryAnswer),
    problems: ['invalid_request'],
  },
]
