/** Two collectors on one PostgreSQL move one partner's money at the same time (RULES F6). */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Collector } from '../../src/open-collector.ts'
import { openTestCollector } from '../test-collector.ts'
import { provesItself } from './proof.ts'
import { World } from './world.ts'

let world: World
let other: Collector
beforeAll(async () => {
  world = new World(await openTestCollector('postgres'))
  world.setClock('2026-06-01T00:00:00.000Z')
  other = await world.collector.another()
  other.deps.testClock?.set(Date.parse('2026-06-01T00:00:00.000Z'))
  await world.group('raced', {
    from: null,
    trigger: 'every_sale',
    tiers: [
      { from: 1, basisPoints: 1000 },
      { from: 5, basisPoints: 2000 },
    ],
    caps: { perPeriod: 20_000 },
  })
})
afterAll(() => world.collector.closeAll())

/** As the world's collector is asked, on the one or the other. */
async function ask(n: number, method: string, path: string, body: unknown): Promise<Response> {
  const app = n % 2 === 0 ? world.collector.app : other.app
  return app.request(path, {
    method,
    headers: {
      authorization: `Bearer ${world.collector.program.secretKey}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  })
}

test('sales, refunds and reviews of one partner race, and everything adds up', async () => {
  const partner = await world.partner('RACER', 'raced')
  const customers = Array.from({ length: 10 }, (_, n) => `racer ${n}`)
  for (const customer of customers) await world.credit(customer, 'RACER')
  await other.deps.directory.refresh()
  for (let round = 0; round < 4; round++) {
    const { data } = await world.ok(
      'GET',
      `/v1/rewards?partner=${partner}&limit=200&unreviewed=true`,
    )
    const rewards = data.map(({ id, amount }: { id: string; amount: number }) => ({ id, amount }))
    const events = (n: number, event: Record<string, unknown>) =>
      ask(n, 'POST', '/v1/events', { events: [{ id: `race:${round}:${n}`, ...event }] })
    const answers = await Promise.all([
      ...customers.map((customer, n) =>
        events(n, {
          type: 'sale',
          customer,
          order: `race ${round} ${n}`,
          amount: 10_000,
          currency: 'EUR',
        }),
      ),
      ...customers.map((_, n) =>
        events(n + 100, {
          type: 'refund',
          order: `race ${Math.max(0, round - 1)} ${n}`,
          refund: `re ${round} ${n}`,
          amount: 2500,
        }),
      ),
      ...(rewards.length > 0
        ? [0, 1].map((n) => ask(n, 'POST', '/v1/rewards/review', { rewards, status: 'approved' }))
        : []),
    ])
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  }
  await provesItself(world)
  const { data } = await world.ok('GET', `/v1/rewards?partner=${partner}&limit=200`)
  const sum = data
    .filter(
      (row: { entry: string; status: string }) =>
        row.entry === 'amount' && row.status !== 'declined',
    )
    .reduce((total: number, row: { amount: number }) => total + row.amount, 0)
  expect(sum).toBe(20_000)
})

test('one reward is approved once by two collectors', async () => {
  await world.partner('ONCE', 'raced')
  await world.credit('once', 'ONCE')
  await other.deps.directory.refresh()
  await world.sale({ customer: 'once', order: 'once' })
  const { reward } = await world.saleOf('once')
  const body = { rewards: [{ id: reward.id, amount: reward.amount }], status: 'approved' }
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, n) => ask(n, 'POST', '/v1/rewards/review', body)),
  )
  for (const answer of answers) {
    expect(await answer.json()).toMatchObject({ results: [{ outcome: 'done' }] })
  }
  const told = await world.ok('GET', `/v1/rewards/${reward.id}`)
  expect(told.reviews).toHaveLength(1)
  expect(told.entries).toHaveLength(4)
})
