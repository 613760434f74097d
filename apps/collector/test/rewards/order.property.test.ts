/** Same facts in any order and any batches: same rewards, tiers and caps (RULES M1, M8, M9). */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES, openTestCollector } from '../test-collector.ts'
import { provesItself } from './proof.ts'
import { World } from './world.ts'

const RUNS = Number(process.env.PROPERTY_RUNS ?? 0)
const BASE = Date.parse('2026-01-01T00:00:00.000Z')

const day = fc.integer({ min: 0, max: 60 })
const customer = fc.constantFrom('a', 'b', 'c', 'd')
const amount = fc.constantFrom(0, 1, 333, 4900, 10_001)
const fact = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('sale'), customer, amount, day }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('refund'),
      order: fc.integer({ min: 0, max: 5 }),
      amount: fc.constantFrom(undefined, 1, 1000),
      status: fc.constantFrom('made', 'made', 'undone'),
      day,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('cancel'), customer, day }) },
)

const TERMS = [
  {
    tiers: [
      { from: 1, basisPoints: 1000 },
      { from: 2, basisPoints: 2500 },
      { from: 3, basisPoints: 3333 },
    ],
    caps: { perPeriod: 2000, perCustomer: 1500 },
  },
  { rate: { basisPoints: 3333 }, caps: { perProgram: 3000 } },
  { rate: { basisPoints: 3000 }, duration: { months: 1 } },
]

describe.each(ENGINES)('order on %s', (engine) => {
  let world: World
  let run = 0
  beforeAll(async () => {
    world = new World(await openTestCollector(engine))
    world.setClock('2026-06-01T00:00:00.000Z')
    for (const [n, terms] of TERMS.entries()) {
      await world.group(`terms${n}`, { from: null, trigger: 'every_sale', ...terms })
    }
  })
  afterAll(async () => {
    await provesItself(world)
    await world.collector.closeAll()
  })

  type Told = Record<string, unknown>

  /** One history under names of its own, in the order given, in batches of this size. */
  async function tellAll(terms: number, facts: Told[], order: number[], size: number) {
    const name = `P${String(++run).padStart(6, '0')}`
    const partner = await world.partner(name, `terms${terms}`)
    const own = (text: unknown) => `${name}_${text}`
    const events = facts.map((one, n) => {
      const { type, day: on, customer: who, order: of, ...rest } = one
      return {
        ...JSON.parse(JSON.stringify(rest)),
        id: `${name}:${String(n).padStart(3, '0')}`,
        type,
        at: new Date(BASE + Number(on) * 86_400_000).toISOString(),
        ...(who === undefined ? {} : { customer: own(who) }),
        ...(type === 'sale' ? { order: own(n), currency: 'EUR' } : {}),
        ...(type === 'refund' ? { order: own(of), refund: own(`re${n % 3}`) } : {}),
      }
    })
    const credits = ['a', 'b', 'c', 'd'].map((who) => ({
      id: `${name}:assign:${who}`,
      type: 'assign',
      customer: own(who),
      partner,
      reason: 'theirs',
      at: '2025-01-01T00:00:00.000Z',
    }))
    const all = [...events, ...credits]
    const sorted = [...all.keys()].sort((a, b) => (order[a] ?? 0) - (order[b] ?? 0))
    const shuffled = sorted.flatMap((index) => all[index] ?? [])
    for (let from = 0; from < shuffled.length; from += size) {
      await world.tell(...shuffled.slice(from, from + size))
    }
    const { data } = await world.ok('GET', `/v1/rewards?partner=${partner}&limit=200`)
    const without = (text: string | null) => text?.replaceAll(name, '') ?? null
    const rewards = data.filter((one: Told) => one.reverses === undefined)
    return rewards
      .map((one: Record<string, string> & { amount: number }) => ({
        trigger: without(one.trigger ?? null),
        amount: one.amount,
        status: one.status,
        reason: one.reason,
        tier: one.tier,
        month: one.month,
        explanation: one.explanation,
        reversed: data
          .filter((other: Told) => other.reverses === one.id && other.status !== 'declined')
          .reduce((sum: number, other: { amount: number }) => sum + other.amount, 0),
      }))
      .filter((one: { status: string }) => one.status !== 'declined')
      .sort((a: { trigger: string }, b: { trigger: string }) => (a.trigger < b.trigger ? -1 : 1))
  }

  test('any order and any batches give the same rewards', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: TERMS.length - 1 }),
        fc.array(fact, { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer(), { minLength: 16, maxLength: 16 }),
        fc.integer({ min: 1, max: 16 }),
        async (terms, facts, order, size) => {
          const straight = await tellAll(terms, facts, [], 100)
          expect(await tellAll(terms, facts, order, size)).toEqual(straight)
        },
      ),
      { numRuns: RUNS || (engine === 'sqlite' ? 100 : 15) },
    )
  }, 600_000)
})
