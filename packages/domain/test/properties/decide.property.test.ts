import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import {
  type CandidateVerdict,
  type DecideInput,
  type Decision,
  decide as productsDecide,
} from '../../src/index.ts'
import { comparable, decideNaively } from '../reference/decide-naively.ts'
import { arbitraryStory, CUSTOMERS, strangersEvent } from './arbitrary-facts.ts'
import { factOf, inputFor, type Story, type StoryEvent } from './story.ts'

// More worlds: PROPERTY_RUNS=100000; the same worlds again: PROPERTY_SEED=<the seed a failure prints>.
const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 10_000)
const seed = process.env['PROPERTY_SEED']
const parameters = { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) }

vi.setConfig({ testTimeout: 60_000 + numRuns * 20 })

const VERDICTS: readonly CandidateVerdict[] = [
  'won',
  'outranked',
  'outside_window',
  'after_anchor',
  'self_referral',
  'inactive',
  'bot',
  'framed',
  'unverified',
  'alias_ended',
  'lapsed',
  'revoked',
]
const REASONS = ['assigned_to_nobody', 'no_conversion', 'no_evidence', 'all_struck']

const CUSTOMER = CUSTOMERS[0]

const worlds = arbitraryStory.map((story) => inputFor(story, CUSTOMER))

describe('the worlds', () => {
  it('reach every verdict, reason and provisional state in one of a hundred', () => {
    const inputs = fc.sample(worlds, { numRuns: 3000, seed: 1 })
    const decisions = inputs.map(decideNaively)
    const share = (holds: (decision: Decision) => boolean) =>
      decisions.filter(holds).length / decisions.length
    const shares: Record<string, number> = Object.fromEntries([
      ...VERDICTS.map((verdict) => [
        verdict,
        share(({ candidates }) => candidates.some((one) => one.verdict === verdict)),
      ]),
      ...REASONS.map((reason) => [reason, share((decision) => decision.reason === reason)]),
      ...(['unverified', 'contested', 'shared'] as const).map((state) => [
        `provisional ${state}`,
        share(({ provisional }) => provisional === state),
      ]),
      ['late claim', share(isLateClaim)],
      ['verified', share(({ verified }) => verified)],
      ['unknown code', share(({ unknownCodes }) => unknownCodes.length > 0)],
      ['more', share(({ more }) => more > 0)],
      [
        'verified by a late signature',
        inputs.filter((input, n) => isVerifiedLate(input, decisions[n])).length / inputs.length,
      ],
    ])
    expect(Object.entries(shares).filter(([, part]) => part < 0.01)).toEqual([])
  })
})

/** Whether it is verified though everything that is vouched for came after an open signup had settled it. */
function isVerifiedLate({ customer, facts }: DecideInput, decision: Decision | undefined): boolean {
  if (!decision?.verified) return false
  const { settlesAt } = decision
  return facts.every((fact) => {
    if (!('customer' in fact) || fact.customer !== customer) return true
    const isVouched = fact.trust === 'secret' || ('signed' in fact && fact.signed === true)
    return !isVouched || (settlesAt !== null && fact.received > settlesAt)
  })
}

function isLateClaim({ candidates, anchor }: Decision): boolean {
  return candidates.some((one) => one.verdict === 'won' && anchor !== null && one.at > anchor)
}

// What holds for `decide` holds for the reference by agreement; a few runs of its own keep it honest.
const implementations: [string, (input: DecideInput) => Decision, typeof parameters][] = [
  ['decide', productsDecide, parameters],
  ['the naive reference', decideNaively, { ...parameters, numRuns: Math.ceil(numRuns / 10) }],
]

describe('decide', () => {
  it('agrees with the naive reference on every world', () => {
    fc.assert(
      fc.property(arbitraryStory, fc.constantFrom(...CUSTOMERS), (story, customer) => {
        const input = inputFor(story, customer)
        expect(comparable(productsDecide(input))).toEqual(comparable(decideNaively(input)))
      }),
      parameters,
    )
  })
})

