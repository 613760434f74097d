/** Whatever happens to money, in whatever order: the books say what is due, and no more (RULES M1–M13). */
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { report } from '../../../../test/chaos/report.ts'
import { checkRewards, foundBy } from '../../src/services/rewards/check-rewards.ts'
import { ENGINES } from '../test-collector.ts'
import { MoneyRig } from './money-rig.ts'
import { type Story, story } from './money-story.ts'
import { faultsIn } from './naive-books.ts'
import { replay, standing } from './replay-money.ts'
import { begin, type Telling, take, tellFirst } from './tell-money.ts'

// More stories: PROPERTY_RUNS=10000; others: PROPERTY_SEED=<a number>, which a failure prints.
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 0)
const seed = Number(process.env['PROPERTY_SEED'] ?? 20_261_122)

/** What stories come to; that a thousand of them reach all of it is a test too. */
const OUTCOMES = [
  ...['review done', 'review stale', 'review not_reviewable', 'decide accepted', 'decide refused'],
  ...['close paid', 'mark unknown', 'mark paid', 'mark failed', 'mark returned', 'mark stale'],
  ...['facts told', 'terms put', 'change changed', 'jobs run'],
]

describe.each(ENGINES)('a program at work on %s', (engine) => {
  const rig = new MoneyRig(engine)
  afterAll(() => rig.close())
  const runs = engine === 'sqlite' ? RUNS || 150 : Math.ceil((RUNS || 300) / 25)
  const reached = new Map<string, number>()

  test('owes what its facts and reviews say, pays no more than that, and says the same when told again', {
    timeout: 300_000 + runs * 1000,
  }, async () => {
    const start = performance.now()
    await fc.assert(fc.asyncProperty(story, work), { numRuns: runs, seed })
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    const deeds = [...reached.values()].reduce((sum, count) => sum + count, 0)
    report(`money on ${engine}`, { runs, seed, deeds, counterexamples: 0, seconds })
    report(`money on ${engine}`, Object.fromEntries(OUTCOMES.map((one) => [one, reached.get(one)])))
    if (runs >= 1000) expect(OUTCOMES.filter((one) => !reached.has(one))).toEqual([])
  })

  async function work(given: Story): Promise<void> {
    const telling = await begin(await rig.take(2), given)
    await tellFirst(telling)
    const half = Math.floor(given.steps.length / 2)
    for (const [n, step] of given.steps.entries()) {
      const before = step.do === 'close' ? await telling.program.books() : undefined
      await take(telling, step)
      if (before) paysBalances(telling, before)
      if (n === half) await proves(telling)
    }
    await proves(telling)
    await standsWhenToldAgain(telling)
    for (const [n, { do: what }] of telling.deeds.entries()) {
      const outcome = what === 'close' && telling.outcomes[n] ? 'paid' : telling.outcomes[n]
      const word = `${what} ${outcome}`
      reached.set(word, (reached.get(word) ?? 0) + 1)
    }
  }
})

/** Each payout is a whole approved balance, above nothing. */
function paysBalances(
  { program, outcomes, deeds }: Telling,
  before: Awaited<ReturnType<Telling['program']['books']>>,
): void {
  if (deeds.at(-1)?.do !== 'close') return
  const approved = before.balances
    .filter(({ account, amount }) => account === 'approved' && amount > 0)
    .map(({ partner, kind, currency, amount }) => {
      return `${program.partners.indexOf(partner)} ${kind} ${currency} ${amount}`
    })
  const paid = (outcomes.at(-1) ?? '').split(',').filter(Boolean)
  expect(approved).toEqual(expect.arrayContaining(paid))
}

/** The books are what the rules say, read naively, and what `sentby check` proves. */
async function proves(telling: Telling): Promise<void> {
  const { program, nowMs } = telling
  program.at(nowMs)
  const books = await program.books()
  expect(faultsIn(telling, books)).toEqual([])
  const { services, id } = program
  const config = services.directory.program(id)
  if (!config) throw new Error('no program')
  const check = await checkRewards(services.store.db, config, new Date(nowMs).toISOString())
  expect({ ...check, found: foundBy(check) }).toMatchObject({
    unlikeFacts: [],
    withoutPostings: [],
    payoutsUnlikeRewards: [],
    found: 0,
    waiting: 0,
  })
}

/** Every fact once more changes nothing; another program that is told the same comes to the same. */
async function standsWhenToldAgain(telling: Telling): Promise<void> {
  const { program, deeds } = telling
  const stood = standing(program, await program.books())
  const facts = deeds.flatMap((deed) => (deed.do === 'facts' ? deed.facts : []))
  const before = await program.books()
  if (facts.length > 0) await program.tell(facts)
  expect(await program.books()).toEqual(before)
  const { program: other, outcomes } = await replay(telling)
  expect(outcomes).toEqual(telling.outcomes.filter((_, n) => deeds[n]?.do !== 'facts'))
  expect(standing(other, await other.books())).toEqual(stood)
}
