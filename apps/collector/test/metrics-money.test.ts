import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { RATE_30, World } from './rewards/world.ts'
import { ENGINES, openTestCollector, type TestCollector } from './test-collector.ts'

const START = '2026-05-01T00:00:00.000Z'

describe.each(ENGINES)('the figures of money at /metrics on %s', (engine) => {
  let collector: TestCollector
  let world: World
  beforeAll(async () => {
    collector = await openTestCollector(engine)
    world = new World(collector)
    world.setClock(START)
  })
  afterAll(() => collector.closeAll())

  /** By name and labels, those of money. */
  async function figures(): Promise<Record<string, number>> {
    const text = await (await collector.app.request('/metrics')).text()
    const lines = text
      .split('\n')
      .filter((line) => /^sentby_(reward|payout|ledger|prop)/.test(line))
    return Object.fromEntries(
      lines.map((line) => {
        const at = line.lastIndexOf(' ')
        return [line.slice('sentby_'.length, at), Number(line.slice(at + 1))]
      }),
    )
  }

  const later = (minutes: number) =>
    world.setClock(new Date(Date.parse(START) + minutes * 60_000).toISOString())

  test('are all 0 in a program that pays nobody', async () => {
    const told = await figures()
    expect(told).toMatchObject({
      rewards_unreviewed: 0,
      rewards_unreviewed_oldest_age_seconds: 0,
      proposals_open: 0,
      'rewards_current{status="new"}': 0,
      'payouts_current{status="unknown"}': 0,
    })
    expect(Object.values(told).every((value) => value === 0)).toBe(true)
  })

  test('tell what stands where, of all partners together, and are read again after half a minute', async () => {
    await world.group('earn', RATE_30)
    const payout = { method: 'manual', details: 'a bank account' }
    await world.partner('MAX', 'earn', { payout })
    await world.partner('KIM', 'earn', { payout })
    await world.credit('cus_max', 'MAX')
    await world.credit('cus_kim', 'KIM')
    for (const order of ['o_1', 'o_2', 'o_3']) await world.sale({ customer: 'cus_max', order })
    await world.sale({ customer: 'cus_kim', order: 'o_4', amount: 1000, currency: 'JPY' })
    await world.refund('o_3', 'r_3', 4900)
    await world.reviewSale('o_1', 'approved')
    await world.reviewSale('o_2', 'approved')
    await world.ok('POST', '/v1/payouts', {})
    await world.credit('cus_max', 'KIM', '2024-02-01T00:00:00.000Z')
    expect((await figures()).rewards_unreviewed).toBe(0)
    later(60)
    const told = await figures()
    const age = told.rewards_unreviewed_oldest_age_seconds
    expect(age).toBeGreaterThan(3500)
    expect(age).toBeLessThan(3700)
    const [unreviewed] = (await world.ok('GET', '/v1/rewards/unreviewed')).data
    expect(unreviewed.count).toBeGreaterThan(0)
    const open = (await world.proposals()).length
    expect(open).toBeGreaterThan(0)
    expect(told).toMatchObject({
      'rewards_current{status="scheduled"}': 2,
      'payouts_current{status="ready"}': 1,
      proposals_open: open,
      'ledger_balance_minor_units{account="reserved",kind="cash",currency="EUR"}': 2940,
      'ledger_balance_minor_units{account="new",kind="cash",currency="JPY"}': 300,
    })
    expect(told.reward_reversals_current).toBeGreaterThan(0)
    const rows = Object.entries(told).filter(([name]) => name.startsWith('rewards_current'))
    const { db } = collector.deps.store
    const waiting = ['new', 'on_hold', 'approved', 'scheduled'] as const
    const stored = await db
      .selectFrom('reward')
      .select('status')
      .where('status', 'in', waiting)
      .execute()
    const isUnreviewed = ({ status }: { status: string }) =>
      status === 'new' || status === 'on_hold'
    expect(rows.reduce((sum, [, count]) => sum + count, 0)).toBe(stored.length)
    expect(told.rewards_unreviewed).toBe(stored.filter(isUnreviewed).length)
    expect(JSON.stringify(told)).not.toMatch(/ptr_|MAX|KIM/)
  })

  test('are left out when the database does not answer, and the others are told', async () => {
    later(120)
    const { db } = collector.deps.store
    const failing = vi.spyOn(db, 'selectFrom').mockImplementation(() => {
      throw new Error('the database is gone')
    })
    try {
      expect(await figures()).toEqual({})
      const text = await (await collector.app.request('/metrics')).text()
      expect(text).toContain('sentby_queue_events 0')
    } finally {
      failing.mockRestore()
    }
    expect((await figures()).proposals_open).toBeGreaterThan(0)
  })
})
