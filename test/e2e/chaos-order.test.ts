import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import {
  arbitraryInstallStory,
  arbitraryStory,
  CUSTOMERS,
  INSTALLS,
} from '../../packages/domain/test/properties/arbitrary-facts.ts'
import {
  inputFor,
  installationInput,
  type Story,
} from '../../packages/domain/test/properties/story.ts'
import {
  comparable,
  decideInstallationNaively,
  decideNaively,
} from '../../packages/domain/test/reference/decide-naively.ts'
import { migrate, openStore, type Store } from '../../packages/store/src/index.ts'
import { report } from '../chaos/report.ts'
import {
  installationKey,
  installationOf,
  newTeller,
  planTelling,
  readDecision,
  type Telling,
  tell,
} from '../chaos/tell-story.ts'
import { freshDatabase } from '../harness/postgres.ts'

// More worlds: ORDER_RUNS=10000; others, or the same again: ORDER_SEED=<the seed that a failure prints>.
const RUNS = Number(process.env['ORDER_RUNS'] ?? 300)
const RUNS_ON_BOTH = Number(process.env['ORDER_RUNS_ON_BOTH'] ?? Math.ceil(RUNS / 3))
const seed = Number(process.env['ORDER_SEED'] ?? 20_261_122)
const AT_ONCE = 6
/** Looked at after each commit; a crowd's customers at the end only. */
const WATCHED: ReadonlySet<string> = new Set([
  ...CUSTOMERS,
  ...['cus_crowd0', 'cus_crowd9'],
  ...INSTALLS.map(installationKey),
])

const database = await freshDatabase()
const postgres = [openStore(database.url), openStore(database.url)] as const
const memory = openStore('file::memory:')
await migrate(postgres[0].db, true)
await migrate(memory.db, false)
afterAll(async () => {
  for (const store of [...postgres, memory]) await store.close()
  await database.drop()
})

const tellings = (collectors: number) =>
  fc
    .record({
      story: fc.oneof(
        { arbitrary: arbitraryStory, weight: 2 },
        { arbitrary: arbitraryInstallStory, weight: 1 },
      ),
      shuffle: fc.integer(),
    })
    .map(({ story, shuffle }) => planTelling(story, shuffle, collectors))

/** What the rules in their plainest form say about each customer and installation that the collectors know. */
function expected(story: Story, keys: Iterable<string>): Record<string, unknown> {
  return Object.fromEntries([...keys].map((key) => [key, decidedNaively(story, key)]))
}

function decidedNaively(story: Story, key: string): unknown {
  const install = installationOf(key)
  if (install === undefined) return comparable(decideNaively(inputFor(story, key)))
  return comparable(decideInstallationNaively(installationInput(story, install)))
}

function stored(decisions: ReadonlyMap<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    [...decisions].map(([customer, text]) => [customer, comparable(readDecision(text))]),
  )
}

/** Every customer that a fact names, and every installation that reported itself, has a decision. */
function named({ story }: Telling): string[] {
  const customers = new Set<string>()
  for (const { body } of story.events) {
    if ('customer' in body && body.customer !== undefined) customers.add(body.customer)
    if (body.type === 'install') customers.add(installationKey(body.install))
  }
  return [...customers].sort()
}

function check(telling: Telling, decisions: ReadonlyMap<string, string>): void {
  expect([...decisions.keys()].sort()).toEqual(named(telling))
  expect(stored(decisions)).toEqual(expected(telling.story, decisions.keys()))
}

describe('the stored decision', () => {
  test('is after each commit what the plain rules say, in whatever order, batches and repetitions the facts come', {
    timeout: 60_000 + RUNS * 200,
  }, async () => {
    const teller = newTeller(memory)
    let decided = 0
    let commits = 0
    const start = performance.now()
    await fc.assert(
      fc.asyncProperty(tellings(1), async (telling) => {
        const decisions = await tell([teller], telling, (soFar, standing) => {
          commits++
          const watched = new Map([...standing].filter(([customer]) => WATCHED.has(customer)))
          expect(stored(watched)).toEqual(expected(soFar, watched.keys()))
        })
        decided += decisions.size
        check(telling, decisions)
      }),
      { numRuns: RUNS, seed },
    )
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    report('order on SQLite', {
      runs: RUNS,
      commits,
      decisions: decided,
      counterexamples: 0,
      seconds,
    })
  })

  test('is the same on SQLite and on PostgreSQL with two collectors at once', {
    timeout: 60_000 + RUNS_ON_BOTH * 1000,
  }, async () => {
    const start = performance.now()
    const all = fc.sample(tellings(2), { numRuns: RUNS_ON_BOTH, seed })
    const hashes: Record<string, string> = {}
    const engines: [string, readonly Store[]][] = [
      ['SQLite', [memory]],
      ['PostgreSQL', postgres],
    ]
    for (const [engine, stores] of engines) {
      const tellers = stores.map(newTeller)
      const texts: string[] = []
      const next = all.entries()
      const work = async () => {
        for (const [run, telling] of next) {
          const decisions = await tell(tellers, telling)
          check(telling, decisions)
          texts[run] = JSON.stringify([...decisions].sort())
        }
      }
      await Promise.all(Array.from({ length: stores.length === 1 ? 1 : AT_ONCE }, work))
      hashes[engine] = createHash('sha256').update(texts.join('\n')).digest('hex')
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    const hash = (hashes['SQLite'] ?? '').slice(0, 16)
    report('order on both engines', { runs: RUNS_ON_BOTH, counterexamples: 0, hash, seconds })
    expect(hashes['PostgreSQL']).toBe(hashes['SQLite'])
  })
})
