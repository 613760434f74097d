/** What webhook tests share: a collector that may send to the loopback, and calls on it. */
import type { DeliveryAnswer, NewWebhookAnswer } from '@sentby/contract'
import { type DeliverOptions, deliverDueWebhooks } from '../../src/jobs/deliver-webhooks.ts'
import type { OpenOptions } from '../../src/open-collector.ts'
import { call } from '../resources/programs.ts'
import { type Engine, openTestCollector, type TestCollector } from '../test-collector.ts'

/** A collector on a machine whose owner allows webhooks inside. */
export function openWebhookCollector(
  engine: Engine,
  options: Partial<OpenOptions> = {},
): Promise<TestCollector> {
  // Tests say when something is delivered; those of the job itself let it run.
  const webhooks = { everyMs: 3_600_000, ...options.webhooks }
  return openTestCollector(engine, { ...options, webhooks, env: { WEBHOOK_PRIVATE: 'allow' } })
}

/** Makes a webhook for messages of these types, all unless said. */
export async function addWebhook(
  collector: TestCollector,
  url: string,
  events: string[] = ['*'],
): Promise<NewWebhookAnswer & { secret: string }> {
  const { body, status } = await call(collector, 'POST', '/v1/webhooks', { url, events })
  if (status !== 201) throw new Error(`no webhook: ${JSON.stringify(body)}`)
  return body
}

/** The messages for one webhook, delivered or not, as they were written. */
export async function messagesTo(
  collector: TestCollector,
  webhook: string,
): Promise<{ type: string; data: unknown }[]> {
  const rows = await collector.deps.store.db
    .selectFrom('webhook_delivery')
    .innerJoin('webhook_message', 'webhook_message.id', 'webhook_delivery.message_id')
    .select('body')
    .where('webhook_id', '=', webhook)
    .orderBy('webhook_message.created_at')
    .execute()
  return rows.map(({ body }) => JSON.parse(body))
}

export async function sendTest(collector: TestCollector, id: string): Promise<string> {
  const { body } = await call(collector, 'POST', `/v1/webhooks/${id}/test`)
  return body.message
}

/** One delivery as the log tells it. */
export async function deliveryOf(
  collector: TestCollector,
  id: string,
  message: string,
): Promise<DeliveryAnswer | undefined> {
  const { body } = await call(collector, 'GET', `/v1/webhooks/${id}/deliveries?limit=200`)
  return (body.data as DeliveryAnswer[]).find((delivery) => delivery.message === message)
}

/** Moves the collector's clock and delivers what is due then. */
export async function deliverAfter(
  collector: TestCollector,
  pauseMs: number,
  options: DeliverOptions = {},
): Promise<number> {
  const { testClock, clock } = collector.deps
  testClock?.set(clock.now() + pauseMs)
  return deliverDueWebhooks(collector.deps, options)
}

/** Waits for what a job does by itself. */
export async function until(isTrue: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10))
}
