import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, callAsGuest } from '../resources/programs.ts'
import { ENGINES, openTestCollector } from '../test-collector.ts'
import { provesItself } from './proof.ts'
import { RATE_30, World } from './world.ts'

const ZERO = { new: 0, approved: 0, onHold: 0, reserved: 0, settled: 0, unpublished: 0, debt: 0 }
const EUR = { currency: 'EUR', kind: 'cash', ...ZERO }
const USD = { ...EUR, currency: 'USD' }

describe.each(ENGINES)('balances of all on %s', (engine) => {
  let world: World
  beforeAll(async () => {
    world = new World(await openTestCollector(engine))
    world.setClock('2026-06-01T00:00:00.000Z')
  })
  afterAll(async () => {
    await provesItself(world)
    await world.collector.closeAll()
  })

  test('nobody has earned: nobody is listed', async () => {
    await world.group('g', RATE_30)
    await world.partner('IDLE', 'g')
    expect(await world.ok('GET', '/v1/balances')).toEqual({ data: [], next: null, totals: [] })
  })

  test('each partner is listed once with all it has, and debts are no credit of others', async () => {
    const ann = await world.partner('ANN', 'g', { payout: 'by hand' })
    const bob = await world.partner('BOB', 'g')
    await world.credit('a', 'ANN')
    await world.credit('b', 'BOB')
    await world.sale({ customer: 'a', order: 'a1', amount: 10000 })
    await world.reviewSale('a1', 'approved')
    const { payouts } = await world.ok('POST', '/v1/payouts', {})
    await world.ok('POST', `/v1/payouts/${payouts[0].id}/mark`, { status: 'paid' })
    await world.refund('a1', 're_a1')
    await world.ok('PATCH', '/v1/program', { publishDay: 13 })
    await world.sale({ customer: 'b', order: 'b1', amount: 20000 })
    await world.sale({ customer: 'b', order: 'b2', amount: 1000, currency: 'USD' })
    await world.reviewSale('b1', 'approved')
    const annHas = { ...EUR, approved: -3000, settled: 3000, debt: 3000 }
    const bobHas = [
      { ...EUR, approved: 6000, unpublished: 6000 },
      { ...USD, new: 300 },
    ]
    const told = await world.ok('GET', '/v1/balances')
    expect(told).toEqual({
      data: [
        { partner: { id: ann, name: 'ANN' }, balances: [annHas] },
        { partner: { id: bob, name: 'BOB' }, balances: bobHas },
      ],
      next: null,
      totals: [
        { ...EUR, approved: 3000, unpublished: 6000, settled: 3000, debt: 3000 },
        { ...USD, new: 300 },
      ],
    })
    const first = await world.ok('GET', '/v1/balances?limit=1')
    expect(first.data).toEqual(told.data.slice(0, 1))
    const second = await world.ok('GET', `/v1/balances?limit=1&cursor=${first.next}`)
    expect(second).toEqual({ data: told.data.slice(1), next: null, totals: told.totals })
    expect(await world.balance(bob)).toEqual(bobHas)
  })

  test('without a secret key, or with a foreign cursor, nothing is told', async () => {
    expect((await callAsGuest(world.collector, 'GET', '/v1/balances')).status).toBe(401)
    expect((await call(world.collector, 'GET', '/v1/balances?cursor=e30')).status).toBe(422)
  })
})
