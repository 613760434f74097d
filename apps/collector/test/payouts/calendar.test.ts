import type { BatchAnswer } from '@sentby/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runPayouts } from '../../src/jobs/payouts.ts'
import { periodOf } from '../../src/services/payouts/payout-days.ts'
import { ENGINES } from '../test-collector.ts'
import { openWorld, type World } from './world.ts'

test.each([
  ['monthly:15', '2026-11-14T23:59:59.999Z', 'UTC', null],
  ['monthly:15', '2026-11-15T00:00:00.000Z', 'UTC', '2026-11'],
  ['monthly:15', '2026-11-30T23:59:59.999Z', 'UTC', '2026-11'],
  ['monthly:15', '2026-11-14T23:00:00.000Z', 'Europe/Berlin', '2026-11'],
  ['monthly:1', '2026-11-01T03:59:59.999Z', 'America/New_York', '2026-10'],
  ['quarterly', '2026-12-31T23:59:59.999Z', 'UTC', '2026-Q4'],
  ['quarterly', '2026-12-31T23:59:59.999Z', 'Europe/Berlin', '2027-Q1'],
  ['quarterly', '2026-03-31T12:00:00.000Z', 'UTC', '2026-Q1'],
  ['threshold', '2026-11-22T10:00:00.000Z', 'UTC', null],
])('%s at %s in %s closes %s', (rule, now, zone, period) => {
  expect(periodOf(rule, now, zone)).toBe(period)
})

describe.each(ENGINES)('batches that close by themselves on %s', (engine) => {
  let world: World
  let all: World['collector']['deps'][]

  beforeEach(async () => {
    world = await openWorld(engine)
    all = [world.collector.deps]
    while (engine === 'postgres' && all.length < 3) {
      all.push((await world.collector.another()).deps)
    }
  })

  afterEach(async () => {
    expect(await world.faults()).toEqual([])
    await world.close()
  })

  /** All collectors look at the same moment. */
  const at = async (now: string) => {
    for (const deps of all) {
      deps.testClock?.set(Date.parse(now))
      await deps.directory.refresh()
    }
    const counts = await Promise.all([...all, ...all].map((deps) => runPayouts(deps)))
    return counts.reduce((sum, count) => sum + count, 0)
  }
  const set = async (payouts: object) => {
    const { status } = await world.call('PATCH', '/v1/program', { payouts })
    expect(status).toBe(200)
  }
  const batches = async () =>
    (await world.call<{ data: BatchAnswer[] }>('GET', '/v1/payouts/batches')).body.data

  test('without a calendar nothing closes', async () => {
    await world.reward(await world.partner('Max'), 1000)
    expect(await at('2027-01-01T10:00:00.000Z')).toBe(0)
  })

  test('by hand four times a year, one batch however many collectors look and whatever the clock does', async () => {
    const max = await world.partner('Max')
    await world.reward(max, 1000)
    await set({ manual: 'quarterly' })
    expect(await at('2026-12-31T23:50:00.000Z')).toBe(0)
    expect(await at('2027-01-01T00:00:00.000Z')).toBe(1)
    expect(await at('2027-01-01T00:00:30.000Z')).toBe(0)
    await world.reward(max, 500)
    expect(await at('2026-12-31T10:00:00.000Z')).toBe(0)
    expect(await at('2027-03-31T10:00:00.000Z')).toBe(0)
    expect(await at('2027-04-02T10:00:00.000Z')).toBe(1)
    expect(
      (await batches()).map(({ period, amount, createdBy }) => [period, amount, createdBy]),
    ).toEqual([
      ['2027-Q2', 500, 'sentby'],
      ['2027-Q1', 1000, 'sentby'],
    ])
  })

  test('PayPal as soon as the minimum is reached, and nobody else', async () => {
    const minimum = { method: 'paypal', email: 'max@pay.test', minimum: 20000 }
    const max = await world.partner('Max', { payout: minimum })
    await world.reward(await world.partner('Lea'), 50000)
    await set({ paypal: 'threshold', manual: 'monthly:15' })
    await world.reward(max, 19110)
    expect(await at('2026-11-23T10:00:00.000Z')).toBe(0)
    await world.reward(max, 1470)
    expect(await at('2026-11-23T10:00:30.000Z')).toBe(1)
    expect(await at('2026-11-23T10:01:00.000Z')).toBe(0)
    expect(await batches()).toEqual([expect.objectContaining({ method: 'paypal', amount: 20580 })])
    expect(await at('2026-12-15T00:00:00.000Z')).toBe(1)
  })

  test.each([
    [{ manual: 'yearly' }],
    [{ manual: 'monthly:29' }],
    [{ manual: 'monthly:0' }],
    [{ pigeon: 'quarterly' }],
  ])('%j is refused', async (payouts) => {
    expect((await world.call('PATCH', '/v1/program', { payouts })).status).toBe(422)
  })
})
