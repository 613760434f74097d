import { Sentby } from '@sentby/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addProgram, call, callAsGuest } from '../resources/programs.ts'
import { ENGINES, openTestCollector } from '../test-collector.ts'
import { LeadWorld, submitUnder } from './world.ts'

describe.each(ENGINES)('leads on %s', (engine) => {
  let world: LeadWorld
  beforeAll(async () => {
    world = await new LeadWorld(await openTestCollector(engine)).open()
  })
  afterAll(() => world.collector.closeAll())

  test('a lead is read as it was filed', async () => {
    const filed = await world.submit({
      lead: 'l/1 ü',
      email: 'lea@read.test',
      company: 'Read Ltd.',
      note: 'wants\ta demo',
    })
    const told = {
      id: 'l/1 ü',
      status: 'new',
      partner: { id: world.ann, name: 'ANN' },
      code: 'ANN',
      name: 'Lea Lead',
      email: 'lea@read.test',
      company: 'Read Ltd.',
      note: 'wants\ta demo',
      customer: null,
      reason: null,
      submittedAt: expect.stringMatching(/Z$/),
      decidedAt: null,
    }
    expect(filed).toEqual({ status: 201, body: told })
    const history = [
      {
        event: expect.stringMatching(/^lead:sha256-.*:new$/),
        at: filed.body.submittedAt,
        received: filed.body.submittedAt,
        status: null,
        code: 'ANN',
        customer: null,
        reason: null,
      },
    ]
    expect(await world.lead('l/1 ü')).toEqual({
      ...told,
      duplicate: false,
      duplicates: [],
      knownCustomers: [],
      history,
    })
  })

  test('a partner named by its id refers under its primary code', async () => {
    await call(world.collector, 'POST', `/v1/partners/${world.ben}/codes`, { code: 'BENTWO' })
    const { body } = await world.submit({
      lead: 'by-id',
      partner: world.ben,
      email: 'a@by-id.test',
    })
    expect(body).toMatchObject({ code: 'BEN', partner: { id: world.ben } })
  })

  test('without an id it gets one of ours, a new one each time', async () => {
    const one = await world.submit({ email: 'a@noid.test' })
    const other = await world.submit({ email: 'a@noid.test' })
    expect([one.body.id, other.body.id]).toEqual([
      expect.stringMatching(/^lea_/),
      expect.stringMatching(/^lea_/),
    ])
    expect(one.body.id).not.toBe(other.body.id)
  })

  test.each(['plain', 'sha256-x', 'ü/1', 'x'.repeat(255), 'y'.repeat(119), 'z'.repeat(120)])(
    'a lead %s that the Node client sent is the one filed here',
    async (lead) => {
      const { app, program } = world.collector
      const client = new Sentby({
        key: program.secretKey,
        endpoint: 'http://go.acme.test',
        fetch: async (url, init) => app.request(new URL(String(url)).pathname, init),
      })
      const about = { lead, code: 'ANN', name: 'Lea Lead', email: 'a@node.test' }
      expect(await client.lead(about)).toMatchObject({ outcome: 'stored' })
      await client.close()
      expect((await world.submit(about)).status).toBe(200)
      expect(await world.factsOf(lead)).toHaveLength(1)
    },
  )

  test('the same lead again is the same fact; another under its id is refused', async () => {
    const lead = { lead: 'again', email: 'a@again.test' }
    expect((await world.submit(lead)).status).toBe(201)
    const again = await world.submit(lead)
    expect([again.status, again.body.id]).toEqual([200, 'again'])
    const other = await world.submit({ ...lead, email: 'b@again.test' })
    expect([other.status, other.body.code]).toEqual([409, 'already_exists'])
    expect(await world.factsOf('again')).toEqual(['lead:again:new'])
    expect((await world.lead('again')).email).toBe('a@again.test')
  })

  test('a lead that came as an event is not filed again under its id', async () => {
    await world.tell({ id: 'crm:7', type: 'lead', lead: 'crm7', code: 'BEN', email: 'a@crm.test' })
    const filed = await world.submit({ lead: 'crm7', email: 'a@crm.test' })
    expect([filed.status, filed.body.code]).toEqual([409, 'already_exists'])
    expect(await world.lead('crm7')).toMatchObject({ code: 'BEN', email: 'a@crm.test' })
  })

  test('under an Idempotency-Key a request files one lead, and another request none', async () => {
    const { collector } = world
    const lead = { code: 'ANN', name: 'Kim', email: 'kim@key.test' }
    const first = await submitUnder(collector, `key-${engine}`, lead)
    expect(first.status).toBe(201)
    expect(await submitUnder(collector, `key-${engine}`, lead)).toEqual(first)
    const other = await submitUnder(collector, `key-${engine}`, { ...lead, name: 'Lee' })
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused'])
    expect(await world.factsOf(first.body.id)).toHaveLength(1)
    const [kept] = await collector.deps.store.db
      .selectFrom('idempotency')
      .selectAll()
      .where('key', '=', `key-${engine}`)
      .execute()
    expect(JSON.parse(kept?.body ?? '')).toEqual({ lead: first.body.id })
  })

  test('a request that broke off after its key was taken files the lead of that key', async () => {
    const { collector } = world
    const lead = { code: 'ANN', name: 'Kim', email: 'kim@broken.test' }
    const first = await submitUnder(collector, `broken-${engine}`, { ...lead, lead: 'broken' })
    await collector.deps.store.db
      .updateTable('idempotency')
      .set({ body: JSON.stringify({ lead: 'never-stored' }) })
      .where('key', '=', `broken-${engine}`)
      .execute()
    const again = await submitUnder(collector, `broken-${engine}`, { ...lead, lead: 'broken' })
    expect([first.status, again.status, again.body.id]).toEqual([201, 201, 'never-stored'])
  })

  test('a lead is accepted with a customer and a reason, which the note of its filing survives', async () => {
    await world.submit({ lead: 'yes', email: 'a@yes.test', note: 'call them' })
    const { status, body } = await world.decide('yes', 'accept', {
      customer: 'c_yes',
      reason: 'ok',
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      status: 'accepted',
      customer: 'c_yes',
      reason: 'ok',
      note: 'call them',
      decidedAt: expect.stringMatching(/Z$/),
    })
    expect((await world.lead('yes')).history).toMatchObject([
      { event: 'lead:yes:new', status: null },
      { event: 'lead:yes:review:000000', status: 'accepted', customer: 'c_yes', reason: 'ok' },
    ])
  })

  test('a decision that is repeated changes nothing; a body is not needed to accept', async () => {
    await world.submit({ lead: 'twice', email: 'a@twice.test' })
    const first = await world.decide('twice', 'accept')
    expect(await world.decide('twice', 'accept')).toEqual(first)
    expect(await world.factsOf('twice')).toHaveLength(2)
  })

  test('a decision that contradicts one that was not seen is stale; one that was seen is changed', async () => {
    await world.submit({ lead: 'mind', email: 'a@mind.test' })
    await world.decide('mind', 'accept', { customer: 'c_mind' })
    for (const [verb, body] of [
      ['decline', { reason: 'no' }],
      ['accept', { customer: 'c_other' }],
      ['accept', {}],
      ['accept', { customer: 'c_mind', reason: 'another' }],
      ['decline', { reason: 'no', seen: 'declined' }],
    ] as const) {
      const { status, body: told } = await world.decide('mind', verb, body)
      expect([verb, body, status, told.code]).toEqual([verb, body, 409, 'stale'])
    }
    expect(await world.factsOf('mind')).toHaveLength(2)
    const declined = await world.decide('mind', 'decline', { reason: 'no', seen: 'accepted' })
    expect(declined.body).toMatchObject({ status: 'declined', customer: null, reason: 'no' })
    const again = await world.decide('mind', 'accept', { seen: 'declined' })
    expect(again.body).toMatchObject({ status: 'accepted', customer: null, reason: null })
    const { history } = await world.lead('mind')
    expect(history.map(({ status }: { status: string }) => status)).toEqual([
      null,
      'accepted',
      'declined',
      'accepted',
    ])
  })

  test('a decision before the lead’s first event waits for it, and is no lead of a partner yet', async () => {
    await world.tell({ id: 'early', type: 'lead', lead: 'early', status: 'declined', note: 'spam' })
    expect(await world.lead('early')).toMatchObject({
      status: 'declined',
      code: null,
      partner: null,
      reason: 'spam',
    })
    const filed = await world.submit({ lead: 'early', email: 'a@early.test' })
    expect(filed).toMatchObject({ status: 201, body: { status: 'declined', code: 'ANN' } })
  })

  test('a lead that the vendor puts back is new again', async () => {
    await world.submit({ lead: 'back', email: 'a@back.test' })
    await world.decide('back', 'decline', { reason: 'no' })
    await world.tell({ id: 'put:back', type: 'lead', lead: 'back', status: 'new' })
    expect(await world.lead('back')).toMatchObject({
      status: 'new',
      reason: null,
      decidedAt: null,
    })
    expect((await world.decide('back', 'accept')).status).toBe(200)
  })

  test('a person who was erased leaves the lead without them', async () => {
    await world.submit({ lead: 'gone', email: 'a@gone.test', company: 'Gone', note: 'x' })
    await world.submit({ lead: 'gone-too', code: 'BEN', email: 'b@gone.test' })
    await world.collector.deps.store.db
      .deleteFrom('person')
      .where('event_id', '=', 'lead:gone:new')
      .execute()
    const nobody = { name: null, email: null, company: null, note: null }
    expect(await world.lead('gone')).toMatchObject({ ...nobody, status: 'new', duplicate: true })
    const { body } = await world.decide('gone', 'accept', { reason: 'still known' })
    // The company's domain is a keyed hash, as the e-mail of a fact is: the duplicate stays known.
    expect(body).toMatchObject({ ...nobody, status: 'accepted', duplicate: true })
  })

  test('facts of a lead in any order of receipt say the same', async () => {
    const at = (minute: number) => `2026-03-01T10:0${minute}:00.000Z`
    const facts = (lead: string) => [
      { id: `${lead}:a`, type: 'lead', lead, code: 'BEN', email: 'a@late.test', at: at(1) },
      { id: `${lead}:b`, type: 'lead', lead, status: 'accepted', customer: 'c_late', at: at(2) },
      { id: `${lead}:c`, type: 'lead', lead, status: 'declined', note: 'late', at: at(3) },
      { id: `${lead}:d`, type: 'lead', lead, code: 'ANN', email: 'b@late.test', at: at(4) },
    ]
    for (const event of facts('late1')) await world.tell(event)
    for (const event of facts('late2').reverse()) await world.tell(event)
    await world.tell(...facts('late3'))
    for (const lead of ['late1', 'late2', 'late3']) {
      expect(await world.lead(lead)).toMatchObject({
        status: 'declined',
        code: 'BEN',
        email: 'b@late.test',
        customer: null,
        reason: 'late',
        submittedAt: at(1),
        decidedAt: at(3),
      })
    }
  })

  test('a lead from before its table is read from its facts', async () => {
    await world.submit({ lead: 'old', email: 'a@old.test', code: 'BEN' })
    await world.decide('old', 'accept', { customer: 'c_old' })
    const { db } = world.collector.deps.store
    const known = await db.selectFrom('lead').selectAll().where('id', '=', 'old').execute()
    await db
      .updateTable('lead')
      .set({ status: 'new', code: null, customer: null, email_hash: null, decided_at: null })
      .set({ decision: null, decisions: 0, domain_hash: null, company_hash: null, stale: 1 })
      .where('id', '=', 'old')
      .execute()
    expect(await world.list(`partner=${world.ben}&status=accepted`)).toContain('old')
    const read = await db.selectFrom('lead').selectAll().where('id', '=', 'old').execute()
    expect(read).toEqual(known)
  })

  test('no other program and no guest reads, files or decides a lead', async () => {
    const { collector } = world
    await world.submit({ lead: 'mine', email: 'a@mine.test' })
    const other = await addProgram(collector, `leads-${engine}`)
    const key = other.secretKey
    expect((await call(collector, 'GET', '/v1/leads', undefined, key)).body.data).toEqual([])
    expect((await call(collector, 'GET', '/v1/leads/mine', undefined, key)).status).toBe(404)
    for (const [verb, body] of [
      ['accept', {}],
      ['decline', { reason: 'x' }],
    ] as const) {
      const told = await call(collector, 'POST', `/v1/leads/mine/${verb}`, body, key)
      expect(told.status).toBe(404)
    }
    const lead = { lead: 'x', code: 'ANN', name: 'X', email: 'x@x.test' }
    expect((await call(collector, 'POST', '/v1/leads', lead, key)).status).toBe(422)
    const open = collector.program.publishableKey
    expect((await call(collector, 'POST', '/v1/leads', lead, open)).status).toBe(403)
    expect((await callAsGuest(collector, 'GET', '/v1/leads')).status).toBe(401)
    expect((await callAsGuest(collector, 'GET', '/v1/leads/mine')).status).toBe(401)
    expect(await world.lead('mine')).toMatchObject({ status: 'new' })
  })
})
