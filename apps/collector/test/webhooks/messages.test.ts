import type { WebhookEvent } from '@sentby/contract'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { enqueue, MAX_BODY_BYTES } from '../../src/services/webhooks/enqueue.ts'
import { addProgram, call } from '../resources/programs.ts'
import { ENGINES, type TestCollector } from '../test-collector.ts'
import { addWebhook, messagesTo, openWebhookCollector } from './webhook-collector.ts'

const HOOK = 'http://127.0.0.1:9/never'

describe.each(ENGINES)('what webhooks tell on %s', (engine) => {
  let collector: TestCollector
  let jane: string
  let kim: string
  beforeAll(async () => {
    collector = await openWebhookCollector(engine)
    jane = await addPartner('jane')
    kim = await addPartner('kim')
  })
  afterAll(() => collector.closeAll())
  afterEach(async () => {
    for (const { id } of (await call(collector, 'GET', '/v1/webhooks')).body.data) {
      await call(collector, 'DELETE', `/v1/webhooks/${id}`)
    }
  })

  async function addPartner(name: string): Promise<string> {
    const partner = { name: `Canary ${name}`, email: `canary-${name}@example.test`, code: name }
    return (await call(collector, 'POST', '/v1/partners', partner)).body.id
  }

  const messagesOf = (webhook: string) => messagesTo(collector, webhook)

  const credit = (partner: string | null) => partner && { partner: { id: partner } }

  test('credit.changed follows every change of partner and of provisional state, and nothing else', async () => {
    const { id } = await addWebhook(collector, HOOK, ['credit.changed'])
    const customer = 'cus_changes'
    const signup = { id: 'signup:1', type: 'signup', customer, code: 'JANE' }
    await collector.events([signup])
    // The same again, another event that changes nothing, and a customer whom nobody sent.
    await collector.events([signup, { id: 'identify:1', type: 'identify', customer }])
    await collector.events([{ id: 'signup:2', type: 'signup', customer: 'cus_alone' }])
    await collector.events([{ id: 'a:1', type: 'assign', customer, partner: kim, reason: 'x' }])
    await collector.events([{ id: 'a:2', type: 'assign', customer, partner: null, reason: 'x' }])
    await collector.events(
      [
        { id: 'visit:1', type: 'visit', visitor: 'v_1', code: 'KIM' },
        { id: 'signup:3', type: 'signup', customer: 'cus_open', visitor: 'v_1' },
      ],
      collector.program.publishableKey,
    )
    const sale = { id: 'sale:1', type: 'sale', customer: 'cus_open', order: 'o_1', visitor: 'v_1' }
    await collector.events([{ ...sale, amount: 100, currency: 'EUR' }])
    const told = (await messagesOf(id)).map(({ data }) => data)
    expect(told).toMatchObject([
      { customer, credited: credit(jane), previous: null, provisional: null },
      { customer, credited: credit(kim), previous: credit(jane) },
      { customer, credited: null, previous: credit(kim), reason: 'assigned_to_nobody' },
      { customer: 'cus_open', credited: credit(kim), provisional: 'unverified', previous: null },
      {
        customer: 'cus_open',
        credited: credit(kim),
        provisional: null,
        previous: { ...credit(kim), provisional: 'unverified' },
      },
    ])
    const read = (await call(collector, 'GET', '/v1/customers/cus_open/credit')).body
    expect(told.at(-1)).toMatchObject({
      anchor: read.anchor,
      reason: read.reason,
      policy: read.policy,
      credited: { code: read.credited.code, evidence: read.credited.evidence },
    })
  })

  test('a customer decided later, when configuration changed, is told too', async () => {
    const { id } = await addWebhook(collector, HOOK, ['credit.changed'])
    const customer = 'cus_waits'
    await collector.events([{ id: 'signup:9', type: 'signup', customer, code: 'LATECODE' }])
    expect(await messagesOf(id)).toEqual([])
    await call(collector, 'POST', `/v1/partners/${jane}/codes`, { code: 'LATECODE' })
    expect(await messagesOf(id)).toMatchObject([{ data: { customer, credited: credit(jane) } }])
  })

  test('partners are told by their ids, without a name or an e-mail', async () => {
    const { id } = await addWebhook(collector, HOOK, ['partner.created', 'partner.updated'])
    const lee = await addPartner(`lee${engine}`)
    const from = '2030-01-01T00:00:00.000Z'
    const change = { email: 'canary-other@example.test', status: 'inactive', from }
    await call(collector, 'PATCH', `/v1/partners/${lee}`, change)
    const refused = await call(collector, 'PATCH', `/v1/partners/${lee}`, { group: 'none' })
    expect(refused.status).toBe(422)
    const told = await messagesOf(id)
    expect(told).toEqual([
      {
        type: 'partner.created',
        timestamp: expect.stringMatching(/Z$/),
        data: {
          partner: {
            id: lee,
            group: 'default',
            status: 'active',
            code: `LEE${engine.toUpperCase()}`,
            link: expect.stringContaining('/r/LEE'),
            createdAt: expect.any(String),
          },
        },
      },
      {
        type: 'partner.updated',
        timestamp: expect.any(String),
        data: {
          partner: expect.objectContaining({ id: lee, status: 'active' }),
          changed: ['email', 'status'],
          from,
        },
      },
    ])
    expect(JSON.stringify(told)).not.toMatch(/canary/i)
  })

  test('a message goes to the webhooks that want it, under one id', async () => {
    const all = await addWebhook(collector, HOOK)
    const same = await addWebhook(collector, HOOK, ['partner.updated', 'lead.created'])
    const other = await addWebhook(collector, HOOK, ['credit.changed'])
    const off = await addWebhook(collector, HOOK)
    await call(collector, 'PATCH', `/v1/webhooks/${off.id}`, { status: 'disabled' })
    await call(collector, 'PATCH', `/v1/partners/${jane}`, { name: 'Jane' })
    const log = async (id: string): Promise<{ message: string }[]> =>
      (await call(collector, 'GET', `/v1/webhooks/${id}/deliveries`)).body.data
    const [first] = await log(all.id)
    expect(first).toMatchObject({ type: 'partner.updated', status: 'pending', attempts: [] })
    expect((await log(same.id)).map(({ message }) => message)).toEqual([first?.message])
    expect([await log(other.id), await log(off.id)]).toEqual([[], []])
  })

  test('a change that is rolled back leaves no message, and another program none here', async () => {
    const { id } = await addWebhook(collector, HOOK)
    const { store, directory, clock } = collector.deps
    const programId = collector.program.id
    const undone = store.transaction(async (tx) => {
      const program = await directory.within(tx, programId)
      const message = { type: 'lead.created', data: { lead: 'l_1' } } as const
      await enqueue(tx, program, [message], clock.now())
      throw new Error('the change fails')
    })
    await expect(undone).rejects.toThrow('the change fails')
    const other = await addProgram(collector, `other-${engine}`)
    const partner = { name: 'X', email: 'x@example.test' }
    expect((await call(collector, 'POST', '/v1/partners', partner, other.secretKey)).status).toBe(
      201,
    )
    expect(await messagesOf(id)).toEqual([])
  })

  test.each([
    ['at the limit', 0, true],
    ['one byte past it', 1, false],
  ])('a body %s', async (_, extra, fits) => {
    const { id } = await addWebhook(collector, HOOK, ['reward.created'])
    const { store, directory, clock } = collector.deps
    const type: WebhookEvent = 'reward.created'
    const timestamp = new Date(clock.now()).toISOString()
    const empty = JSON.stringify({ type, timestamp, data: { text: '' } })
    const text = 'é'.repeat(2) + 'x'.repeat(MAX_BODY_BYTES - empty.length - 4 + extra)
    const writing = store.transaction(async (tx) => {
      const program = await directory.within(tx, collector.program.id)
      await enqueue(tx, program, [{ type, data: { text } }], clock.now())
    })
    if (fits) await writing
    else await expect(writing).rejects.toThrow(RangeError)
    expect(await messagesOf(id)).toHaveLength(fits ? 1 : 0)
  })
})

