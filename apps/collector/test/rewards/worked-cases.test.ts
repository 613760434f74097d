/** The worked cases of the programs that Sentby must run, over HTTP, to the cent. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCalendar } from '../../src/jobs/calendar.ts'
import { runRewards } from '../../src/jobs/rewards.ts'
import { ENGINES, openTestCollector } from '../test-collector.ts'
import { World } from './world.ts'

describe.each(ENGINES)('odoo-pbx on %s', (engine) => {
  let world: World
  const ids: Record<string, string> = {}
  beforeAll(async () => {
    world = new World(await openTestCollector(engine))
    world.setClock('2026-06-01T00:00:00.000Z')
    const base = { from: null, trigger: 'every_sale', kind: 'cash' }
    await world.group('partner', { ...base, rate: { basisPoints: 3000 }, duration: 'life' })
    await world.group('referral', {
      ...base,
      rate: { basisPoints: 1000 },
      duration: { months: 12 },
    })
    for (const name of ['MAX', 'NIA']) ids[name] = await world.partner(name, 'partner')
    ids.LEA = await world.partner('LEA', 'referral')
    for (const [install, code] of [
      ['ins_1', 'MAX'],
      ['ins_2', 'LEA'],
      ['ins_3', 'NIA'],
      ['ins_4', 'LEA'],
    ]) {
      await world.tell(
        {
          type: 'install',
          install,
          product: 'pbx',
          at: '2025-02-01T00:00:00.000Z',
          claims: [{ source: 'prompt', value: code }],
        },
        { type: 'identify', customer: `cus_${install}`, install, at: '2025-02-01T01:00:00.000Z' },
      )
    }
  })
  afterAll(() => world.collector.closeAll())

  /** The tenth of so many months, from February 2025 on. */
  const monthly = (customer: string, count: number) =>
    Array.from({ length: count }, (_, n) => ({
      type: 'sale',
      customer,
      order: `${customer} ${n + 1}`,
      amount: 4900,
      currency: 'EUR',
      plan: 'monthly',
      at: new Date(Date.UTC(2025, 1 + n, 10)).toISOString(),
    }))

  test('MAX earns 14.70 of each of 14 payments: 205.80', async () => {
    await world.tell(...monthly('cus_ins_1', 14))
    const { earned } = await world.rewardsOf('cus_ins_1')
    expect(earned.map((one: { amount: number }) => one.amount)).toEqual(Array(14).fill(1470))
    expect(earned[0]).toMatchObject({
      partner: ids.MAX,
      status: 'new',
      publishedStatus: 'new',
      month: '2025-02',
      explanation: '30 % of 49.00 = 14.70',
    })
    expect(await world.balance(ids.MAX ?? '')).toEqual([
      {
        currency: 'EUR',
        kind: 'cash',
        new: 20580,
        approved: 0,
        unpublished: 0,
        onHold: 0,
        reserved: 0,
        settled: 0,
        debt: 0,
      },
    ])
  })

  test('LEA earns 4.90 of twelve payments; the thirteenth is told term_ended', async () => {
    await world.tell(...monthly('cus_ins_2', 13))
    const { earned, noReward } = await world.rewardsOf('cus_ins_2')
    expect(earned).toHaveLength(12)
    expect(noReward).toMatchObject([{ order: 'cus_ins_2 13', reason: 'term_ended' }])
    expect(await world.saleOf('cus_ins_2 13')).toMatchObject({
      noReward: { reason: 'term_ended' },
      reversals: [],
    })
    expect(await world.total(ids.LEA ?? '')).toBe(5880)
  })

  test('LEA earns 60.00 of a payment for a year', async () => {
    await world.sale({
      customer: 'cus_ins_4',
      order: 'year',
      amount: 60_000,
      at: '2025-03-01T00:00:00.000Z',
    })
    expect((await world.saleOf('year')).reward).toMatchObject({ amount: 6000, partner: ids.LEA })
    expect(await world.total(ids.LEA ?? '')).toBe(11_880)
  })

  test('of the payment of NIA 3.00 and then 11.70 are taken back: exactly nothing is left', async () => {
    await world.sale({ customer: 'cus_ins_3', order: 'nia', at: '2025-06-10T00:00:00.000Z' })
    await world.refund('nia', 're_1', 1000, { at: '2025-06-12T00:00:00.000Z' })
    expect(await world.saleOf('nia')).toMatchObject({
      reward: { amount: 1470 },
      reversals: [{ amount: -300, entry: 'reversal', status: 'new' }],
    })
    await world.refund('nia', 're_2', 3900, { at: '2025-07-01T00:00:00.000Z' })
    const { reward, reversals } = await world.saleOf('nia')
    expect(reward.amount).toBe(1470)
    expect(reversals.map((one: { amount: number }) => one.amount).sort()).toEqual([-1170, -300])
    expect(reversals.every((one: { reverses: string }) => one.reverses === reward.id)).toBe(true)
    expect(await world.total(ids.NIA ?? '')).toBe(0)
  })

  test('after the cancel nothing more is earned', async () => {
    await world.tell({ type: 'cancel', customer: 'cus_ins_1', at: '2026-04-02T00:00:00.000Z' })
    await world.sale({
      customer: 'cus_ins_1',
      order: 'winback',
      at: '2026-05-10T00:00:00.000Z',
    })
    expect(await world.saleOf('winback')).toMatchObject({ noReward: { reason: 'term_ended' } })
    expect(await world.total(ids.MAX ?? '')).toBe(20_580)
  })
})

