import type { ClosedAnswer, PayoutAnswer } from '@sentby/contract'
import { publishDecisions } from '@sentby/store'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES } from '../test-collector.ts'
import { NOW, openWorld, type World } from './world.ts'

const CURRENCIES = ['EUR', 'JPY'] as const
const STATES = ['submitted', 'unknown', 'paid', 'failed', 'returned'] as const

const step = fc.oneof(
  fc.record({
    do: fc.constant('earn' as const),
    amount: fc.integer({ min: 1, max: 5000 }),
    currency: fc.constantFrom(...CURRENCIES),
    seen: fc.boolean(),
  }),
  fc.record({ do: fc.constant('publish' as const) }),
  fc.record({ do: fc.constant('take back' as const), which: fc.nat(), share: fc.nat(100) }),
  fc.record({
    do: fc.constant('pay' as const),
    currency: fc.constantFrom(...CURRENCIES, undefined),
  }),
  fc.record({ do: fc.constant('mark' as const), which: fc.nat(), to: fc.constantFrom(...STATES) }),
)
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

/** What a person with pencil and paper would note. */
interface Sums {
  approved: number
  reserved: number
  settled: number
}

describe.each(ENGINES)('rewards, refunds, payouts and failures in any order on %s', (engine) => {
  let world: World
  let n = 0

  beforeAll(async () => {
    world = await openWorld(engine)
  })
  afterAll(() => world.close())

  test('no payout is negative or above the balance, and nothing is made or lost', async () => {
    const numRuns = Number(process.env['PROPERTY_RUNS'] ?? (engine === 'sqlite' ? 60 : 15))
    const steps = fc.array(step, { minLength: 3, maxLength: 25 })
    await fc.assert(fc.asyncProperty(steps, run), { numRuns })
    expect(await world.faults()).toEqual([])
  })

  async function run(steps: readonly Step[]): Promise<void> {
    const partner = await world.partner(`Partner${++n}`)
    const sums = new Map<string, Sums>(
      CURRENCIES.map((currency) => [currency, { approved: 0, reserved: 0, settled: 0 }]),
    )
    const of = (currency: string) => sums.get(currency) ?? { approved: 0, reserved: 0, settled: 0 }
    const rewards: { id: string; left: number; currency: string; seen: boolean }[] = []
    const payouts: PayoutAnswer[] = []
    for (const one of steps) {
      if (one.do === 'earn') {
        const { amount, currency, seen } = one
        const more = seen ? {} : { published_at: null, published_status: 'new' as const }
        const id = await world.reward(partner, amount, { currency, ...more })
        rewards.push({ id, left: amount, currency, seen })
        of(currency).approved += amount
      } else if (one.do === 'take back') {
        const reward = rewards[one.which % Math.max(1, rewards.length)]
        const amount = Math.floor(((reward?.left ?? 0) * one.share) / 100)
        if (!reward || amount === 0) continue
        await world.reward(partner, -amount, { currency: reward.currency, reverses: reward.id })
        reward.left -= amount
        of(reward.currency).approved -= amount
      } else if (one.do === 'publish') {
        const { deps } = world.collector
        await publishDecisions(deps.store.db, world.programId, '9999-12-31', NOW)
        for (const reward of rewards) reward.seen = true
      } else if (one.do === 'pay') await pay(one.currency)
      else await mark(one)
      await compare()
    }

    async function pay(currency: string | undefined): Promise<void> {
      const input = { partners: [partner], ...(currency === undefined ? {} : { currency }) }
      const { body } = await world.call<ClosedAnswer>('POST', '/v1/payouts', input)
      const expected = CURRENCIES.filter(
        (one) => (currency === undefined || currency === one) && payable(one) > 0,
      )
      expect(body.payouts.map((row) => [row.currency, row.amount])).toEqual(
        expected.map((one) => [one, payable(one)]),
      )
      for (const { id, currency: one, amount } of body.payouts) {
        expect(amount).toBeGreaterThan(0)
        of(one).approved -= amount
        of(one).reserved += amount
        payouts.push((await world.call<PayoutAnswer>('GET', `/v1/payouts/${id}`)).body)
      }
    }

    /** What is approved, less what partners do not see yet. */
    function payable(currency: string): number {
      const hidden = rewards.filter((reward) => !reward.seen && reward.currency === currency)
      return of(currency).approved - hidden.reduce((sum, { left }) => sum + left, 0)
    }

    async function mark({ which, to }: Extract<Step, { do: 'mark' }>): Promise<void> {
      const payout = payouts[which % Math.max(1, payouts.length)]
      if (!payout) return
      const path = `/v1/payouts/${payout.id}/mark`
      const { status } = await world.call('POST', path, { status: to, reason: 'by chance' })
      if (status !== 200 || payout.status === to) return
      const own = of(payout.currency)
      const back = to === 'failed' || to === 'returned'
      const from = payout.status === 'paid' ? 'settled' : 'reserved'
      if (to === 'paid' || back) own[from] -= payout.amount
      if (to === 'paid') own.settled += payout.amount
      if (back) own.approved += payout.amount
      payout.status = to
    }

    async function compare(): Promise<void> {
      const found = (await world.balance(partner)) as (Sums & { currency: string })[]
      for (const currency of CURRENCIES) {
        const {
          approved = 0,
          reserved = 0,
          settled = 0,
        } = found.find((row) => row.currency === currency) ?? {}
        expect({ approved, reserved, settled }).toEqual(of(currency))
        expect(reserved).toBeGreaterThanOrEqual(0)
        expect(settled).toBeGreaterThanOrEqual(0)
      }
    }
  }
})
