import type { BatchAnswer, ClosedAnswer, PayoutDetail } from '@sentby/contract'
import { publishDecisions } from '@sentby/store'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runPayouts } from '../../src/jobs/payouts.ts'
import { ENGINES } from '../test-collector.ts'
import { NOW, openWorld, type World } from './world.ts'

/** As a review leaves a reward where the program has a publish day. */
const HIDDEN = { published_at: null, published_status: 'new' } as const
/** As a refund leaves what it took back. */
const TAKEN_BACK = { published_at: null, decided_at: null } as const

describe.each(ENGINES)('what partners may not see yet on %s', (engine) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(engine)
    const terms = { trigger: 'every_sale', rate: { basisPoints: 3000 } }
    const minimumPayout = { amount: 100, currency: 'EUR' }
    await world.call('PUT', '/v1/groups/default/terms', { ...terms, minimumPayout })
    await world.call('PATCH', '/v1/program', { publishDay: 13 })
  })
  afterEach(async () => {
    expect(await world.faults()).toEqual([])
  })
  afterAll(() => world.close())

  const publish = () =>
    publishDecisions(world.collector.deps.store.db, world.programId, '9999-12-31', NOW)
  const pay = async (input: object) =>
    (await world.call<ClosedAnswer>('POST', '/v1/payouts', input)).body
  let n = 0
  const partner = (more: Record<string, unknown> = {}) => world.partner(`Partner${++n}`, more)

  test.each([
    ['one cent that is seen, and the minimum is 0', 1, 500, [1]],
    ['nothing that is seen', 0, 1, 'unpublished'],
    ['a debt that is seen, and more that is not', -400, 1000, 'unpublished'],
    ['a debt, and as much that is not seen', -400, 400, null],
    ['a debt that what is not seen does not reach', -400, 399, 'in_debt'],
    ['all of it seen', 500, 0, [500]],
    ['a part of it seen', 500, 300, [500]],
  ])('%s', async (_, seen, hidden, expected) => {
    const max = await partner({ payout: { method: 'manual', details: 'bank', minimum: 0 } })
    const first = await world.reward(max, 10_000)
    await world.reward(max, seen - 10_000, { ...TAKEN_BACK, reverses: first })
    if (hidden > 0) await world.reward(max, hidden, HIDDEN)
    for (const dryRun of [true, false]) {
      const { payouts, waiting } = await pay({ partners: [max], dryRun })
      expect(payouts.map((row) => row.amount)).toEqual(Array.isArray(expected) ? expected : [])
      expect(waiting).toEqual(
        typeof expected === 'string'
          ? [
              {
                ...{ partner: max, kind: 'cash', currency: 'EUR', amount: seen + hidden },
                ...{ unpublished: hidden, reason: expected },
              },
            ]
          : [],
      )
    }
  })

  test.each([
    ['one cent under it', 99, false],
    ['just it', 100, true],
  ])('the minimum is one of what is seen: %s', async (_, seen, isPaid) => {
    const max = await partner()
    await world.reward(max, seen)
    await world.reward(max, 1, HIDDEN)
    const { payouts, waiting } = await pay({ partners: [max] })
    expect(payouts.map((row) => [row.amount, row.unpublished])).toEqual(isPaid ? [[100, 1]] : [])
    expect(waiting.map((row) => [row.amount, row.unpublished, row.reason])).toEqual(
      isPaid ? [] : [[100, 1, 'under_minimum']],
    )
  })

  test('a reward waits with what refunds took back of it, and is paid with it when it is seen', async () => {
    const max = await partner()
    const seen = await world.reward(max, 1000)
    const hidden = await world.reward(max, 500, HIDDEN)
    await world.reward(max, -200, { ...TAKEN_BACK, reverses: hidden })
    await world.reward(max, -100, { ...TAKEN_BACK, reverses: seen })
    await world.reward(max, 700, { ...HIDDEN, currency: 'USD' })
    const first = await pay({ partners: [max] })
    expect(first.payouts).toEqual([
      expect.objectContaining({ currency: 'EUR', amount: 900, unpublished: 300 }),
    ])
    expect(first.waiting).toEqual([
      expect.objectContaining({ currency: 'USD', amount: 700, reason: 'unpublished' }),
    ])
    expect(await world.balance(max)).toMatchObject([
      { currency: 'EUR', approved: 300, reserved: 900 },
      { currency: 'USD', approved: 700, reserved: 0 },
    ])
    // What refunds take back of a payout under way is a debt at once, whoever sees what.
    await world.reward(max, -900, { ...TAKEN_BACK, reverses: seen })
    expect((await pay({ partners: [max], currency: 'EUR' })).waiting).toEqual([
      expect.objectContaining({ amount: -600, unpublished: 300, reason: 'in_debt' }),
    ])
    await world.reward(max, 900)
    await publish()
    const second = await pay({ partners: [max], currency: 'EUR' })
    expect(second.payouts).toEqual([expect.objectContaining({ amount: 300 })])
    expect(second.payouts[0]).not.toHaveProperty('unpublished')
    const { body } = await world.call<PayoutDetail>('GET', `/v1/payouts/${second.payouts[0]?.id}`)
    expect(body.rewards).toContainEqual({ reward: hidden, amount: 300 })
  })

  test('whoever does not say how it is paid waits for that, once there is something to pay', async () => {
    const max = await partner({ payout: null })
    await world.reward(max, 500, HIDDEN)
    expect((await pay({ partners: [max] })).waiting).toMatchObject([{ reason: 'unpublished' }])
    expect(await world.balance(max)).toMatchObject([{ approved: 500, unpublished: 500 }])
    await publish()
    expect(await world.balance(max)).toMatchObject([{ approved: 500, unpublished: 0 }])
    expect((await pay({ partners: [max] })).waiting).toMatchObject([{ reason: 'no_payout_method' }])
  })

  test('the job pays at the threshold what is seen, and no more', async () => {
    const payout = { method: 'paypal', email: 'max@pay.test', minimum: 20_000 }
    const max = await partner({ payout })
    await world.call('PATCH', '/v1/program', { payouts: { paypal: 'threshold' } })
    await world.reward(max, 19_999)
    await world.reward(max, 20_000, HIDDEN)
    // The job runs beside the test as well: the balance tells what either did.
    const run = async () => {
      await runPayouts(world.collector.deps)
      return (await world.balance(max))[0]
    }
    expect(await run()).toMatchObject({ approved: 39_999, reserved: 0 })
    await world.reward(max, 1)
    expect(await run()).toMatchObject({ approved: 20_000, reserved: 20_000 })
    expect(await run()).toMatchObject({ approved: 20_000, reserved: 20_000 })
    await publish()
    expect(await run()).toMatchObject({ approved: 0, reserved: 40_000 })
  })
})

