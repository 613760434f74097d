import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { call } from '../resources/programs.ts'
import { ENGINES } from '../test-collector.ts'
import { addWebhook, messagesTo, openWebhookCollector } from '../webhooks/webhook-collector.ts'
import { LeadWorld } from './world.ts'

const HOOK = 'http://127.0.0.1:9/never'

describe.each(ENGINES)('what webhooks tell of leads on %s', (engine) => {
  let world: LeadWorld
  beforeAll(async () => {
    world = await new LeadWorld(await openWebhookCollector(engine)).open()
  })
  afterAll(() => world.collector.closeAll())
  afterEach(async () => {
    for (const { id } of (await call(world.collector, 'GET', '/v1/webhooks')).body.data) {
      await call(world.collector, 'DELETE', `/v1/webhooks/${id}`)
    }
  })

  const messagesOf = (webhook: string) => messagesTo(world.collector, webhook)

  test('a lead that is filed, accepted, given another customer and declined, and nothing that repeats', async () => {
    const { id } = await addWebhook(world.collector, HOOK, ['lead.created', 'lead.changed'])
    const filed = { lead: 'm1', email: 'canary@told.test', company: 'Canary', note: 'canary' }
    await world.submit({ ...filed, name: 'Canary' })
    await world.submit({ ...filed, name: 'Canary' })
    await world.decide('m1', 'accept', { reason: 'canary' })
    await world.decide('m1', 'accept', { reason: 'canary' })
    await world.tell({ type: 'lead', lead: 'm1', company: 'Canary Two' })
    await world.decide('m1', 'accept', { customer: 'c_m1', seen: 'accepted' })
    await world.decide('m1', 'decline', { reason: 'canary', seen: 'accepted' })
    const told = await messagesOf(id)
    const lead = { id: 'm1', code: 'ANN', partner: { id: world.ann } }
    const decidedAt = expect.any(String)
    expect(told).toMatchObject([
      {
        type: 'lead.created',
        data: {
          lead: { ...lead, status: 'new', customer: null, decidedAt: null },
          duplicate: false,
        },
      },
      {
        type: 'lead.changed',
        data: {
          lead: { ...lead, status: 'accepted', customer: null, decidedAt },
          previous: { status: 'new', customer: null },
        },
      },
      {
        data: {
          lead: { ...lead, status: 'accepted', customer: 'c_m1' },
          previous: { status: 'accepted', customer: null },
        },
      },
      {
        data: {
          lead: { ...lead, status: 'declined', customer: null },
          previous: { status: 'accepted', customer: 'c_m1' },
        },
      },
    ])
    expect(JSON.stringify(told)).not.toMatch(/canary/i)
  })

  test('that a person was filed before is told, and not by whom', async () => {
    await world.submit({ lead: 'm2', email: 'a@before.test' })
    const { id } = await addWebhook(world.collector, HOOK, ['lead.created'])
    await world.submit({ lead: 'm3', code: 'BEN', email: 'a@before.test' })
    const told = await messagesOf(id)
    expect(told).toMatchObject([
      { data: { lead: { id: 'm3', partner: { id: world.ben } }, duplicate: true } },
    ])
    expect(JSON.stringify(told)).not.toContain(world.ann)
    expect(JSON.stringify(told)).not.toContain('m2')
  })

  test('a lead is told when its code is known, with the decision that came before', async () => {
    const { id } = await addWebhook(world.collector, HOOK, ['*'])
    await world.tell({ type: 'lead', lead: 'm4', status: 'declined' })
    expect(await messagesOf(id)).toEqual([])
    await world.submit({ lead: 'm4', email: 'a@m4.test' })
    expect(await messagesOf(id)).toMatchObject([
      { type: 'lead.created', data: { lead: { id: 'm4', status: 'declined' } } },
    ])
  })

  test('a lead that nobody has read since an update is told as changed', async () => {
    await world.submit({ lead: 'm5', email: 'a@m5.test' })
    await world.collector.deps.store.db
      .updateTable('lead')
      .set({ code: null, stale: 1 })
      .where('id', '=', 'm5')
      .execute()
    const { id } = await addWebhook(world.collector, HOOK, ['*'])
    await world.tell({ type: 'lead', lead: 'm5', status: 'accepted' })
    expect(await messagesOf(id)).toMatchObject([
      { type: 'lead.changed', data: { previous: { status: 'new' } } },
    ])
  })

  test('many leads of one commit are told each', async () => {
    const { id } = await addWebhook(world.collector, HOOK, ['lead.created'])
    const leads = Array.from({ length: 500 }, (_, n) => ({
      id: `many:${n}`,
      type: 'lead',
      lead: `many${n}`,
      code: n % 2 ? 'ANN' : 'BEN',
      email: `a${n}@many.test`,
    }))
    await world.tell(...leads)
    expect(await messagesOf(id)).toHaveLength(500)
    expect(await world.list('status=new&duplicate=true')).toHaveLength(200)
  })
})
