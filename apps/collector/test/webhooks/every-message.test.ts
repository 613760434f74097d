/** Every type of message: sent when it should be, in the form that is documented. */
import { readFileSync } from 'node:fs'
import { WEBHOOK_EVENTS, type WebhookEvent, webhookMessage } from '@sentby/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call } from '../resources/programs.ts'
import { World } from '../rewards/world.ts'
import { ENGINES, type TestCollector } from '../test-collector.ts'
import { addWebhook, openWebhookCollector, sendTest } from './webhook-collector.ts'

const TYPES = Object.keys(WEBHOOK_EVENTS) as WebhookEvent[]
const DOCUMENT = readFileSync(new URL('../../../../docs/webhooks.md', import.meta.url), 'utf8')

interface Message {
  type: WebhookEvent
  data: Record<string, never>
}

const documented = [...DOCUMENT.matchAll(/```json\n([\s\S]*?)```/g)].map(
  ([, text = '']) => JSON.parse(text) as Message,
)

test.each(TYPES)('%s is documented with an example that is what is sent', (type) => {
  const examples = documented.filter((message) => message.type === type)
  expect(examples).toHaveLength(1)
  expect(webhookMessage(type).safeParse(examples[0]).error).toBeUndefined()
  expect(DOCUMENT).toContain(`\`${type}\``)
})

describe.each(ENGINES)('messages on %s', (engine) => {
  let collector: TestCollector
  let world: World
  let partner: string
  const seen = new Set<string>()
  beforeAll(async () => {
    collector = await openWebhookCollector(engine)
    world = new World(collector)
    world.setClock('2026-05-01T00:00:00.000Z')
    await addWebhook(collector, 'http://127.0.0.1:9/never')
    const rate = { basisPoints: 1000 }
    const offer = { basisPoints: 5000, periods: 1 }
    await world.group('friends', { from: null, trigger: 'every_sale', rate, offer })
    await call(collector, 'POST', '/v1/products', { product: 'pbx' })
    const payout = { method: 'manual', details: 'canary of a bank account' }
    partner = await world.partner('MAX', 'friends', { name: 'Canary', payout })
  })
  afterAll(() => collector.closeAll())

  /** What was written since the last look; every message has its documented form. */
  async function news(): Promise<Message[]> {
    const rows = await collector.deps.store.db
      .selectFrom('webhook_message')
      .select(['id', 'body'])
      .execute()
    const fresh = rows.filter(({ id }) => !seen.has(id))
    for (const { id } of fresh) seen.add(id)
    const messages = fresh.map(({ body }) => JSON.parse(body) as Message)
    for (const message of messages) {
      expect(webhookMessage(message.type).safeParse(message).error).toBeUndefined()
      expect(JSON.stringify(message)).not.toMatch(/canary/i)
    }
    return messages
  }

  const typesOf = (messages: readonly Message[]) => messages.map(({ type }) => type).sort()

  const dataOf = (messages: readonly Message[], type: WebhookEvent) =>
    messages.find((message) => message.type === type)?.data

  /** How rewards went from status to status, in these messages. */
  const moves = (messages: readonly Message[]) =>
    messages.flatMap(({ type, data }) => {
      const { reward, previous } = data as unknown as {
        reward: { status: string; payout?: string }
        previous: { status: string }
      }
      return type === 'reward.changed' ? [`${previous.status} → ${reward.status}`] : []
    })

  test('partners, credit, the offer and a reward are told as they come', async () => {
    await world.ok('PATCH', `/v1/partners/${partner}`, { name: 'Canary too' })
    await world.tell({ type: 'signup', customer: 'cus_1', code: 'MAX' })
    await world.sale({ customer: 'cus_1', order: 'o_1', amount: 10_000 })
    expect(typesOf(await news())).toEqual([
      'credit.changed',
      'offer.granted',
      'partner.created',
      'partner.updated',
      'reward.created',
    ])
  })

  test('an installation is told when its partner changes, and not when it reports again', async () => {
    const install = 'inst_1'
    const report = { type: 'install', install, product: 'pbx' }
    await world.tell({ ...report })
    expect(await news()).toEqual([])
    await world.tell({ ...report, claims: [{ source: 'flag', value: 'MAX' }] })
    expect(await news()).toMatchObject([
      {
        type: 'installation.credited',
        data: {
          ...{ installation: install, product: 'pbx', previous: null },
          credited: { partner: { id: partner }, code: 'MAX' },
        },
      },
    ])
    await world.tell({ ...report, version: '2' })
    expect(await news()).toEqual([])
    await world.ok('PATCH', `/v1/partners/${partner}`, {
      status: 'inactive',
      from: '2026-04-01T00:00:00Z',
    })
    await world.ok('GET', `/v1/installations/${install}/credit`)
    const told = (await news()).filter(({ type }) => type === 'installation.credited')
    expect(told).toMatchObject([
      { data: { credited: null, previous: { partner: { id: partner } } } },
    ])
    await world.ok('PATCH', `/v1/partners/${partner}`, {
      status: 'active',
      from: '2026-04-01T00:00:00Z',
    })
    await world.ok('GET', `/v1/installations/${install}/credit`)
    await world.ok('GET', '/v1/customers/cus_1/rewards')
    await news()
  })

  test('payouts are told with the rewards in them: closed, perhaps paid, failed, paid, returned', async () => {
    await world.reviewSale('o_1', 'approved')
    expect(moves(await news())).toEqual(['new → approved'])
    const close = async (): Promise<string> =>
      (await world.ok('POST', '/v1/payouts', {})).payouts[0].id
    const mark = (id: string, status: string) =>
      world.ok('POST', `/v1/payouts/${id}/mark`, { status, reason: 'the bank says so' })
    const first = await close()
    const closed = await news()
    expect(typesOf(closed)).toEqual(['payout.closed', 'reward.changed'])
    expect(moves(closed)).toEqual(['approved → scheduled'])
    expect(dataOf(closed, 'payout.closed')).toMatchObject({ batch: { amount: 1000, count: 1 } })

    await mark(first, 'submitted')
    expect(await news()).toEqual([])
    await mark(first, 'unknown')
    await mark(first, 'unknown')
    expect(typesOf(await news())).toEqual(['payout.unknown'])
    await mark(first, 'failed')
    const failed = await news()
    expect(typesOf(failed)).toEqual(['payout.failed', 'reward.changed'])
    expect(moves(failed)).toEqual(['scheduled → approved'])
    expect(JSON.stringify(failed)).not.toContain('"payout":"')

    const second = await close()
    await news()
    await mark(second, 'paid')
    const paid = await news()
    expect(typesOf(paid)).toEqual(['payout.settled', 'reward.changed', 'reward.settled'])
    expect(moves(paid)).toEqual(['scheduled → settled'])
    await mark(second, 'returned')
    const returned = await news()
    expect(typesOf(returned)).toEqual(['payout.returned', 'reward.changed'])
    expect(moves(returned)).toEqual(['settled → approved'])
    expect(dataOf(returned, 'payout.returned')).toMatchObject({
      payout: { id: second, partner, amount: 1000, reason: 'the bank says so' },
    })
  })

  test('a test message has its form too', async () => {
    const { id } = await addWebhook(collector, 'http://127.0.0.1:9/never', ['webhook.test'])
    await sendTest(collector, id)
    expect(await news()).toMatchObject([{ type: 'webhook.test', data: { webhook: id } }])
  })
})
