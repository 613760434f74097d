import { verifyWebhook, WebhookVerificationError } from '@sentby/node'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { deliverDueWebhooks } from '../../src/jobs/deliver-webhooks.ts'
import { PAUSES_MS } from '../../src/services/webhooks/backoff.ts'
import { call } from '../resources/programs.ts'
import { ENGINES, type TestCollector } from '../test-collector.ts'
import { type Answering, type Receiver, startReceiver } from './receiver.ts'
import {
  addWebhook,
  deliverAfter,
  deliveryOf,
  openWebhookCollector,
  sendTest,
} from './webhook-collector.ts'

const HOUR = 3_600_000

describe.each(ENGINES)('delivering webhooks on %s', (engine) => {
  let collector: TestCollector
  const receivers: Receiver[] = []
  beforeAll(async () => {
    collector = await openWebhookCollector(engine)
  })
  afterEach(async () => {
    for (const { id } of (await call(collector, 'GET', '/v1/webhooks')).body.data) {
      await call(collector, 'DELETE', `/v1/webhooks/${id}`)
    }
  })
  afterAll(async () => {
    await collector.closeAll()
    for (const receiver of receivers) await receiver.close()
  })

  async function receive(answer?: Answering) {
    const receiver = await startReceiver(answer)
    receivers.push(receiver)
    const webhook = await addWebhook(collector, receiver.url)
    const message = await sendTest(collector, webhook.id)
    const delivery = () => deliveryOf(collector, webhook.id, message)
    const read = async () => (await call(collector, 'GET', `/v1/webhooks/${webhook.id}`)).body
    return { receiver, webhook, message, delivery, read }
  }
  const deliver = (timeoutMs = 5000) =>
    deliverDueWebhooks(collector.deps, { timeoutMs, random: () => 0.5 })

  test('what is sent passes our own verifier, and a changed one does not', async () => {
    const { receiver, webhook, message, delivery } = await receive()
    await collector.send('POST', '/v1/partners', {
      name: 'Zoë',
      email: `z-${webhook.id}@example.test`,
      group: 'default',
    })
    expect(await deliver()).toBe(2)
    expect(receiver.received).toHaveLength(2)
    for (const { body, headers } of receiver.received) {
      expect(headers).toMatchObject({ 'content-type': 'application/json', connection: 'close' })
      const payload = verifyWebhook(body, headers, webhook.secret)
      expect(Object.keys(payload)).toEqual(['type', 'timestamp', 'data'])
      const changed = Buffer.from(body)
      changed.writeUInt8(changed.readUInt8(20) ^ 1, 20)
      const forged = [
        () => verifyWebhook(changed, headers, webhook.secret),
        () => verifyWebhook(body, { ...headers, 'webhook-id': 'msg_other' }, webhook.secret),
        () => verifyWebhook(body, headers, `whsec_${Buffer.alloc(32).toString('base64')}`),
        () => verifyWebhook(body, headers, webhook.secret, { now: () => Date.now() + 400_000 }),
      ]
      for (const verify of forged) expect(verify).toThrow(WebhookVerificationError)
    }
    const test = receiver.received.find(({ id }) => id === message)
    expect(JSON.parse(String(test?.body))).toMatchObject({
      type: 'webhook.test',
      data: { webhook: webhook.id },
    })
    expect(await delivery()).toMatchObject({
      status: 'delivered',
      nextAttemptAt: null,
      attempts: [{ status: 204, reason: null, durationMs: expect.any(Number) }],
    })
    expect(await deliver()).toBe(0)
  })

  const endless: Answering = (response) => {
    response.writeHead(200)
    const more = () => {
      while (response.write(Buffer.alloc(16 * 1024)));
    }
    response.on('drain', more)
    more()
  }
  test.each<[string, Answering, string, object]>([
    ['200', (r) => r.writeHead(200).end('thanks'), 'delivered', { status: 200, reason: null }],
    ['299', (r) => r.writeHead(299).end(), 'delivered', { status: 299, reason: null }],
    ['200 with an endless body', endless, 'delivered', { status: 200, reason: null }],
    [
      '200 with a body that never ends',
      (r) => r.writeHead(200).write('a'),
      'delivered',
      { status: 200, reason: null },
    ],
    ['404', (r) => r.writeHead(404).end(), 'pending', { status: 404, reason: 'bad_status' }],
    ['500', (r) => r.writeHead(500).end(), 'pending', { status: 500, reason: 'bad_status' }],
    ['no answer', () => {}, 'pending', { status: null, reason: 'timed_out' }],
    [
      'a connection that breaks',
      (r) => r.socket?.destroy(),
      'pending',
      { status: null, reason: 'unreachable' },
    ],
    [
      'what is no HTTP',
      (r) => r.socket?.end('hello\r\n\r\n'),
      'pending',
      { status: null, reason: 'unreachable' },
    ],
    [
      'an endless head',
      (r) => r.socket?.end(`HTTP/1.1 200 OK\r\na: ${'a'.repeat(100_000)}\r\n\r\n`),
      'pending',
      { status: null, reason: 'unreachable' },
    ],
  ])('%s', async (_, answer, status, attempt) => {
    const { delivery, receiver } = await receive(answer)
    expect(await deliver(300)).toBe(1)
    expect(await delivery()).toMatchObject({ status, attempts: [attempt] })
    expect(receiver.received).toHaveLength(1)
  })

  test.each([301, 302, 303, 307, 308])('%i is a failure and is not followed', async (status) => {
    const other = await startReceiver()
    receivers.push(other)
    const { delivery } = await receive((r) => r.writeHead(status, { location: other.url }).end())
    await deliver()
    expect(await delivery()).toMatchObject({
      status: 'pending',
      attempts: [{ status, reason: 'redirected' }],
    })
    expect(other.connections()).toBe(0)
  })

  test.each([
    ['without Retry-After', {}, 5000],
    ['a longer Retry-After', { 'retry-after': '3600' }, HOUR],
    ['one of a year', { 'retry-after': '31536000' }, 24 * HOUR],
    ['one of no time', { 'retry-after': '0' }, 5000],
  ])('500 %s: the pause before the next attempt', async (_, headers, pauseMs) => {
    const { delivery } = await receive((r) => r.writeHead(500, headers).end())
    const nowMs = collector.deps.clock.now()
    await deliver()
    const next = Date.parse((await delivery())?.nextAttemptAt ?? '')
    expect(next - nowMs).toBeGreaterThanOrEqual(pauseMs)
    expect(next - nowMs).toBeLessThan(pauseMs + 3000)
  })

  test('410 disables the webhook at once; enabled again it is sent what waited, not what was refused', async () => {
    let status = 410
    const { receiver, webhook, message, delivery, read } = await receive((r) =>
      r.writeHead(status).end(),
    )
    await deliver()
    expect(await delivery()).toMatchObject({
      status: 'exhausted',
      attempts: [{ status: 410, reason: 'gone' }],
    })
    expect(await read()).toMatchObject({ status: 'disabled', reason: 'gone', failingSince: null })
    const path = `/v1/webhooks/${webhook.id}`
    for (const more of ['/test', `/deliveries/${message}/replay`]) {
      expect((await call(collector, 'POST', path + more)).status).toBe(422)
    }
    expect(await deliverAfter(collector, 100 * HOUR)).toBe(0)
    await call(collector, 'PATCH', path, { status: 'enabled' })
    status = 204
    const next = await sendTest(collector, webhook.id)
    expect(await deliver()).toBe(1)
    expect(receiver.received.map(({ id }) => id)).toEqual([message, next])
  })

  test('what waits for a disabled webhook waits, and goes when it is enabled', async () => {
    const { receiver, webhook, delivery } = await receive()
    const path = `/v1/webhooks/${webhook.id}`
    await call(collector, 'PATCH', path, { status: 'disabled' })
    expect(await deliverAfter(collector, 10 * HOUR)).toBe(0)
    expect(await delivery()).toMatchObject({ status: 'pending', nextAttemptAt: null })
    await call(collector, 'PATCH', path, { status: 'enabled' })
    expect(await deliver()).toBe(1)
    expect(receiver.received).toHaveLength(1)
  })

  test('after ten attempts in three days a message is given up, the webhook shown as failing, and a replay delivers', async () => {
    let status = 503
    const { receiver, webhook, message, delivery, read } = await receive((r) =>
      r.writeHead(status).end(),
    )
    await deliver()
    for (const [index, pauseMs] of PAUSES_MS.entries()) {
      expect(await deliverAfter(collector, pauseMs * 0.8, { random: () => 0.5 })).toBe(0)
      expect((await delivery())?.attempts).toHaveLength(index + 1)
      expect(await read()).toMatchObject({ status: 'enabled' })
      expect(await deliverAfter(collector, pauseMs * 0.21, { random: () => 0.5 })).toBe(1)
    }
    expect(await delivery()).toMatchObject({ status: 'exhausted', nextAttemptAt: null })
    const failing = await read()
    expect(failing).toMatchObject({ status: 'failing', reason: null })
    const last = (await delivery())?.attempts.at(-1)?.at ?? ''
    expect(last).not.toBe('')
    expect(failing.failingSince >= last).toBe(true)
    expect(await deliverAfter(collector, 1000 * HOUR)).toBe(0)
    const exhausted = `/v1/webhooks/${webhook.id}/deliveries?status=exhausted`
    expect((await call(collector, 'GET', exhausted)).body.data).toHaveLength(1)

    status = 200
    const path = `/v1/webhooks/${webhook.id}/deliveries/${message}/replay`
    expect((await call(collector, 'POST', path)).body).toMatchObject({ status: 'pending' })
    expect(await deliver()).toBe(1)
    expect((await delivery())?.attempts).toHaveLength(11)
    expect(await read()).toMatchObject({ status: 'enabled', failingSince: null })
    expect(new Set(receiver.received.map(({ id }) => id))).toEqual(new Set([message]))
  })

  test('what was delivered can be sent again, under the same id; an unknown message cannot', async () => {
    const { receiver, webhook, message } = await receive()
    await deliver()
    const path = `/v1/webhooks/${webhook.id}/deliveries`
    expect((await call(collector, 'POST', `${path}/${message}/replay`)).status).toBe(200)
    await deliver()
    expect(receiver.received.map(({ id }) => id)).toEqual([message, message])
    expect((await call(collector, 'POST', `${path}/msg_unknown/replay`)).status).toBe(404)
  })

  test('a replay of what is under way does not send it twice', async () => {
    const held: (() => void)[] = []
    const { receiver, webhook, message } = await receive((r) => {
      held.push(() => r.writeHead(204).end())
    })
    const delivering = deliver()
    await receiver.reached(1)
    await call(collector, 'POST', `/v1/webhooks/${webhook.id}/deliveries/${message}/replay`)
    expect(await deliverDueWebhooks(collector.deps)).toBe(0)
    for (const release of held) release()
    expect(await delivering).toBe(1)
    expect(receiver.received).toHaveLength(1)
  })

  test('for 24 hours after a rotation both secrets sign, then the new one alone', async () => {
    const { receiver, webhook } = await receive()
    const { body } = await call(collector, 'POST', `/v1/webhooks/${webhook.id}/rotate`)
    expect(body.secret).not.toBe(webhook.secret)
    const accepts = (secret: string) => {
      const last = receiver.received.at(-1)
      try {
        return verifyWebhook(last?.body ?? '', last?.headers ?? {}, secret).type === 'webhook.test'
      } catch {
        return false
      }
    }
    await deliverAfter(collector, 24 * HOUR - 60_000)
    expect([accepts(webhook.secret), accepts(body.secret)]).toEqual([true, true])
    await sendTest(collector, webhook.id)
    await deliverAfter(collector, 61_000)
    expect([accepts(webhook.secret), accepts(body.secret)]).toEqual([false, true])
  })

  test('a changed URL and a deleted webhook hold from the next attempt on', async () => {
    const { receiver, webhook, message } = await receive((r) => r.writeHead(500).end())
    await deliver()
    const other = await startReceiver()
    receivers.push(other)
    await call(collector, 'PATCH', `/v1/webhooks/${webhook.id}`, { url: other.url })
    await deliverAfter(collector, 10_000)
    expect(other.received.map(({ id }) => id)).toEqual([message])
    await sendTest(collector, webhook.id)
    await call(collector, 'DELETE', `/v1/webhooks/${webhook.id}`)
    expect(await deliverAfter(collector, HOUR)).toBe(0)
    expect([receiver.received.length, other.received.length]).toEqual([1, 1])
  })

  test('the log is paged, the newest first, and holds no secret', async () => {
    const { webhook, message } = await receive((r) => r.writeHead(500).end())
    await deliver()
    const messages = [message]
    for (let i = 0; i < 4; i++) {
      collector.deps.testClock?.set(collector.deps.clock.now() + 1000)
      messages.push(await sendTest(collector, webhook.id))
    }
    const seen: string[] = []
    let cursor = ''
    do {
      const path = `/v1/webhooks/${webhook.id}/deliveries?limit=2${cursor}`
      const { body } = await call(collector, 'GET', path)
      expect(JSON.stringify(body)).not.toContain('whsec_')
      for (const { message: id } of body.data) seen.push(id)
      cursor = body.next ? `&cursor=${body.next}` : ''
    } while (cursor !== '')
    expect(seen).toEqual(messages.reverse())
  })
})
