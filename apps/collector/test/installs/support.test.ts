/** Who gives first-line support: the credited partner, where its group does, and nobody where that is in doubt. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES } from '../test-collector.ts'
import { addProgram, call, openWorld, type World } from './world.ts'

describe.each(ENGINES)('the support route on %s', (engine) => {
  let world: World
  let helper: string
  beforeAll(async () => {
    world = await openWorld(engine)
    const { collector } = world
    const { publishableKey } = collector.program
    const group = { slug: 'gold', name: 'Gold', support: true }
    await call(collector, 'POST', '/v1/groups', group)
    const add = async (code: string) => {
      const email = `${code.toLowerCase()}@help.test`
      const input = { email, name: code, code, group: 'gold' }
      return (await call(collector, 'POST', '/v1/partners', input)).body.id
    }
    helper = await add('HELPER')
    const gone = await add('GONE')
    const sale = (n: number, more: object) => ({
      id: `sale${n}`,
      type: 'sale',
      order: `o${n}`,
      amount: 100,
      currency: 'EUR',
      ...more,
    })
    await collector.events([
      sale(1, { customer: 'helped', code: 'HELPER', email: 'Info@Buyer.test' }),
      sale(2, { customer: 'plain', code: 'JANE', email: 'plain@buyer.test' }),
      sale(3, { customer: 'left', code: 'GONE' }),
      sale(4, { customer: 'alone', email: 'info@buyer.test' }),
      { id: 'visit1', type: 'visit', visitor: 'w1', code: 'HELPER' },
    ])
    const signup = { id: 'sign1', type: 'signup', customer: 'maybe', visitor: 'w1' }
    await collector.events([{ ...signup, email: 'maybe@buyer.test' }], publishableKey)
    await world.report({ product: 'pbx', install: 'helped-box', claim: 'env:HELPER' })
    await world.report({ product: 'pbx', install: 'silent-box' })
    await world.report({ product: 'pbx', install: 'plain-box', claim: 'env:JANE' })
    await call(collector, 'PATCH', `/v1/partners/${gone}`, { status: 'inactive' })
  })
  afterAll(() => world.collector.closeAll())

  const ask = (query: string, key?: string) =>
    world.collector.send('GET', `/v1/support-route?${query}`, undefined, key)

  test.each([
    ['customer=helped', 'credited'],
    ['install=helped-box', 'credited'],
    ['email=info%40buyer.test', 'credited'],
    ['email=INFO%40buyer.test', 'credited'],
    ['customer=plain', 'no_support'],
    ['install=plain-box', 'no_support'],
    ['customer=left', 'partner_inactive'],
    ['customer=alone', 'no_credit'],
    ['install=silent-box', 'no_credit'],
    ['customer=maybe', 'unverified'],
    ['customer=nobody', 'not_found'],
    ['install=nobody', 'not_found'],
    ['email=nobody%40buyer.test', 'not_found'],
    ['email=maybe%40buyer.test', 'not_found'],
  ])('%s is %s', async (query, reason) => {
    const { body } = await call(world.collector, 'GET', `/v1/support-route?${query}`)
    const partner = { id: helper, name: 'HELPER', email: 'helper@help.test' }
    expect(body).toEqual({ partner: reason === 'credited' ? partner : null, reason })
  })

  test.each([
    ['nothing', ''],
    ['two of them', 'customer=helped&install=helped-box'],
    ['no e-mail', 'email=nobody'],
    ['no id', 'install=a%20b'],
    ['another word', 'partner=x'],
  ])('%s is no question', async (_title, query) => {
    expect((await ask(query)).status).toBe(422)
  })

  test('it takes a secret key, and tells of its own program only', async () => {
    const { publishableKey } = world.collector.program
    expect((await ask('customer=helped', publishableKey)).status).toBe(403)
    expect((await world.collector.app.request('/v1/support-route?customer=helped')).status).toBe(
      401,
    )
    const foreign = await addProgram(world.collector, 'foreign')
    expect(await (await ask('customer=helped', foreign.secretKey)).json()).toEqual({
      partner: null,
      reason: 'not_found',
    })
  })

  test('a group that stops to give support, by slug or by id', async () => {
    const { collector } = world
    const change = async (name: string, body: object) =>
      (await call(collector, 'PATCH', `/v1/groups/${name}`, body)).body
    const first = await change('gold', { support: false, name: 'Silver' })
    expect(first).toMatchObject({ slug: 'gold', name: 'Silver', support: false })
    const reason = async () =>
      (await call(collector, 'GET', '/v1/support-route?customer=helped')).body.reason
    expect(await reason()).toBe('no_support')
    expect(await change(first.id, { support: true })).toMatchObject({ name: 'Silver' })
    expect(await reason()).toBe('credited')
    expect((await collector.send('PATCH', '/v1/groups/lead', { support: true })).status).toBe(404)
    expect((await collector.send('PATCH', '/v1/groups/gold', { support: 'yes' })).status).toBe(422)
    const guest = await collector.app.request('/v1/groups/gold', { method: 'PATCH', body: '{}' })
    expect(guest.status).toBe(401)
  })
})
