/** The same facts and reviews in any order and any commits: the same rewards, tiers and caps (RULES M1, M8, M9). */
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { report } from '../../../../test/chaos/report.ts'
import { ENGINES } from '../test-collector.ts'
import type { MoneyProgram } from './money-program.ts'
import { MoneyRig } from './money-rig.ts'
import * as stories from './money-story.ts'
import { faultsIn } from './naive-books.ts'
import { standing } from './replay-money.ts'
import { tellOtherwise, tellStraight } from './tell-in-order.ts'
import type { Telling } from './tell-money.ts'

// More orders: PROPERTY_RUNS=10000; others: PROPERTY_SEED=<a number>, which a failure prints.
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 0)
const seed = Number(process.env['PROPERTY_SEED'] ?? 20_261_122)

const beginning = stories.FIRST.map((step) => ({ day: 0, step }))
const items = fc.array(
  fc.record({
    day: fc.integer({ min: 0, max: 70 }),
    step: fc.oneof(
      { weight: 12, arbitrary: stories.sale },
      { weight: 6, arbitrary: stories.refund },
      { weight: 2, arbitrary: stories.dispute },
      { weight: 2, arbitrary: stories.cancel },
      { weight: 4, arbitrary: stories.assign },
      { weight: 3, arbitrary: stories.signup },
      { weight: 8, arbitrary: stories.review },
      { weight: 1, arbitrary: stories.newTerms },
    ),
  }),
  { minLength: 4, maxLength: 14, size: 'max' },
)

describe.each(ENGINES)('order on %s', (engine) => {
  const rig = new MoneyRig(engine)
  afterAll(() => rig.close())
  const runs = engine === 'sqlite' ? RUNS || 250 : Math.ceil((RUNS || 200) / 25)

  test('any order of the same facts and reviews gives the same rewards, and posted + proposed = due', {
    timeout: 300_000 + runs * 1000,
  }, async () => {
    const start = performance.now()
    const counts = { reviews: 0, rewards: 0, proposals: 0, 'reviewed otherwise': 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.record({ terms: stories.threeTerms, zone: stories.zone }),
        items,
        fc.array(fc.nat(), { minLength: 24, maxLength: 24 }),
        async (story, given, order) => {
          const services = await rig.take(2)
          const straight = await tellStraight(services, story, [...beginning, ...given])
          const first = await proven(straight)
          const otherwise = await tellOtherwise(services, straight, order)
          const second = await proven(otherwise)
          counts.reviews += straight.reviewed.length
          counts.rewards += first.rewards.length
          counts.proposals += first.rewards.filter(({ proposed }) => proposed !== null).length
          // What a reviewer saw in the one order may never stand so in the other; then it is no review there.
          if (otherwise.reviewed.length < straight.reviewed.length) counts['reviewed otherwise']++
          else expect(second).toEqual(first)
        },
      ),
      { numRuns: runs, seed },
    )
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    report(`order of money on ${engine}`, { runs, seed, ...counts, counterexamples: 0, seconds })
    if (runs >= 200) expect(counts['reviewed otherwise'] / runs).toBeLessThan(0.35)
  })
})

/** The books, proven against the naive reading, and the answers for what earns nothing. */
async function proven(telling: Telling) {
  const { program, nowMs } = telling
  program.at(nowMs)
  const books = await program.books()
  expect(faultsIn(telling, books)).toEqual([])
  return { ...standing(program, books), answers: await answersOf(program) }
}

async function answersOf({ services, id, partners }: MoneyProgram): Promise<string[]> {
  const { db } = services.store
  const none = await db
    .selectFrom('no_reward')
    .select(['trigger_key', 'customer', 'reason'])
    .where('program_id', '=', id)
    .execute()
  const expected = await db
    .selectFrom('expected_reward')
    .select(['trigger_key', 'customer', 'partner_id', 'amount', 'at'])
    .where('program_id', '=', id)
    .execute()
  return [
    ...none.map((row) => `${row.trigger_key} of ${row.customer}: ${row.reason}`),
    ...expected.map((row) => {
      const { trigger_key, customer, partner_id, amount, at } = row
      return `${trigger_key} of ${customer}: ${amount} at ${at} for ${partners.indexOf(partner_id)}`
    }),
  ].sort()
}
