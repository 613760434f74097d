import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import {
  type DecideInstallationInput,
  decideInstallation,
  type InstallationDecision,
} from '../../src/index.ts'
import { comparable, decideInstallationNaively } from '../reference/decide-naively.ts'
import { arbitraryInstallStory, INSTALLS, strangersEvent } from './arbitrary-facts.ts'
import { factOf, installationInput, type StoryEvent } from './story.ts'

// More worlds: PROPERTY_RUNS=10000; the same worlds again: PROPERTY_SEED=<the seed a failure prints>.
const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 2000)
const seed = process.env['PROPERTY_SEED']
const parameters = { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) }

vi.setConfig({ testTimeout: 60_000 + numRuns * 20 })

const worlds = fc
  .tuple(arbitraryInstallStory, fc.constantFrom(...INSTALLS))
  .map(([story, install]) => installationInput(story, install))

describe('the worlds of installations', () => {
  it('reach every verdict, reason and mark in one of a hundred', () => {
    const decisions = fc.sample(worlds, { numRuns: 3000, seed: 1 }).map(decideInstallationNaively)
    const share = (holds: (decision: InstallationDecision) => boolean) =>
      decisions.filter(holds).length / decisions.length
    const verdict = (name: string) => share((d) => d.candidates.some((c) => c.verdict === name))
    const shares = {
      ...Object.fromEntries(VERDICTS.map((name) => [name, verdict(name)])),
      ...Object.fromEntries(REASONS.map((name) => [name, share((d) => d.reason === name)])),
      'late claim': share(isLateClaim),
      contested: share(({ contested }) => contested),
      copy: share(({ copyOf }) => copyOf !== null),
      ephemeral: share(({ ephemeral }) => ephemeral),
      download: share(({ download }) => download !== null),
      'won by a stamp': share(({ credited }) => credited?.kind === 'stamp'),
      'won through a visitor': share(({ credited }) => credited?.kind === 'link'),
      'unknown code': share(({ unknownCodes }) => unknownCodes.length > 0),
    }
    expect(Object.entries(shares).filter(([, part]) => part < 0.01)).toEqual([])
  })
})

const VERDICTS = [
  'won',
  'outranked',
  'outside_window',
  'after_anchor',
  'inactive',
  'bot',
  'framed',
  'alias_ended',
  'lapsed',
  'revoked',
]
const REASONS = ['no_conversion', 'no_evidence', 'all_struck']

function isLateClaim({ candidates, anchor }: InstallationDecision): boolean {
  return candidates.some((one) => one.verdict === 'won' && anchor !== null && one.at > anchor)
}

describe('decideInstallation', () => {
  it('agrees with the naive reference on every world', () => {
    fc.assert(
      fc.property(worlds, (input) => {
        expect(comparable(decideInstallation(input))).toEqual(
          comparable(decideInstallationNaively(input)),
        )
      }),
      parameters,
    )
  })

  it('gives the same decision for facts in another order and told several times', () => {
    const told = worlds.chain((input) =>
      fc
        .tuple(
          fc.shuffledSubarray([...input.facts], { minLength: input.facts.length }),
          fc.subarray([...input.facts]),
        )
        .map(([all, again]) => ({ input, facts: [...all, ...again] })),
    )
    fc.assert(
      fc.property(told, ({ input, facts }) => {
        expect(decideInstallation({ ...input, facts })).toEqual(decideInstallation(input))
      }),
      parameters,
    )
  })

  it('takes nothing from what names customers', () => {
    fc.assert(
      fc.property(worlds, (input) => {
        const facts = input.facts.filter((f) => !('customer' in f) || f.customer === undefined)
        expect(decideInstallation({ ...input, facts })).toEqual(decideInstallation(input))
      }),
      parameters,
    )
  })

  it('lets nobody who comes after settling move a credit that was won by the anchor', () => {
    const strangers = fc.array(strangersEvent, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(worlds, strangers, (input, sent) => {
        const before = decideInstallation(input)
        if (before.credited === null || isLateClaim(before)) return
        const late = sent.map((event, n) => factOf(afterSettling(event, n, before)))
        const after = decideInstallation(withFacts(input, late))
        const { credited, anchor, settlesAt, product, copyOf, ephemeral } = before
        expect(after).toMatchObject({ credited, anchor, settlesAt, product, copyOf, ephemeral })
      }),
      parameters,
    )
  })
})

function afterSettling(
  event: StoryEvent,
  n: number,
  { settlesAt }: InstallationDecision,
): StoryEvent {
  const first = new Date(Date.parse(settlesAt ?? event.received) + 1).toISOString()
  const received = [event.received, first].sort().at(-1) ?? first
  return { ...event, id: `stranger${n}`, received }
}

function withFacts(
  input: DecideInstallationInput,
  more: DecideInstallationInput['facts'],
): DecideInstallationInput {
  return { ...input, facts: [...input.facts, ...more] }
}
