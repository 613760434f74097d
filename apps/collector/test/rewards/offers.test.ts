/** What the referred customer is offered: told where a code is typed, given once, told to the billing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decideStale } from '../../src/jobs/decide-stale.ts'
import { call } from '../resources/programs.ts'
import { ENGINES } from '../test-collector.ts'
import { addWebhook, messagesTo, openWebhookCollector } from '../webhooks/webhook-collector.ts'
import { World } from './world.ts'

const HALF = { basisPoints: 5000, periods: 1 }
const EARN = { trigger: 'every_sale', rate: { basisPoints: 1000 } }
const HOOK = 'http://127.0.0.1:9/never'

describe.each(ENGINES)('what a referred customer is offered on %s', (engine) => {
  let world: World
  let hook: string
  let ada: string
  let count = 0
  beforeAll(async () => {
    world = new World(await openWebhookCollector(engine))
    world.setClock('2026-05-01T00:00:00.000Z')
    await world.group('advocates', { ...EARN, from: null, offer: HALF })
    await world.group('plain', { ...EARN, from: null })
    ada = await world.partner('ADA', 'advocates', { customer: 'cus_ada' })
    await world.partner('PIA', 'plain')
    hook = (await addWebhook(world.collector, HOOK, ['offer.granted'])).id
  })
  afterAll(() => world.collector.closeAll())

  interface Told {
    id: string
    outcome: string
    verdict?: { status: string; offer?: unknown }
  }

  async function send(events: object[], key?: string): Promise<Told[]> {
    const response = await world.collector.events(
      events.map((event) => ({ id: `offer:${++count}`, ...event })),
      key,
    )
    return ((await response.json()) as { results: Told[] }).results
  }

  const sendOpen = (events: object[]) => send(events, world.collector.program.publishableKey)

  async function grantsTo(customer: string) {
    const told = await messagesTo(world.collector, hook)
    return told
      .map(({ data }) => data as Record<string, unknown>)
      .filter((data) => data.customer === customer)
  }

  test('a question about a code and a typed code tell what the terms in force offer', async () => {
    const asked = async (code: string) =>
      (await call(world.collector, 'GET', `/v1/codes/${code}`)).body
    expect(await asked('ADA')).toEqual({
      ...{ valid: true, code: 'ADA', partner: { name: 'ADA' } },
      offer: HALF,
    })
    expect(await asked('PIA')).not.toHaveProperty('offer')
    expect(await asked('NOBODY')).toEqual({ valid: false, code: 'NOBODY' })
    const typed = { id: 'offer:typed', type: 'code', visitor: 'v_typed', code: 'ada' }
    const [first] = await sendOpen([typed])
    const [again] = await sendOpen([typed])
    expect(first).toMatchObject({ outcome: 'stored', verdict: { status: 'accepted', offer: HALF } })
    expect(again).toMatchObject({ outcome: 'duplicate', verdict: first?.verdict })
    const [plain, visit, own] = await send([
      { type: 'code', visitor: 'v_typed', code: 'PIA' },
      { type: 'visit', visitor: 'v_typed', code: 'ADA' },
      { type: 'code', customer: 'cus_ada', code: 'ADA' },
    ])
    expect([plain, visit, own].map((result) => result?.verdict?.status)).toEqual(
      Array(3).fill('accepted'),
    )
    for (const result of [plain, visit, own]) expect(result?.verdict).not.toHaveProperty('offer')
  })

  test('a signup with credit is told its offer, the same again is told the same, a second one nothing', async () => {
    const customer = 'cus_first'
    const signup = { id: 'signup:first', type: 'signup', customer, code: 'ADA' }
    const [first] = await send([signup])
    expect(first?.verdict).toEqual({ status: 'accepted', code: 'ADA', offer: HALF })
    const [again, second] = await send([signup, { type: 'signup', customer, code: 'ADA' }])
    expect(again).toMatchObject({ outcome: 'duplicate', verdict: first?.verdict })
    expect(second?.verdict).toEqual({ status: 'accepted', code: 'ADA' })
    await send([{ type: 'sale', customer, order: 'o_first', amount: 4000, currency: 'EUR' }])
    expect((await world.ok('GET', `/v1/customers/${customer}`)).offer).toEqual(HALF)
    expect(await grantsTo(customer)).toEqual([
      {
        ...{ customer, partner: ada, code: 'ADA', offer: HALF },
        terms: {
          group: expect.any(String),
          version: 1,
          hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      },
    ])
  })

  test('of two signups of one customer in one request the first is told', async () => {
    const at = '2026-05-01T00:00:00.000Z'
    const signup = { type: 'signup', customer: 'cus_two', code: 'ADA', at }
    const told = await send([
      { ...signup, id: 'signup:two:2' },
      { ...signup, id: 'signup:two:1' },
    ])
    expect(told.map(({ verdict }) => verdict?.offer)).toEqual([undefined, HALF])
    expect(await grantsTo('cus_two')).toHaveLength(1)
  })

  test('of signups of one customer that race, on two collectors where the engine has them, one is told', async () => {
    const { collector } = world
    const apps = [collector.app]
    if (engine === 'postgres') apps.push((await collector.another()).app)
    const race = async (customer: string) => {
      const answers = Array.from({ length: 6 }, async (_, n) => {
        const event = { id: `${customer}:${n}`, type: 'signup', customer, code: 'ADA' }
        const app = apps[n % apps.length] ?? collector.app
        const response = await app.request('/v1/events', {
          method: 'POST',
          headers: { authorization: `Bearer ${collector.program.secretKey}` },
          body: JSON.stringify({ events: [event] }),
        })
        return ((await response.json()) as { results: Told[] }).results
      })
      return (await Promise.all(answers)).flat()
    }
    for (const customer of ['cus_race_1', 'cus_race_2', 'cus_race_3']) {
      const told = await race(customer)
      expect(told.map(({ outcome }) => outcome)).toEqual(Array(6).fill('stored'))
      expect(told.filter(({ verdict }) => verdict?.offer !== undefined)).toHaveLength(1)
      expect(await grantsTo(customer)).toHaveLength(1)
    }
  })

  test('a signup that came by a link, and names no code, is told as well', async () => {
    await sendOpen([{ type: 'visit', visitor: 'v_link', code: 'ADA' }])
    const [told] = await send([{ type: 'signup', customer: 'cus_link', visitor: 'v_link' }])
    expect(told?.verdict).toEqual({ status: 'accepted', offer: HALF })
  })

  test.each([
    ['refers itself', { customer: 'cus_ada', code: 'ADA' }],
    ['is sent by a partner whose terms offer nothing', { customer: 'cus_plain', code: 'PIA' }],
    ['names a code that nobody has', { customer: 'cus_unknown', code: 'NOBODY' }],
    ['is sent by nobody', { customer: 'cus_alone' }],
  ])('a customer who %s is given nothing', async (_, signup) => {
    const [told] = await send([{ type: 'signup', ...signup }])
    expect(told?.verdict ?? {}).not.toHaveProperty('offer')
    expect(await grantsTo(signup.customer)).toEqual([])
    const path = `/v1/customers/${signup.customer}`
    expect(await world.ok('GET', path)).not.toHaveProperty('offer')
  })

  test('a stranger’s signup gives nothing; the first trusted conversion does, by the webhook', async () => {
    const customer = 'cus_open'
    const [open] = await sendOpen([
      { type: 'visit', visitor: 'v_open', code: 'ADA' },
      { type: 'signup', customer, visitor: 'v_open', code: 'ADA' },
    ]).then((results) => results.slice(1))
    expect(open?.verdict).not.toHaveProperty('offer')
    expect(await grantsTo(customer)).toEqual([])
    const sale = { type: 'sale', customer, order: 'o_open', visitor: 'v_open' }
    await send([{ ...sale, amount: 100, currency: 'EUR' }])
    expect(await grantsTo(customer)).toMatchObject([{ partner: ada, offer: HALF }])
  })

  test('credit that comes later gives the offer then, once, whoever is credited afterwards', async () => {
    const customer = 'cus_late'
    const signup = { id: 'signup:late', type: 'signup', customer }
    await send([signup])
    await world.credit(customer, 'PIA')
    expect(await grantsTo(customer)).toEqual([])
    const at = (minute: number) => `2026-05-01T00:0${minute}:00.000Z`
    const assign = (partner: string | null, minute: number) =>
      send([{ type: 'assign', customer, partner, reason: 'it is theirs', at: at(minute) }])
    world.setClock(at(5))
    await assign(ada, 1)
    await assign(null, 2)
    await assign(ada, 3)
    expect(await grantsTo(customer)).toMatchObject([{ partner: ada, code: null }])
    const [replayed] = await send([signup])
    expect(replayed?.verdict).toBeUndefined()
  })

  test('what is decided by the job is given by the job', async () => {
    const { collector } = world
    const customer = 'cus_job'
    await send([{ type: 'signup', customer, code: 'LATER' }])
    expect(await grantsTo(customer)).toEqual([])
    await call(collector, 'POST', `/v1/partners/${ada}/codes`, { code: 'LATER' })
    await decideStale(collector.deps)
    expect(await grantsTo(customer)).toMatchObject([{ partner: ada, code: 'LATER', offer: HALF }])
  })

  test('an offer holds from its date for who comes then; nobody is given one afterwards', async () => {
    const fixed = { amount: 1000, currency: 'EUR', periods: 3 }
    const from = '2026-06-01T00:00:00.000Z'
    await world.group('later', { ...EARN, from: null })
    await world.partner('LEA', 'later')
    await send([{ type: 'signup', customer: 'cus_before', code: 'LEA' }])
    await world.terms('later', { ...EARN, from: null, offer: HALF })
    await world.terms('later', { ...EARN, from, offer: fixed })
    await send([{ type: 'sale', customer: 'cus_before', order: 'o_b', amount: 1, currency: 'EUR' }])
    expect(await grantsTo('cus_before')).toEqual([])
    const [may] = await send([{ type: 'signup', customer: 'cus_may', code: 'LEA' }])
    world.setClock(from)
    const [june] = await send([{ type: 'signup', customer: 'cus_june', code: 'LEA' }])
    expect([may?.verdict?.offer, june?.verdict?.offer]).toEqual([HALF, fixed])
    const asked = await call(world.collector, 'GET', '/v1/codes/LEA')
    expect(asked.body.offer).toEqual(fixed)
  })

  test('a partner who is not active any more offers nothing', async () => {
    const kim = await world.partner('KIM', 'advocates')
    await world.ok('PATCH', `/v1/partners/${kim}`, { status: 'inactive' })
    const asked = await call(world.collector, 'GET', '/v1/codes/KIM')
    expect(asked.body).toEqual({ valid: false, code: 'KIM' })
    const [typed, signup] = await send([
      { type: 'code', visitor: 'v_kim', code: 'KIM' },
      { type: 'signup', customer: 'cus_kim', code: 'KIM' },
    ])
    expect([typed?.verdict, signup?.verdict]).toEqual(
      Array(2).fill({ status: 'inactive', code: 'KIM' }),
    )
    expect(await grantsTo('cus_kim')).toEqual([])
  })

  test.each([
    [{ basisPoints: 10_000, periods: 1 }, true],
    [{ amount: 1, currency: 'eur', periods: 1200 }, true],
    [{ basisPoints: 10_001, periods: 1 }, false],
    [{ basisPoints: 0, periods: 1 }, false],
    [{ basisPoints: 5000, periods: 0 }, false],
    [{ basisPoints: 5000, periods: 1201 }, false],
    [{ basisPoints: 5000 }, false],
    [{ amount: 0, currency: 'EUR', periods: 1 }, false],
    [{ amount: 100, periods: 1 }, false],
    [{ amount: 9.5, currency: 'EUR', periods: 1 }, false],
    [{ basisPoints: 5000, amount: 100, currency: 'EUR', periods: 1 }, false],
  ])('terms with the offer %j are taken: %s', async (offer, isTaken) => {
    await call(world.collector, 'POST', '/v1/groups', { slug: 'limits' })
    const terms = { ...EARN, from: null, offer }
    const answer = await call(world.collector, 'PUT', '/v1/groups/limits/terms', terms)
    expect(answer.status).toBe(isTaken ? 200 : 422)
    if (!isTaken) expect(JSON.stringify(answer.body.errors)).toContain('/offer')
  })
})
