import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../../src/config.ts'
import { deliverDueWebhooks } from '../../src/jobs/deliver-webhooks.ts'
import { call } from '../resources/programs.ts'
import { openTestCollector, type TestCollector } from '../test-collector.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { addWebhook, deliveryOf, openWebhookCollector, sendTest } from './webhook-collector.ts'

test.each([
  [undefined, false],
  ['', false],
  ['allow', true],
])('WEBHOOK_PRIVATE=%j', (value, isAllowed) => {
  expect(readConfig({ WEBHOOK_PRIVATE: value }).webhookPrivate).toBe(isAllowed)
})

test.each(['yes', '1', 'Allow', 'false'])('WEBHOOK_PRIVATE=%s is refused at the start', (value) => {
  expect(() => readConfig({ WEBHOOK_PRIVATE: value })).toThrow(ConfigError)
})

describe('a private network', () => {
  let collector: TestCollector
  let receiver: Receiver
  let logged = ''
  beforeAll(async () => {
    const log = pino({ level: 'trace' }, { write: (line: string) => (logged += line) })
    collector = await openWebhookCollector('sqlite', { log })
    receiver = await startReceiver((response) => response.writeHead(500).end())
  })
  afterAll(async () => {
    await collector.closeAll()
    await receiver.close()
  })

  test('is closed again when the flag is gone, to webhooks that were made with it', async () => {
    const { deps } = collector
    const webhook = await addWebhook(collector, `${receiver.url}?token=canary`)
    const names = [
      [`http://localhost:${new URL(receiver.url).port}/`, 'insecure_url'],
      [receiver.url.replace('http:', 'https:'), 'address_refused'],
    ] as const
    const config = { ...deps.config, webhookPrivate: false }
    for (const [url, reason] of names) {
      await call(collector, 'PATCH', `/v1/webhooks/${webhook.id}`, { url })
      const message = await sendTest(collector, webhook.id)
      await deliverDueWebhooks({ ...deps, config })
      expect(await deliveryOf(collector, webhook.id, message)).toMatchObject({
        status: 'pending',
        attempts: [{ status: null, reason }],
      })
    }
    expect(receiver.connections()).toBe(0)
  })

  test('neither secrets nor URLs come into the log or the metrics, whatever fails', async () => {
    const webhook = await addWebhook(collector, `${receiver.url}?token=canary`)
    await sendTest(collector, webhook.id)
    await deliverDueWebhooks(collector.deps)
    const { body } = await call(collector, 'GET', `/v1/webhooks/${webhook.id}/deliveries`)
    expect(body.data[0].attempts).toHaveLength(1)
    const metrics = await (await collector.app.request('/metrics')).text()
    expect(metrics).toMatch(/sentby_webhook_attempts_total\{outcome="failed"\} [1-9]/)
    expect(metrics + logged + JSON.stringify(body)).not.toMatch(/whsec_|canary/)
  })

  test('a collector without the flag takes no such webhook', async () => {
    const strict = await openTestCollector('sqlite')
    try {
      for (const url of [receiver.url, receiver.url.replace('http:', 'https:')]) {
        const sent = { url, events: ['*'] }
        expect((await call(strict, 'POST', '/v1/webhooks', sent)).status).toBe(422)
      }
    } finally {
      await strict.closeAll()
    }
  })
})