describe.each(ENGINES)('publishing while batches are closed on %s', (engine) => {
  let world: World

  beforeEach(async () => {
    world = await openWorld(engine)
  })
  afterEach(async () => {
    expect(await world.faults()).toEqual([])
    await world.close()
  })

  test('each reward is paid once, by the batch before or the one after', async () => {
    const apps = [world.collector.app]
    while (engine === 'postgres' && apps.length < 3) {
      const { app, deps } = await world.collector.another()
      deps.testClock?.set(Date.parse(NOW))
      apps.push(app)
    }
    const max = await world.partner('Max')
    await world.reward(max, 1000)
    for (let i = 0; i < 20; i++) await world.reward(max, 100, HIDDEN)
    const { db } = world.collector.deps.store
    const hidden = await db.selectFrom('reward').select('id').where('amount', '=', 100).execute()
    const close = async (app: World['collector']['app'] | undefined) => {
      const response = await app?.request('/v1/payouts', {
        method: 'POST',
        headers: {
          authorization: `Bearer ${world.collector.program.secretKey}`,
          'content-type': 'application/json',
        },
        body: '{}',
      })
      expect(response?.status).toBe(201)
    }
    await Promise.all(
      hidden.map(async ({ id }, i) => {
        await Promise.all([
          close(apps[i % apps.length]),
          db
            .updateTable('reward')
            .set({ published_at: NOW, published_status: 'approved' })
            .where('id', '=', id)
            .execute(),
        ])
      }),
    )
    await close(apps[0])
    const { body } = await world.call<{ data: BatchAnswer[] }>('GET', '/v1/payouts/batches')
    expect(body.data.reduce((sum, { amount }) => sum + amount, 0)).toBe(3000)
    expect(await world.balance(max)).toMatchObject([{ approved: 0, reserved: 3000 }])
  })
})