describe('on the way of events', () => {
  test('a webhook that wants nothing of credit, or none at all, costs no statement', async () => {
    const collector = await openWebhookCollector('postgres')
    const query = vi.spyOn(pg.Client.prototype, 'query')
    let batch = 0
    const ingest = async () => {
      batch++
      const events = Array.from({ length: 20 }, (_, i) => ({
        id: `signup:${batch}:${i}`,
        type: 'signup',
        customer: `cus_${batch}_${i}`,
        visitor: `v_${batch}_${i}`,
      }))
      query.mockClear()
      expect((await collector.events(events)).status).toBe(200)
      return statementsOfCommit(query.mock.calls.map(textOf), query.mock.contexts)
    }
    try {
      await ingest()
      const without = await ingest()
      expect(without.length).toBeGreaterThan(5)
      expect(without.join()).not.toContain('webhook')
      await addWebhook(collector, HOOK, ['partner.created'])
      // The first batch after a change reads the configuration again.
      await ingest()
      expect(await ingest()).toEqual(without)
      await addWebhook(collector, HOOK, ['credit.changed'])
      await ingest()
      expect((await ingest()).length).toBe(without.length + 1)
    } finally {
      await collector.closeAll()
    }
  })
})

function textOf([statement]: readonly unknown[]): string {
  const isObject = typeof statement === 'object' && statement !== null && 'text' in statement
  return String(isObject ? statement.text : statement)
}

/** The transaction that stored facts: others of the collector go on beside it, on connections of their own. */
function statementsOfCommit(texts: readonly string[], connections: readonly unknown[]): string[] {
  const connection = connections[texts.findIndex((text) => text.includes('insert into fact'))]
  const own = texts.filter((_, index) => connections[index] === connection)
  const at = own.findIndex((text) => text.includes('insert into fact'))
  return own.slice(own.lastIndexOf('begin', at), own.indexOf('commit', at) + 1)
}
