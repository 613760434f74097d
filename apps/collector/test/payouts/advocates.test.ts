/** The settlement of an advocates' program: a decision is paid when the partner sees it (its page's calendar). */
import type { ClosedAnswer, CustomerRewardsAnswer } from '@sentby/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCalendar } from '../../src/jobs/calendar.ts'
import { runRewards } from '../../src/jobs/rewards.ts'
import { ENGINES } from '../test-collector.ts'
import { openWorld, type World } from './world.ts'

const JAN_10 = '2026-01-10T05:00:00.000Z'
const FEB_9 = '2026-02-09T05:00:00.000Z'
const MAR_11 = '2026-03-11T04:00:00.000Z'

describe.each(ENGINES)('advocates on %s', (engine) => {
  let world: World
  let ada: string

  beforeEach(async () => {
    world = await openWorld(engine)
    at('2026-01-02T00:00:00.000Z')
    const calendar = { timezone: 'America/New_York', publishDay: 13 }
    expect((await world.call('PATCH', '/v1/program', calendar)).status).toBe(200)
    const terms = {
      ...{ from: null, trigger: 'qualification', qualification: { paidPeriods: 2, days: 60 } },
      ...{ kind: 'account_credit', tiers: [{ from: 1, amount: 10_000 }], currency: 'USD' },
    }
    expect((await world.call('PUT', '/v1/groups/default/terms', terms)).status).toBe(200)
    ada = await world.partner('Ada', { customer: 'cus_ada' })
  })
  afterEach(async () => {
    expect(await world.faults()).toEqual([])
    await world.close()
  })

  const at = (now: string) => world.collector.deps.testClock?.set(Date.parse(now))
  const send = async (event: Record<string, unknown>) => {
    const { results } = (await (await world.collector.events([event])).json()) as {
      results: { outcome: string }[]
    }
    expect(results).toEqual([expect.objectContaining({ outcome: 'stored' })])
  }
  const sell = (order: string, start: string, end: string) =>
    send({
      ...{ id: `sale:${order}`, type: 'sale', customer: 'alpha', order, amount: 4000 },
      ...{ currency: 'USD', period: { start, end }, at: start },
    })
  const pay = async () => (await world.call<ClosedAnswer>('POST', '/v1/payouts', {})).body

  test('approved on Mar 31 the credit waits; from Apr 13 on the settlement takes it', async () => {
    at(JAN_10)
    const credit = { type: 'assign', customer: 'alpha', partner: ada, reason: 'her link' }
    await send({ id: 'assign:alpha', ...credit })
    await sell('alpha-1', JAN_10, FEB_9)
    at(FEB_9)
    await sell('alpha-2', FEB_9, MAR_11)
    at(MAR_11)
    await runRewards(world.collector.deps)
    at('2026-03-31T20:00:00.000Z')
    const path = '/v1/customers/alpha/rewards'
    const [reward] = (await world.call<CustomerRewardsAnswer>('GET', path)).body.earned
    const rewards = [{ id: reward?.id, amount: 10_000 }]
    await world.call('POST', '/v1/rewards/review', { rewards, status: 'approved' })
    expect(await pay()).toMatchObject({
      payouts: [],
      waiting: [{ partner: ada, amount: 10_000, unpublished: 10_000, reason: 'unpublished' }],
    })
    at('2026-04-13T03:00:00.000Z')
    await runCalendar(world.collector.deps)
    expect((await pay()).payouts).toEqual([])
    at('2026-04-13T04:00:00.000Z')
    await runCalendar(world.collector.deps)
    expect((await pay()).payouts).toEqual([
      expect.objectContaining({
        ...{ method: 'account_credit', amount: 10_000, currency: 'USD' },
        destination: { customer: 'cus_ada' },
      }),
    ])
  })
})