describe.each(implementations)('%s', (_name, decide, runs) => {
  it('gives the same decision for facts in another order and told several times', () => {
    const told = worlds.chain((input) =>
      fc.record({
        input: fc.constant(input),
        facts: fc
          .tuple(
            fc.shuffledSubarray([...input.facts], { minLength: input.facts.length }),
            fc.subarray([...input.facts]),
          )
          .map(([all, again]) => [...all, ...again]),
      }),
    )
    fc.assert(
      fc.property(told, ({ input, facts }) => {
        expect(decide({ ...input, facts })).toEqual(decide(input))
      }),
      runs,
    )
  })

  it('lets a stranger who knows customer, e-mail and codes change nothing after settling', () => {
    fc.assert(
      fc.property(verifiedStory, strangers, (story, sent) => {
        const { before, after } = withStranger(decide, story, sent.map(withStrangersIds))
        expect(resultOf(after)).toEqual(resultOf(before))
      }),
      runs,
    )
  })

  it('lets a stranger with ids of its own change nothing for a verified customer, whenever it sends', () => {
    fc.assert(
      fc.property(signedStory, strangers, (story, sent) => {
        const input = inputFor(story, CUSTOMER)
        const before = decide(input)
        if (!before.verified) return
        const told = sent.map((event, n) => ({ ...withStrangersIds(event), id: `stranger${n}` }))
        const after = decide({ ...input, facts: [...told.map(factOf), ...input.facts] })
        const { settlesAt: _, ...result } = resultOf(after)
        expect(resultOf(before)).toMatchObject(result)
      }),
      runs,
    )
  })

  it('does not let a stranger who knows all ids move a credit that was won by the anchor', () => {
    fc.assert(
      fc.property(verifiedStory, strangers, (story, sent) => {
        const { before, after } = withStranger(decide, story, sent)
        const isWon = before.credited !== null || before.reason === 'assigned_to_nobody'
        if (!isWon || isLateClaim(before)) return
        expect(after.credited).toEqual(before.credited)
        expect(after.anchor).toEqual(before.anchor)
        expect(after.settlesAt).toEqual(before.settlesAt)
      }),
      runs,
    )
  })

  it('is the same after a tie was told again under another id', () => {
    fc.assert(
      fc.property(arbitraryStory, fc.nat(), (story, choice) => {
        const ties = story.events.flatMap((event) => tieAgain(event) ?? [])
        const again = ties[choice % Math.max(ties.length, 1)]
        if (again === undefined) return
        const input = inputFor(story, CUSTOMER)
        const repeated = decide({ ...input, facts: [...input.facts, factOf(again)] })
        expect(repeated).toEqual(decide(input))
      }),
      runs,
    )
  })

  it('takes nothing from what names other customers only', () => {
    fc.assert(
      fc.property(worlds, (input) => {
        const facts = input.facts.filter(
          (fact) =>
            fact.type === 'lead' ||
            !('customer' in fact) ||
            fact.customer === undefined ||
            fact.customer === CUSTOMER,
        )
        expect(decide({ ...input, facts })).toEqual(decide(input))
      }),
      runs,
    )
  })

  it('lists one winner at most, a candidate, with verdicts of the closed list, latest first', () => {
    fc.assert(
      fc.property(worlds, (input) => {
        const { credited, candidates, reason, provisional } = decide(input)
        const winners = candidates.filter(({ verdict }) => verdict === 'won')
        expect(winners.length).toBeLessThanOrEqual(1)
        expect(candidates.every(({ verdict }) => VERDICTS.includes(verdict))).toBe(true)
        const [winner] = winners
        if (credited === null) {
          expect(REASONS).toContain(reason)
          expect(provisional).toBeNull()
          expect(winner?.partner ?? null).toBeNull()
        } else {
          expect(winner).toMatchObject(credited)
        }
        const times = candidates.map(({ at }) => at).join()
        expect(times).toBe(times.split(',').sort().reverse().join())
      }),
      runs,
    )
  })
})

/** A story in which a backend ties the customer. */
const verifiedStory: fc.Arbitrary<Story> = fc
  .tuple(arbitraryStory, fc.constantFrom('sale' as const, 'signup' as const))
  .map(([story, type]) => {
    const at = '2026-06-01T12:00:00.000Z'
    const body = { type, customer: CUSTOMER, visitor: 'v_1' }
    const tie: StoryEvent = { id: 'backend', trust: 'secret', at, received: at, body }
    return { ...story, events: [...story.events, tie] }
  })

/** A story in which a signature ties the customer, early or late. */
const signedStory: fc.Arbitrary<Story> = fc
  .tuple(arbitraryStory, fc.constantFrom('identify' as const, 'signup' as const), fc.boolean())
  .map(([story, type, isLate]) => {
    const at = isLate ? '2026-06-01T13:00:00.001Z' : '2026-06-01T12:00:00.000Z'
    const body = { type, customer: CUSTOMER, visitor: 'v_1' }
    const tie: StoryEvent = { id: 'signed', trust: 'open', signed: 'fresh', at, received: at, body }
    return { ...story, events: [...story.events, tie] }
  })

const strangers = fc.array(strangersEvent, { minLength: 1, maxLength: 4 })

/** The decision before and after the stranger's events came in, all of them after settling. */
function withStranger(
  decide: (input: DecideInput) => Decision,
  story: Story,
  sent: readonly StoryEvent[],
): { before: Decision; after: Decision } {
  const input = inputFor(story, CUSTOMER)
  const before = decide(input)
  const late = sent.map((event, n) => afterSettling(event, n, before.settlesAt ?? event.received))
  return { before, after: decide({ ...input, facts: [...input.facts, ...late.map(factOf)] }) }
}

/** What follows from a decision; what it lists may grow. */
function resultOf(decision: Decision) {
  const { credited, provisional, verified, anchor, settlesAt, policyVersion } = decision
  return { credited, provisional, verified, anchor, settlesAt, policyVersion }
}

/** Visitor and installation ids are random; a stranger has only its own. */
function withStrangersIds(event: StoryEvent): StoryEvent {
  const body = { ...event.body }
  if ('visitor' in body && body.visitor !== undefined) body.visitor = 'v_stranger'
  if ('install' in body && body.install !== undefined) body.install = 'i_stranger'
  return { ...event, body }
}

function afterSettling(event: StoryEvent, n: number, settlesAt: string): StoryEvent {
  const first = new Date(Date.parse(settlesAt) + 1).toISOString()
  const received = [event.received, first].sort().at(-1) ?? first
  return { ...event, id: `stranger${n}`, received }
}

/** The same tie as an `identify`; `!` is below every character of an id, so the copy follows its original. */
function tieAgain(event: StoryEvent): StoryEvent | null {
  const { type } = event.body
  if (type !== 'identify' && type !== 'signup' && type !== 'sale') return null
  const { customer, visitor, install, email } = event.body
  const body = {
    type: 'identify' as const,
    customer,
    ...(visitor === undefined ? {} : { visitor }),
    ...(install === undefined ? {} : { install }),
    ...(email === undefined ? {} : { email }),
  }
  return { ...event, id: `${event.id}!`, body }
}
