/** What other platforms lose money by (each test is named for what keeps it from happening here). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES, openTestCollector } from '../test-collector.ts'
import { provesItself } from './proof.ts'
import { RATE_30, World } from './world.ts'

describe.each(ENGINES)('faults of others on %s', (engine) => {
  let world: World
  let ann = ''
  let bob = ''
  beforeAll(async () => {
    world = new World(await openTestCollector(engine))
    world.setClock('2026-06-01T00:00:00.000Z')
    await world.group('g', RATE_30)
    ann = await world.partner('ANN', 'g')
    bob = await world.partner('BOB', 'g')
  })
  afterAll(async () => {
    await provesItself(world)
    await world.collector.closeAll()
  })

  /** A customer that came by a visit of its own. */
  async function came(customer: string, code: string, at: string): Promise<void> {
    await world.tell(
      { type: 'visit', visitor: `v_${customer}`, code, at },
      { type: 'identify', customer, visitor: `v_${customer}`, at },
    )
  }

  test('the window of a click is asked once: sales of the second year earn as the first did', async () => {
    await came('loyal', 'ANN', '2024-01-01T00:00:00.000Z')
    for (const year of [2024, 2025, 2026]) {
      await world.sale({
        customer: 'loyal',
        order: `loyal ${year}`,
        at: `${year}-01-02T00:00:00.000Z`,
      })
      expect((await world.saleOf(`loyal ${year}`)).reward).toMatchObject({
        partner: ann,
        amount: 1470,
      })
    }
  })

  test('a click after the sale neither takes the reward nor pays a second one', async () => {
    await came('late', 'ANN', '2026-05-01T00:00:00.000Z')
    await world.sale({ customer: 'late', order: 'late 1', at: '2026-05-02T00:00:00.000Z' })
    const before = [await world.total(ann), await world.total(bob)]
    await came('late', 'BOB', '2026-05-03T00:00:00.000Z')
    await world.sale({ customer: 'late', order: 'late 2', at: '2026-05-04T00:00:00.000Z' })
    expect((await world.rewardsOf('late')).earned).toMatchObject([
      { partner: ann, order: 'late 1' },
      { partner: ann, order: 'late 2' },
    ])
    expect([await world.total(ann), await world.total(bob)]).toEqual([
      (before[0] ?? 0) + 1470,
      before[1],
    ])
  })

  test('a part given back takes its part of the reward, and all of it exactly all', async () => {
    await world.credit('parts', 'ANN')
    await world.sale({ customer: 'parts', order: 'thirds', amount: 1000 })
    const reversed = async () => {
      const { reversals } = await world.saleOf('thirds')
      return reversals.reduce((sum: number, one: { amount: number }) => sum + one.amount, 0)
    }
    const seen: number[] = []
    for (const [refund, amount] of [
      ['t1', 333],
      ['t2', 333],
      ['t3', 334],
    ] as const) {
      await world.refund('thirds', refund, amount)
      seen.push(await reversed())
    }
    expect(seen).toEqual([-100, -200, -300])
    expect((await world.saleOf('thirds')).reward.amount).toBe(300)
  })

  test('a refund and a dispute of one charge count once, and never below zero', async () => {
    await world.credit('disputed', 'ANN')
    await world.sale({ customer: 'disputed', order: 'disputed 1' })
    const before = await world.total(ann)
    await world.refund('disputed 1', 'the refund')
    await world.refund('disputed 1', 'the dispute', 4900)
    expect(await world.total(ann)).toBe(before - 1470)
  })

  test('a retry under the same id or another pays once', async () => {
    await world.credit('retry', 'ANN')
    const sale = { customer: 'retry', order: 'retry 1', at: '2026-05-01T00:00:00.000Z' }
    await world.sale({ id: 'sale:retry 1'.replace(' ', '_'), ...sale })
    const before = await world.total(ann)
    await world.sale({ id: 'sale:retry_1', ...sale })
    await world.sale({ id: 'stripe:in_1', ...sale })
    expect(await world.total(ann)).toBe(before)
    expect((await world.rewardsOf('retry')).earned).toHaveLength(1)
  })

  test.each<[string, number, number]>([
    ['half a minor unit is rounded away from zero, once', 5, 2],
    ['a third loses no cent', 10, 3],
    ['one minor unit earns nothing at 30 %', 1, 0],
    [
      'an amount past what floats can tell stays exact',
      9_007_199_254_740_991,
      2_702_159_776_422_297,
    ],
  ])('%s', async (title, amount, reward) => {
    await world.credit(title, 'BOB')
    await world.sale({ customer: title, order: title, amount, currency: 'JPY' })
    const told = await world.saleOf(title)
    expect(told.reward?.amount ?? 0).toBe(reward)
    if (reward === 0) expect(told.noReward).toEqual({ reason: 'zero_amount' })
    await world.refund(title, `re ${title}`)
  })

  test('currencies never mix: each has a balance of its own', async () => {
    const cleo = await world.partner('CLEO', 'g')
    await world.credit('abroad', 'CLEO')
    await world.sale({ customer: 'abroad', order: 'usd', amount: 1000, currency: 'USD' })
    await world.sale({ customer: 'abroad', order: 'jpy', amount: 1000, currency: 'JPY' })
    expect(
      (await world.balance(cleo)).map((row: { currency: string; new: number }) => [
        row.currency,
        row.new,
      ]),
    ).toEqual([
      ['JPY', 300],
      ['USD', 300],
    ])
  })

  test('there is one balance: what is paid leaves what is owed, and a refund after it is a debt', async () => {
    const dora = await world.partner('DORA', 'g')
    await world.credit('paid', 'DORA')
    await world.sale({ customer: 'paid', order: 'paid 1' })
    await world.reviewSale('paid 1', 'approved')
    expect(await world.balance(dora)).toMatchObject([{ new: 0, approved: 1470, debt: 0 }])
    await world.reviewSale('paid 1', 'approved')
    expect(await world.balance(dora)).toMatchObject([{ new: 0, approved: 1470 }])
    await world.refund('paid 1', 'after')
    await world.refund('paid 1', 'after')
    expect(await world.balance(dora)).toMatchObject([{ approved: 0, debt: 0 }])
  })

  test('amounts come from the backend alone: a publishable key reports no sale and no rate', async () => {
    const { publishableKey } = world.collector.program
    const response = await world.collector.events(
      [{ id: 'open:1', type: 'sale', customer: 'x', order: 'open', amount: 1, currency: 'EUR' }],
      publishableKey,
    )
    expect(JSON.stringify(await response.json())).toContain('secret_key_required')
  })

  test('an open signup earns nothing; the same from the backend does', async () => {
    await world.group('signup', {
      from: null,
      trigger: 'signup',
      rate: { amount: 500, currency: 'EUR' },
    })
    await world.partner('SIGN', 'signup')
    await world.collector.events(
      [{ id: 'open:signup', type: 'signup', customer: 'opened', visitor: 'v_opened' }],
      world.collector.program.publishableKey,
    )
    await world.credit('opened', 'SIGN')
    expect((await world.rewardsOf('opened')).noReward).toMatchObject([{ reason: 'unverified' }])
    await world.tell({ type: 'signup', customer: 'opened' })
    expect((await world.rewardsOf('opened')).earned).toMatchObject([
      { amount: 500, trigger: 'signup:opened', order: null, status: 'new' },
    ])
  })

  test('a refund that arrives before its sale waits for it', async () => {
    await world.credit('early', 'ANN')
    await world.refund('early 1', 'early refund', 1000)
    await world.sale({ customer: 'early', order: 'early 1' })
    expect(await world.saleOf('early 1')).toMatchObject({
      reward: { amount: 1470 },
      reversals: [{ amount: -300 }],
    })
  })

  test('what refunds do is told to webhooks in the transaction that does it', async () => {
    const { deps, program } = world.collector
    const webhook = {
      url: 'https://hooks.acme.test/x',
      events: ['reward.created', 'reward.changed'],
    }
    await world.ok('POST', '/v1/webhooks', webhook)
    await world.credit('told', 'ANN')
    await world.sale({ customer: 'told', order: 'told 1' })
    await world.reviewSale('told 1', 'approved')
    await world.refund('told 1', 'told refund', 1000)
    const messages = await deps.store.db
      .selectFrom('webhook_message')
      .select(['type', 'body'])
      .where('program_id', '=', program.id)
      .where('type', 'like', 'reward.%')
      .orderBy('created_at')
      .execute()
    expect(messages.map(({ type, body }) => [type, JSON.parse(body).data.reward.amount])).toEqual([
      ['reward.created', 1470],
      ['reward.changed', 1470],
      ['reward.created', -300],
    ])
  })
})
