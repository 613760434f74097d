import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call } from '../resources/programs.ts'
import { ENGINES, openTestCollector } from '../test-collector.ts'
import { LeadWorld, submitUnder } from './world.ts'

/** Two bytes a character: the limits count characters. */
const long = (length: number) => 'é'.repeat(length)

describe.each(ENGINES)('bad input about leads on %s', (engine) => {
  let world: LeadWorld
  let n = 0
  beforeAll(async () => {
    world = await new LeadWorld(await openTestCollector(engine)).open()
    await world.submit({ lead: 'known', email: 'a@known.test' })
  })
  afterAll(() => world.collector.closeAll())

  const post = (path: string, body: unknown) => call(world.collector, 'POST', path, body)
  const lead = (more: object) => ({ code: 'ANN', name: 'Lea', email: 'a@bad.test', ...more })
  const email = (length: number) => `a@${'b'.repeat(length - 2)}`

  test.each<[string, object]>([
    ['an id of 255 characters', { lead: 'ü'.repeat(255) }],
    ['a name of 255', { name: long(255) }],
    ['an e-mail of 320', { email: email(320) }],
    ['a company of 255', { company: long(255) }],
    ['a note of 4,000', { note: long(4000) }],
    ['a code in other spelling', { code: 'a-n.n' }],
    ['all of it at its limit', { name: long(255), company: long(255), note: '"'.repeat(4000) }],
  ])('%s is taken', async (_, more) => {
    expect((await post('/v1/leads', lead(more))).status).toBe(201)
  })

  test.each<[string, object | string, string]>([
    ['an id of 256 characters', { lead: 'x'.repeat(256) }, '/lead'],
    ['an empty id', { lead: '' }, '/lead'],
    ['an id with a control character', { lead: 'a\u0000b' }, '/lead'],
    ['a name of 256', { name: long(256) }, '/name'],
    ['an empty name', { name: '' }, '/name'],
    ['no name', { name: undefined }, '/name'],
    ['an e-mail of 321', { email: email(321) }, '/email'],
    ['an e-mail that is none', { email: 'lea' }, '/email'],
    ['no e-mail', { email: undefined }, '/email'],
    ['an empty company', { company: '' }, '/company'],
    ['a company of 256', { company: long(256) }, '/company'],
    ['an empty note', { note: '' }, '/note'],
    ['a note of 4,001', { note: long(4001) }, '/note'],
    ['a code that is none', { code: '–' }, '/code'],
    ['a code that nobody has', { code: 'NOBODY' }, '/code'],
    ['a partner that is none', { code: undefined, partner: 'ptr_none' }, '/partner'],
    ['a partner and a code', { partner: 'ptr_none' }, ''],
    ['neither partner nor code', { code: undefined }, ''],
    ['a status', { status: 'accepted' }, ''],
    ['a name that is a number', { name: 7 }, '/name'],
  ])('%s is refused, and nothing is stored', async (_, more, pointer) => {
    const before = await count()
    const input = typeof more === 'string' ? more : lead(more)
    const { status, body } = await post('/v1/leads', input)
    expect([status, body.code, body.errors[0].pointer]).toEqual([422, 'invalid_request', pointer])
    expect(await count()).toBe(before)
  })

  test.each<[string, string, unknown, string]>([
    ['decline without a reason', 'decline', {}, '/reason'],
    ['decline with an empty one', 'decline', { reason: '' }, '/reason'],
    ['decline with one of 4,001', 'decline', { reason: long(4001) }, '/reason'],
    ['decline with a customer', 'decline', { reason: 'x', customer: 'c' }, ''],
    ['decline having seen nonsense', 'decline', { reason: 'x', seen: 'maybe' }, '/seen'],
    ['accept with an empty reason', 'accept', { reason: '' }, '/reason'],
    ['accept with one of 4,001', 'accept', { reason: long(4001) }, '/reason'],
    ['accept with a customer of 256', 'accept', { customer: 'x'.repeat(256) }, '/customer'],
    ['accept with an empty customer', 'accept', { customer: '' }, '/customer'],
    ['accept with a status', 'accept', { status: 'declined' }, ''],
  ])('%s is refused, and the lead stays new', async (_, verb, body, pointer) => {
    const told = await post(`/v1/leads/known/${verb}`, body)
    expect([told.status, told.body.errors[0].pointer]).toEqual([422, pointer])
    expect(await world.lead('known')).toMatchObject({ status: 'new' })
  })

  test.each<[string, string, object]>([
    ['decline with a reason of 4,000', 'decline', { reason: long(4000) }],
    ['accept with one of 4,000', 'accept', { reason: long(4000) }],
    ['accept with a customer of 255', 'accept', { customer: 'ü'.repeat(255) }],
  ])('%s is taken', async (_, verb, body) => {
    const id = `limit-${++n}`
    await world.submit({ lead: id, email: 'a@limit.test' })
    expect((await post(`/v1/leads/${id}/${verb}`, body)).body).toMatchObject(body)
  })

  test.each([
    ['GET', '/v1/leads/nobody', undefined],
    ['POST', '/v1/leads/nobody/accept', {}],
    ['POST', '/v1/leads/nobody/decline', { reason: 'x' }],
    ['GET', '/v1/leads/%00', undefined],
    ['POST', '/v1/leads/%00/accept', {}],
  ])('%s %s of no lead is not found', async (method, path, body) => {
    const told = await call(world.collector, method, path, body)
    expect([told.status, told.body.code]).toEqual([404, 'not_found'])
  })

  test.each([
    ['status=lost', '/status'],
    ['duplicate=1', '/duplicate'],
    ['partner=', '/partner'],
    ['limit=0', '/limit'],
    ['limit=201', '/limit'],
    ['cursor=x', '/cursor'],
    ['state=new', ''],
  ])('a list with %s is refused', async (query, pointer) => {
    const { status, body } = await call(world.collector, 'GET', `/v1/leads?${query}`)
    expect([status, body.errors[0].pointer]).toEqual([422, pointer])
  })

  test('what a database cannot store in a name becomes a mark', async () => {
    const { body } = await post('/v1/leads', lead({ name: 'a\u0000b\ud800', note: 'x\ny' }))
    expect(body).toMatchObject({ name: 'a\ufffdb\ufffd', note: 'x\ny' })
  })

  test('an Idempotency-Key that is none is refused before anything is stored', async () => {
    const before = await count()
    const { status, body } = await submitUnder(world.collector, 'a b', lead({}))
    expect([status, body.code, await count()]).toEqual([400, 'bad_request', before])
  })

  async function count(): Promise<number> {
    const rows = await world.collector.deps.store.db.selectFrom('fact').select('id').execute()
    return rows.length
  }
})
