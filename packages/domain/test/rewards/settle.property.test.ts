import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { balancesOf, isReviewed, type Money } from '../../src/rewards/index.ts'
import { amounts, arbitraryTerms, moment } from './arbitrary-due.ts'
import { BookKeeping, type Books, type Step } from './books.ts'

// More stories: PROPERTY_RUNS=100000; the same stories again: PROPERTY_SEED=<the seed a failure prints>.
const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 3000) / 10
const seed = process.env['PROPERTY_SEED']
const parameters = { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) }

vi.setConfig({ testTimeout: 60_000 + numRuns * 300 })

const customer = fc.constantFrom('c1', 'c2', 'c3')
const order = fc.constantFrom('o1', 'o2', 'o3', 'o4')
const pick = fc.nat(5)

/** A simple rate most of the time: stories about reviews need rewards. */
const terms = fc.oneof(
  fc.record({
    trigger: fc.constant('every_sale' as const),
    rate: fc.record({ basisPoints: fc.constantFrom(2000, 2995, 4000) }),
  }),
  fc.constant({
    trigger: 'every_sale' as const,
    rate: { basisPoints: 5000 },
    caps: { perPeriod: 3000 },
  }),
  arbitraryTerms,
)

const factStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record({
        id: fc.constant(''),
        at: moment,
        customer,
        order,
        amountMinor: amounts,
        currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'USD'),
      })
      .map((sale): Step => ({ step: 'sale', sale })),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({
        order,
        refund: fc.record({
          id: fc.constant(''),
          at: moment,
          refund: fc.constantFrom('re_1', 're_2'),
          status: fc.constantFrom('made', 'made', 'undone'),
        }),
        amountMinor: fc.option(fc.constantFrom(1, 50, 2450, 4900)),
      })
      .map(
        ({ order, refund, amountMinor }): Step => ({
          step: 'refund',
          order,
          refund: amountMinor === null ? refund : { ...refund, amountMinor },
        }),
      ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ step: fc.constant('cancel' as const), customer, at: moment }),
  },
)

const otherStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      step: fc.constant('credit' as const),
      customer,
      isOurs: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ step: fc.constant('terms' as const), terms }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      step: fc.constant('review' as const),
      pick,
      status: fc.constantFrom('approved', 'approved', 'approved', 'new', 'on_hold', 'declined'),
      isStale: fc.constantFrom(false, false, false, true),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      step: fc.constant('proposal' as const),
      pick,
      decision: fc.constantFrom('accepted', 'accepted', 'refused'),
    }),
  },
)

/** Events have ids of their own, whoever sends them. */
function named(step: Step, index: number): Step {
  if (step.step === 'sale') return { ...step, sale: { ...step.sale, id: `e${index}` } }
  if (step.step === 'refund') return { ...step, refund: { ...step.refund, id: `e${index}` } }
  return step
}

const steps = fc
  .array(fc.oneof({ arbitrary: factStep, weight: 3 }, { arbitrary: otherStep, weight: 2 }), {
    minLength: 10,
    maxLength: 24,
  })
  .map((story) => story.map(named))

function sumOf(lines: readonly Money[], currency: string, kind: string): number {
  return lines
    .filter((line) => line.currency === currency && line.kind === kind)
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0)
}

const UNITS = ['EUR', 'USD'].flatMap((currency) =>
  ['cash', 'account_credit'].map((kind) => ({ currency, kind })),
)

/** What is wrong with the books: everything that must hold of every reward after every step. */
function faultsOf(books: Books): string[] {
  return [...books.rewards.values()].flatMap((reward) => {
    const { key, ledger, refused } = reward
    const due = books.answer(key)
    const changes = books.proposals.get(key)?.changes ?? []
    const isDeclined = reward.review?.status === 'declined'
    const faults = UNITS.flatMap(({ currency, kind }) => {
      const isDue = 'value' in due && due.currency === currency && due.kind === kind
      const owed = isDue && !isDeclined ? due.amountMinor - due.reversedMinor : 0
      const balance = sumOf(ledger, currency, kind)
      const reversals = ledger.filter(({ entry }) => entry === 'reversal')
      const reversed = -sumOf(reversals, currency, kind)
      return [
        refused === null && balance + sumOf(changes, currency, kind) !== owed && 'not what is due',
        reversed < 0 && 'reversed less than nothing',
        balance < 0 && 'reversed more than there is',
      ]
    })
    const sold = books.paid.get(key.replace('sale:', ''))
    const isBack = sold?.refundedMinor === sold?.sale.amountMinor
    const more = [
      !isReviewed(reward) && changes.length > 0 && 'a proposal nobody needs',
      sold && isBack && balancesOf(reward).length > 0 && 'a full refund leaves something',
    ]
    return [...faults, ...more].flatMap((fault) => (fault ? `${key}: ${fault}` : []))
  })
}

describe('the books', () => {
  it('hold what is due with the open proposals after every step, and settle once', () => {
    fc.assert(
      fc.property(terms, steps, (first, story) => {
        const keeping = new BookKeeping(first)
        for (const step of story) {
          const before = new Map(keeping.rewards)
          keeping.take(step)
          const books = keeping.settle()
          expect(faultsOf(books)).toEqual([])
          const stood = JSON.stringify([...books.rewards])
          expect(keeping.settle().posted).toBe(0)
          expect(JSON.stringify([...books.rewards])).toBe(stood)
          for (const [key, { worth }] of before) {
            const now = books.rewards.get(key)
            if (now && isReviewed(now) && now.worth !== worth) expect(now.worth).toEqual(worth)
          }
        }
      }),
      parameters,
    )
  })

  it('say the same at the end, in whatever order facts came and however often they were settled', () => {
    const shuffled = fc
      .array(factStep, { minLength: 2, maxLength: 10 })
      .map((facts) => facts.map(named))
      .chain((facts) =>
        fc.tuple(
          fc.constant(facts),
          fc.shuffledSubarray(facts, { minLength: facts.length, maxLength: facts.length }),
        ),
      )
    fc.assert(
      fc.property(terms, shuffled, (first, [facts, otherwise]) => {
        const [often, once] = [new BookKeeping(first), new BookKeeping(first)]
        for (const fact of facts) {
          often.take(fact)
          often.settle()
        }
        for (const fact of otherwise) once.take(fact)
        once.settle()
        const balances = ({ rewards }: BookKeeping) =>
          [...rewards.values()]
            .filter(({ ledger }) => ledger.length > 0)
            .map(({ key, status, worth, ledger }) => ({
              key,
              status,
              worth,
              ledger: [...ledger].sort((a, b) => (a.entry < b.entry ? -1 : 1)),
            }))
            .sort((a, b) => (a.key < b.key ? -1 : 1))
        expect(balances(often)).toEqual(balances(once))
      }),
      parameters,
    )
  })
})

describe('the stories', () => {
  it('reach every decision in one of a hundred', () => {
    const stories = fc.sample(fc.tuple(terms, steps), { numRuns: 200, seed: 1 })
    const outcomes = stories.flatMap(([first, story]) => {
      const keeping = new BookKeeping(first)
      for (const step of story) {
        keeping.take(step)
        keeping.settle()
      }
      return keeping.outcomes
    })
    const expected = ['done', 'stale', 'not_open', 'accepted done', 'refused done']
    const rare = expected.filter((one) => outcomes.filter((said) => said === one).length < 2)
    expect(rare).toEqual([])
  })
})
