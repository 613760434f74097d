/** Whatever happens, in whatever order: posted + proposed = due, and the ledger adds up (RULES M1). */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { ENGINES, openTestCollector } from '../test-collector.ts'
import { provesItself } from './proof.ts'
import { World } from './world.ts'

const RUNS = Number(process.env.PROPERTY_RUNS ?? 0)

const pick = fc.nat({ max: 50 })
const small = fc.integer({ min: 0, max: 2 })
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('sale' as const),
      customer: small,
      amount: fc.constantFrom(0, 1, 999, 4900),
      order: fc.integer({ min: 0, max: 4 }),
      currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'USD'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('refund' as const),
      order: fc.integer({ min: 0, max: 4 }),
      refund: small,
      amount: fc.constantFrom(undefined, 1, 500),
      status: fc.constantFrom('made', 'made', 'undone'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('assign' as const), customer: small, to: small }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('review' as const),
      pick,
      status: fc.constantFrom('approved', 'approved', 'declined', 'on_hold', 'new'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('proposal' as const),
      pick,
      decision: fc.constantFrom('accept', 'accept', 'refuse'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('terms' as const), group: small, terms: small }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('group' as const), partner: small, group: small }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), customer: small }) },
)

const TERMS = [
  { trigger: 'every_sale', rate: { basisPoints: 3333 } },
  {
    trigger: 'every_sale',
    tiers: [
      { from: 1, basisPoints: 1000 },
      { from: 2, basisPoints: 2500 },
    ],
    caps: { perPeriod: 1500 },
  },
  { trigger: 'first_sale', rate: { amount: 700, currency: 'EUR' }, kind: 'account_credit' },
]

type Step = (typeof step)['generate'] extends (...args: never[]) => { value: infer Value }
  ? Value
  : never

describe.each(ENGINES)('a program at work on %s', (engine) => {
  let world: World
  let run = 0
  beforeAll(async () => {
    world = new World(await openTestCollector(engine))
    world.setClock('2026-06-01T00:00:00.000Z')
  })
  afterAll(() => world.collector.closeAll())

  async function work(steps: readonly Step[]): Promise<void> {
    const own = `r${++run}`
    const groups = [`${own}a`, `${own}b`, `${own}c`]
    for (const [n, group] of groups.entries()) await world.group(group, { from: null, ...TERMS[n] })
    const [one, two] = groups
    const partners = [
      await world.partner(`${own}X1`.toUpperCase(), one ?? ''),
      await world.partner(`${own}Y2`.toUpperCase(), two ?? ''),
      null,
    ]
    const rewards = async () =>
      (
        await Promise.all(
          partners.map(async (partner) =>
            partner ? (await world.ok('GET', `/v1/rewards?partner=${partner}&limit=200`)).data : [],
          ),
        )
      ).flat()
    for (const [n, now] of steps.entries()) {
      const id = `${own}:${n}`
      switch (now.do) {
        case 'sale': {
          const { customer, order, amount, currency } = now
          const names = { customer: `${own}c${customer}`, order: `${own}o${order}` }
          await world.sale({ id, ...names, amount, currency })
          break
        }
        case 'refund': {
          const { refund, order, amount, status } = now
          const names = { refund: `${own}f${refund}`, order: `${own}o${order}` }
          await world.tell({ id, type: 'refund', ...names, ...(amount ? { amount } : {}), status })
          break
        }
        case 'assign': {
          const partner = partners[now.to] ?? null
          await world.tell({
            id,
            type: 'assign',
            customer: `${own}c${now.customer}`,
            partner,
            reason: 'x',
          })
          break
        }
        case 'cancel':
          await world.tell({ id, type: 'cancel', customer: `${own}c${now.customer}` })
          break
        case 'review': {
          const all = (await rewards()).filter(
            (reward: { reverses?: string }) => reward.reverses === undefined,
          )
          const reward = all[now.pick % Math.max(1, all.length)]
          if (!reward) break
          const rows = [{ id: reward.id, amount: reward.amount, force: true }]
          await world.review(rows, now.status, 'they say so')
          break
        }
        case 'proposal': {
          const all = (await world.proposals()).filter((proposal: { partner: string }) =>
            partners.includes(proposal.partner),
          )
          const proposal = all[now.pick % Math.max(1, all.length)]
          if (!proposal) break
          const decision = { decision: now.decision, reason: 'they say so' }
          await world.ok('POST', `/v1/proposals/${proposal.id}`, decision)
          break
        }
        case 'terms':
          await world.terms(groups[now.group] ?? '', { from: null, ...TERMS[now.terms] })
          break
        case 'group': {
          const partner = partners[now.partner]
          if (partner) {
            await world.ok('PATCH', `/v1/partners/${partner}`, { group: groups[now.group] })
          }
          break
        }
      }
    }
    await provesItself(world)
  }

  test('adds up after every history', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), work), {
      numRuns: RUNS || (engine === 'sqlite' ? 25 : 6),
    })
  }, 600_000)
})
