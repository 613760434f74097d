import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addProgram, call, callAsGuest } from '../resources/programs.ts'
import { ENGINES, openTestCollector } from '../test-collector.ts'
import { RATE_30, World } from './world.ts'

describe.each(ENGINES)('terms on %s', (engine) => {
  let world: World
  beforeAll(async () => {
    world = new World(await openTestCollector(engine))
  })
  afterAll(() => world.collector.closeAll())

  test('versions are counted, told the latest first, and one is in force', async () => {
    await world.group('counted')
    const from = '2999-01-01T00:00:00.000Z'
    expect(await world.terms('counted', RATE_30)).toMatchObject({
      group: 'counted',
      version: 1,
      from: null,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      terms: { trigger: 'every_sale', rate: { basisPoints: 3000 } },
    })
    await world.terms('counted', { ...RATE_30, from, rate: { basisPoints: 1000 } })
    const told = await world.ok('GET', '/v1/groups/counted/terms')
    expect(told.inForce).toBe(1)
    expect(told.versions.map((one: { version: number }) => one.version)).toEqual([2, 1])
  })

  test('equal terms have an equal hash, in whatever order their fields stand', async () => {
    await world.group('hashed')
    const one = await world.terms('hashed', {
      trigger: 'every_sale',
      rate: { amount: 500, currency: 'EUR' },
      base: undefined,
    })
    const other = await world.terms('hashed', {
      rate: { currency: 'eur', amount: 500 },
      trigger: 'every_sale',
    })
    expect(other.hash).toBe(one.hash)
  })

  test('terms of CONTRACT §4.4 are taken as they stand there', async () => {
    await world.group('contract')
    await world.terms('contract', {
      from: '2026-01-01T00:00:00.000Z',
      trigger: 'every_sale',
      rate: { basisPoints: 3000 },
      base: 'gross',
      duration: 'life',
      kind: 'cash',
      holdDays: 0,
      review: 'manual',
      minimumPayout: { amount: 20000, currency: 'EUR' },
    })
  })

  const rate = { basisPoints: 1000 }
  const qualification = { paidPeriods: 2, days: 60 }
  const tiers = [{ from: 1, amount: 100 }]
  test.each<[string, string, object]>([
    ['no rate', '/rate', { trigger: 'every_sale' }],
    ['a rate beside tiers', '/tiers', { trigger: 'every_sale', rate, tiers }],
    ['a share of a signup', '/rate/basisPoints', { trigger: 'signup', rate }],
    [
      'tiers of shares of a signup',
      '/tiers/0/basisPoints',
      { trigger: 'signup', tiers: [{ from: 1, basisPoints: 100 }] },
    ],
    ['tiers of a signup without currency', '/currency', { trigger: 'signup', tiers }],
    [
      'products of a signup',
      '/products',
      { trigger: 'signup', products: { pro: { rate: { amount: 1, currency: 'EUR' } } } },
    ],
    ['a qualification without its rule', '/qualification', { trigger: 'qualification', rate }],
    [
      'a rule of qualification for another trigger',
      '/qualification',
      { trigger: 'every_sale', rate, qualification },
    ],
    [
      'a duration of a qualification',
      '/duration',
      { trigger: 'qualification', rate, qualification, duration: 'life' },
    ],
    ['a first sale for life', '/duration', { trigger: 'first_sale', rate, duration: 'life' }],
    [
      'tiers that do not ascend',
      '/tiers/1/from',
      {
        trigger: 'every_sale',
        tiers: [
          { from: 3, basisPoints: 1 },
          { from: 3, basisPoints: 2 },
        ],
      },
    ],
    [
      'a currency without amounts of tiers',
      '/currency',
      { trigger: 'every_sale', rate, currency: 'EUR' },
    ],
    [
      'a base of a fixed amount',
      '/base',
      { trigger: 'every_sale', rate: { amount: 100, currency: 'EUR' }, base: 'net' },
    ],
    ['an unknown field', '', { trigger: 'every_sale', rate, bonus: 1 }],
    ['an unknown trigger', '/trigger', { trigger: 'click', rate }],
    [
      'an unknown currency',
      '/rate',
      { trigger: 'every_sale', rate: { amount: 1, currency: 'XXQ' } },
    ],
    ['a rate that is no integer', '/rate', { trigger: 'every_sale', rate: { basisPoints: 0.5 } }],
  ])('%s is refused at %s', async (_, pointer, terms) => {
    const path = '/v1/groups/default/terms'
    const { status, body } = await call(world.collector, 'PUT', path, terms)
    expect(status).toBe(422)
    expect(body.errors.map((error: { pointer: string }) => error.pointer)).toContainEqual(
      expect.stringMatching(new RegExp(`^${pointer}`)),
    )
    expect((await world.ok('GET', path)).versions).toEqual([])
  })

  test.each([
    [{ rate: { basisPoints: 30.5 } }, '/rate/basisPoints', /int/],
    [{ rate: { amount: 500 } }, '/rate/currency', /string/],
    [{ rate: { percent: 30 } }, '/rate', /percent/],
    [{ rate, duration: { months: 0 } }, '/duration/months', />=1/],
    [{ rate, duration: 'forever' }, '/duration', /"once"\|"life"/],
    [{ tiers: [{ from: 1, basisPoints: '5' }] }, '/tiers/0/basisPoints', /number/],
  ])('what is wrong inside %j is told where it stands', async (wrong, pointer, detail) => {
    const terms = { trigger: 'every_sale', ...wrong }
    const { body } = await call(world.collector, 'PUT', '/v1/groups/default/terms', terms)
    expect(body.errors).toContainEqual({ pointer, detail: expect.stringMatching(detail) })
  })

  test('a guest, another vendor and a wrong group are told nothing', async () => {
    const path = '/v1/groups/counted/terms'
    expect((await callAsGuest(world.collector, 'GET', path)).status).toBe(401)
    const other = await addProgram(world.collector, `other${engine}`)
    expect((await call(world.collector, 'GET', path, undefined, other.secretKey)).status).toBe(404)
    expect((await call(world.collector, 'PUT', path, RATE_30, other.secretKey)).status).toBe(404)
    expect((await call(world.collector, 'GET', '/v1/groups/nobody/terms')).status).toBe(404)
  })

  test('new terms are followed by what nobody has reviewed, and proposed for the rest', async () => {
    await world.group('changing', RATE_30)
    const partner = await world.partner('CHANGE', 'changing')
    await world.credit('cus_change', 'CHANGE')
    await world.sale({ customer: 'cus_change', order: 'ch_1', at: '2026-02-01T00:00:00.000Z' })
    await world.sale({ customer: 'cus_change', order: 'ch_2', at: '2026-03-01T00:00:00.000Z' })
    await world.reviewSale('ch_1', 'approved')
    await world.terms('changing', { ...RATE_30, rate: { basisPoints: 5000 } })
    expect((await world.saleOf('ch_2')).reward).toMatchObject({ amount: 2450, status: 'new' })
    expect((await world.saleOf('ch_1')).reward).toMatchObject({ amount: 1470, status: 'approved' })
    expect(await world.proposals(partner)).toMatchObject([
      { status: 'open', changes: [{ amount: 980, currency: 'EUR', kind: 'cash' }] },
    ])
  })

  test('sales from before the first terms are told, credited to somebody or to nobody', async () => {
    const made = await addProgram(world.collector, `first${engine}`)
    const ask = async (method: string, path: string, body?: unknown) =>
      (await call(world.collector, method, path, body, made.secretKey)).body
    const partner = await ask('POST', '/v1/partners', { email: 'o@old.test', name: 'Old' })
    const sale = { type: 'sale', amount: 100, currency: 'EUR' }
    await ask('POST', '/v1/events', {
      events: [
        { id: 's1', ...sale, customer: 'ours', order: 'o1' },
        { id: 's2', ...sale, customer: 'none', order: 'o2' },
        { id: 'a1', type: 'assign', customer: 'ours', partner: partner.id, reason: 'theirs' },
      ],
    })
    const before = await ask('GET', '/v1/sales/o1')
    expect([before.reward, before.noReward, before.reversals]).toEqual([undefined, undefined, []])
    expect(await ask('GET', '/v1/customers/ours/rewards')).toEqual({
      earned: [],
      expected: [],
      noReward: [],
    })
    await ask('PUT', '/v1/groups/default/terms', RATE_30)
    expect((await ask('GET', '/v1/sales/o1')).reward).toMatchObject({ amount: 30 })
    expect((await ask('GET', '/v1/sales/o2')).noReward).toEqual({ reason: 'no_credit' })
  })

  test('a sale earns by the terms of its own time', async () => {
    await world.group('dated', { ...RATE_30, from: '2026-02-01T00:00:00.000Z' })
    await world.partner('DATED', 'dated')
    await world.credit('cus_dated', 'DATED')
    await world.terms('dated', {
      ...RATE_30,
      from: '2026-03-01T00:00:00.000Z',
      rate: { basisPoints: 1000 },
    })
    const told: unknown[] = []
    for (const at of [
      '2026-01-31T23:59:59.999Z',
      '2026-02-01T00:00:00.000Z',
      '2026-02-28T23:59:59.999Z',
      '2026-03-01T00:00:00.000Z',
    ]) {
      await world.sale({ customer: 'cus_dated', order: at, at })
      const { reward, noReward } = await world.saleOf(at)
      told.push(reward?.amount ?? noReward.reason)
    }
    expect(told).toEqual(['no_terms', 1470, 1470, 490])
  })
})
