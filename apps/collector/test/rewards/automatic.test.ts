import { periodRuns } from '@sentby/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCalendar } from '../../src/jobs/calendar.ts'
import { runRewards } from '../../src/jobs/rewards.ts'
import type { ProgramConfig } from '../../src/services/program-config.ts'
import { moneySubjects, settleArrived } from '../../src/services/rewards/settle-arrived.ts'
import { ENGINES, openTestCollector } from '../test-collector.ts'
import { provesItself } from './proof.ts'
import { RATE_30, World } from './world.ts'

describe.each(ENGINES)('timed work on %s', (engine) => {
  let world: World
  beforeAll(async () => {
    world = new World(await openTestCollector(engine))
  })
  afterAll(async () => {
    await provesItself(world)
    await world.collector.closeAll()
  })

  test('what approves itself does so at the end of its hold, once, on two collectors', async () => {
    world.setClock('2026-06-01T00:00:00.000Z')
    await world.group('auto', { ...RATE_30, holdDays: 30, review: 'auto' })
    const partner = await world.partner('AUTO', 'auto')
    await world.credit('cus_auto', 'AUTO')
    await world.sale({ customer: 'cus_auto', order: 'auto', at: '2026-06-01T00:00:00.000Z' })
    const { deps } = world.collector
    const others = engine === 'postgres' ? [await world.collector.another()] : []
    const runAll = async (time: string) => {
      world.setClock(time)
      for (const { deps: own } of others) own.testClock?.set(Date.parse(time))
      await Promise.all([deps, ...others.map((other) => other.deps)].map((own) => runRewards(own)))
    }
    await runAll('2026-06-30T23:50:00.000Z')
    expect((await world.saleOf('auto')).reward.status).toBe('new')
    await runAll('2026-07-01T00:00:00.000Z')
    await runAll('2026-07-01T00:00:00.000Z')
    const { reward } = await world.saleOf('auto')
    expect(reward.status).toBe('approved')
    expect((await world.ok('GET', `/v1/rewards/${reward.id}`)).reviews).toMatchObject([
      { status: 'approved', by: 'sentby' },
    ])
    expect(await world.balance(partner)).toMatchObject([{ approved: 1470, new: 0 }])
  })

  test('a partner with more customers than a commit takes is computed when it is read, or soon after', async () => {
    await world.group('many', {
      from: null,
      trigger: 'every_sale',
      tiers: [
        { from: 1, basisPoints: 1000 },
        { from: 301, basisPoints: 2000 },
      ],
    })
    const partner = await world.partner('MANY', 'many')
    const customers = Array.from({ length: 320 }, (_, n) => `many ${1000 + n}`)
    await world.tell(
      ...customers.map((customer) => ({
        type: 'assign',
        customer,
        partner,
        reason: 'theirs',
        at: '2024-01-01T00:00:00.000Z',
      })),
    )
    await world.tell(
      ...customers.map((customer) => ({
        type: 'sale',
        customer,
        order: customer,
        amount: 1000,
        currency: 'EUR',
        at: '2026-05-01T00:00:00.000Z',
      })),
    )
    const rewardOf = async (order: string) => (await world.saleOf(order)).reward
    // A reader waits for a second, and is told what stands then.
    const soon = { timeout: 30_000 }
    await expect.poll(() => rewardOf('many 1299'), soon).toMatchObject({ amount: 100, tier: 1 })
    await expect.poll(() => rewardOf('many 1300'), soon).toMatchObject({ amount: 200, tier: 301 })
    expect(await world.total(partner)).toBe(300 * 100 + 20 * 200)
  })

  test('what is in doubt never approves itself', async () => {
    world.setClock('2026-07-02T00:00:00.000Z')
    await world.credit('cus_doubt', 'AUTO')
    const sale = { customer: 'cus_doubt', order: 'doubt' }
    await world.sale({ ...sale, at: '2026-06-01T00:00:00.000Z' })
    await world.sale({ ...sale, amount: 1, at: '2026-06-01T00:00:01.000Z' })
    world.setClock('2027-01-01T00:00:00.000Z')
    await runRewards(world.collector.deps)
    expect((await world.saleOf('doubt')).reward).toMatchObject({
      status: 'on_hold',
      reason: 'order_conflict',
    })
  })

  test('what is earned in a closed month accrues in the month of posting', async () => {
    const { deps, program } = world.collector
    const made = deps.directory.program(program.id)?.row.created_at.slice(0, 7) ?? ''
    const [year = 0, month = 0] = made.split('-').map(Number)
    const later = (months: number) => new Date(Date.UTC(year, month - 1 + months, 15)).toISOString()
    world.setClock(later(2))
    await runCalendar(deps)
    expect((await runCalendar(deps)).closed).toBe(0)
    const closed = await periodRuns(deps.store.db, program.id, 'close')
    expect(closed.sort()).toEqual([later(0), later(1)].map((time) => time.slice(0, 7)))
    await world.credit('cus_closed', 'AUTO')
    await world.sale({ customer: 'cus_closed', order: 'closed', at: later(0) })
    await world.sale({ customer: 'cus_closed', order: 'open', at: later(2) })
    expect((await world.saleOf('closed')).reward.month).toBe(later(2).slice(0, 7))
    expect((await world.saleOf('open')).reward.month).toBe(later(2).slice(0, 7))
    world.setClock(later(0))
    expect((await runCalendar(deps)).closed).toBe(0)
    world.setClock(later(3))
  })

  test('months are closed in the eleventh year as in the first', async () => {
    const { deps, program } = world.collector
    const made = deps.directory.program(program.id)?.row.created_at ?? ''
    const year = Number(made.slice(0, 4)) + 11
    world.setClock(`${year}-03-15T00:00:00.000Z`)
    await runCalendar(deps)
    await runCalendar(deps)
    const closed = await periodRuns(deps.store.db, program.id, 'close')
    expect(closed.sort().slice(-2)).toEqual([`${year}-01`, `${year}-02`])
    expect(closed).toContain(made.slice(0, 7))
  })
})

describe('a program without terms', () => {
  test('pays nothing in its commits: no query is made for money', async () => {
    const program = { terms: new Map(), row: { id: 'prg_1' } } as unknown as ProgramConfig
    const untouchable = new Proxy(
      {},
      {
        get() {
          throw new Error('a query was made')
        },
      },
    ) as Parameters<typeof settleArrived>[0]
    const rows = [{ type: 'sale', customer: 'c', order_id: 'o' }] as unknown as Parameters<
      typeof settleArrived
    >[2]
    await settleArrived(untouchable, program, rows, ['c'], () => {}, 0)
    expect(await moneySubjects(untouchable, program, rows, ['CODE'], ['c'])).toEqual([])
  })
})