describe.each(ENGINES)('advocates on %s', (engine) => {
  let world: World
  let ada = ''
  beforeAll(async () => {
    world = new World(await openTestCollector(engine))
    world.setClock('2026-01-02T00:00:00.000Z')
    await world.ok('PATCH', '/v1/program', { timezone: 'America/New_York', publishDay: 13 })
    await world.group('advocate', {
      from: null,
      trigger: 'qualification',
      qualification: { paidPeriods: 2, days: 60 },
      kind: 'account_credit',
      tiers: [
        { from: 1, amount: 10_000 },
        { from: 3, amount: 15_000 },
        { from: 6, amount: 20_000 },
      ],
      currency: 'USD',
      offer: { basisPoints: 5000, periods: 1 },
    })
    ada = await world.partner('ADA', 'advocate', { customer: 'cus_ada' })
  })
  afterAll(() => world.collector.closeAll())

  const pay = (customer: string, n: number, start: string, end: string) => {
    world.setClock(start)
    const period = { start, end }
    return world.sale({
      customer,
      order: `${customer} ${n}`,
      amount: n === 1 ? 4000 : 8000,
      currency: 'USD',
      period,
      at: start,
    })
  }
  const jan10 = '2026-01-10T05:00:00.000Z'
  const feb9 = '2026-02-09T05:00:00.000Z'
  const mar11 = '2026-03-11T04:00:00.000Z'

  test('the first invoice of alpha: 100.00 are expected on Mar 11', async () => {
    world.setClock(jan10)
    await world.credit('alpha', 'ADA', jan10)
    await pay('alpha', 1, jan10, feb9)
    const { earned, expected } = await world.rewardsOf('alpha')
    expect(earned).toEqual([])
    expect(expected).toMatchObject([
      { at: mar11, amount: 10_000, currency: 'USD', kind: 'account_credit', partner: ada },
    ])
  })

  test('on Mar 11 it is new, 100.00, earned in March', async () => {
    await pay('alpha', 2, feb9, mar11)
    expect((await world.rewardsOf('alpha')).earned).toEqual([])
    world.setClock(mar11)
    await runRewards(world.collector.deps)
    expect(await world.rewardsOf('alpha')).toMatchObject({
      earned: [{ status: 'new', amount: 10_000, month: '2026-03', earnedAt: mar11, tier: 1 }],
      expected: [],
    })
  })

  test('approved on Mar 31 the partner still sees new', async () => {
    world.setClock('2026-03-31T20:00:00.000Z')
    const [reward] = (await world.rewardsOf('alpha')).earned
    const [result] = await world.review([{ id: reward.id, amount: 10_000 }], 'approved')
    expect(result).toEqual({ id: reward.id, outcome: 'done', status: 'approved', amount: 10_000 })
    expect(await world.ok('GET', `/v1/rewards/${reward.id}`)).toMatchObject({
      status: 'approved',
      publishedStatus: 'new',
      decidedAt: expect.stringMatching(/^2026-03-31T20:00/),
      reviews: [{ status: 'approved', amount: 10_000 }],
    })
  })

  test('on Apr 13 it is published', async () => {
    const [reward] = (await world.rewardsOf('alpha')).earned
    world.setClock('2026-04-13T03:00:00.000Z')
    await runCalendar(world.collector.deps)
    expect((await world.ok('GET', `/v1/rewards/${reward.id}`)).publishedStatus).toBe('new')
    world.setClock('2026-04-13T04:00:00.000Z')
    await runCalendar(world.collector.deps)
    await runCalendar(world.collector.deps)
    expect(await world.ok('GET', `/v1/rewards/${reward.id}`)).toMatchObject({
      publishedStatus: 'approved',
      publishedAt: expect.stringMatching(/^2026-04-13T04:00/),
    })
  })

  test('beta gives 100.00, gamma as the third 150.00', async () => {
    await world.tell({
      type: 'lead',
      lead: 'lead_beta',
      code: 'ADA',
      email: 'beta@firm.test',
      at: '2026-01-20T05:00:00.000Z',
    })
    await world.tell({
      type: 'lead',
      lead: 'lead_beta',
      status: 'accepted',
      customer: 'beta',
      at: '2026-01-21T05:00:00.000Z',
    })
    await pay('beta', 1, '2026-02-01T05:00:00.000Z', '2026-03-03T05:00:00.000Z')
    await pay('beta', 2, '2026-03-03T05:00:00.000Z', '2026-04-02T04:00:00.000Z')
    await world.credit('gamma', 'ADA', '2026-03-20T04:00:00.000Z')
    await pay('gamma', 1, '2026-03-21T04:00:00.000Z', '2026-04-20T04:00:00.000Z')
    await pay('gamma', 2, '2026-04-20T04:00:00.000Z', '2026-05-20T04:00:00.000Z')
    world.setClock('2026-05-20T04:00:00.000Z')
    await runRewards(world.collector.deps)
    expect((await world.rewardsOf('beta')).earned).toMatchObject([{ amount: 10_000, tier: 1 }])
    expect((await world.rewardsOf('gamma')).earned).toMatchObject([
      { amount: 15_000, tier: 3, explanation: 'third referral: 150.00' },
    ])
  })

  test('delta cancels in its second period: no reward, and the reason is told', async () => {
    await world.credit('delta', 'ADA', '2026-03-01T00:00:00.000Z')
    await pay('delta', 1, '2026-03-01T05:00:00.000Z', '2026-03-31T04:00:00.000Z')
    await pay('delta', 2, '2026-03-31T04:00:00.000Z', '2026-04-30T04:00:00.000Z')
    world.setClock('2026-04-15T00:00:00.000Z')
    await world.tell({ type: 'cancel', customer: 'delta', at: '2026-04-15T00:00:00.000Z' })
    world.setClock('2026-06-01T00:00:00.000Z')
    await runRewards(world.collector.deps)
    const { earned, noReward } = await world.rewardsOf('delta')
    expect(earned).toEqual([])
    expect(noReward).toContainEqual(
      expect.objectContaining({
        trigger: 'qualification:delta',
        reason: 'cancelled_before_qualification',
      }),
    )
  })

  test('ada by her own link earns nothing: self_referral', async () => {
    await world.tell({
      type: 'code',
      customer: 'cus_ada',
      code: 'ADA',
      at: '2026-03-01T00:00:00.000Z',
    })
    await pay('cus_ada', 1, '2026-03-02T05:00:00.000Z', '2026-04-01T04:00:00.000Z')
    const { earned, noReward } = await world.rewardsOf('cus_ada')
    expect(earned).toEqual([])
    expect(noReward[0].reason).toBe('self_referral')
  })
})

describe.each(ENGINES)('the rows of a moved program on %s', (engine) => {
  let world: World
  beforeAll(async () => {
    world = new World(await openTestCollector(engine))
    await world.ok('PATCH', '/v1/program', { timezone: 'America/Detroit' })
    await world.group('moved', {
      from: null,
      trigger: 'every_sale',
      rate: { basisPoints: 2000 },
      duration: { months: 12 },
    })
    await world.partner('KIM', 'moved')
    await world.credit('c1', 'KIM', '2024-01-14T05:00:00.000Z')
    await world.sale({ customer: 'c1', order: 'first', at: '2024-01-15T05:00:00.000Z' })
  })
  afterAll(() => world.collector.closeAll())

  test.each([
    ['2024-06-01T04:00:00.000Z', { reward: { amount: 2000 } }],
    ['2025-01-15T04:59:59.999Z', { reward: { amount: 2000 } }],
    ['2025-01-15T05:00:00.000Z', { noReward: { reason: 'term_ended' } }],
  ])('100.00 paid by c1 at %s', async (at, expected) => {
    await world.sale({ customer: 'c1', order: at, amount: 10_000, currency: 'USD', at })
    expect(await world.saleOf(at)).toMatchObject(expected)
  })
})
