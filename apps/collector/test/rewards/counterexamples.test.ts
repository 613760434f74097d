/** What random stories found, each by its name and at its smallest. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES, openTestCollector } from '../test-collector.ts'
import { provesItself } from './proof.ts'
import { RATE_30, World } from './world.ts'

describe.each(ENGINES)('books on %s', (engine) => {
  let world: World
  beforeAll(async () => {
    world = new World(await openTestCollector(engine))
    world.setClock('2026-06-01T00:00:00.000Z')
    await world.group('found', RATE_30)
  })
  afterAll(() => world.collector.closeAll())

  test('an order that an earlier sale gives to another customer takes its reward along for good', async () => {
    await world.partner('MOVED', 'found')
    await world.credit('c1', 'MOVED')
    await world.credit('c2', 'MOVED')
    await world.sale({ customer: 'c1', order: 'o1', at: '2026-02-02T00:00:00.000Z' })
    const earlier = { amount: 1000, at: '2026-02-01T00:00:00.000Z' }
    await world.sale({ customer: 'c2', order: 'o1', ...earlier })
    const moved = { order: 'o1', amount: 300, status: 'on_hold', reason: 'order_conflict' }
    expect((await world.rewardsOf('c2')).earned).toMatchObject([moved])
    expect((await world.rewardsOf('c1')).earned).toEqual([])
    // Whoever had it before is computed again, and does not take it away.
    await world.sale({ customer: 'c1', order: 'o2', amount: 0 })
    expect((await world.rewardsOf('c2')).earned).toMatchObject([moved])
    await provesItself(world)
  })
})
