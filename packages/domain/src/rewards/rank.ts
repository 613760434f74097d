/** Which referral of its partner a reward is (RULES M8; docs/rewards-rules.md, section 5). */
import type { Instant } from '../facts.ts'
import { compareBytes, compareInstants } from './compare.ts'
import type { Draft } from './draft.ts'
import type { RewardReviews } from './due-input.ts'
import { mayEarn } from './price.ts'

/** A customer's first reward, and when it ceases to count or counts again. */
interface Conversion {
  draft: Draft
  turns: readonly { at: Instant; cause: 'refunds' | 'review'; isStruck: boolean }[]
  hasCome: boolean
  isRefunded: boolean
  isDeclined: boolean
}

type Step = { at: Instant | null; customer: string } & (
  | { what: 'turn'; conversion: Conversion; cause: 'refunds' | 'review'; isStruck: boolean }
  | { what: 'draft'; draft: Draft }
  | { what: 'conversion'; conversion: Conversion }
)

/**
 * 1 + the number of the partner's other referrals that converted before and count still at that moment, for every
 * draft whose terms have tiers. One pass over time: a partner may have any number of customers.
 */
export function ranksOf(
  drafts: readonly Draft[],
  reviews: ReadonlyMap<string, RewardReviews>,
): ReadonlyMap<Draft, number> {
  const ranks = new Map<Draft, number>()
  const ranked = drafts.filter(({ terms }) => terms.terms.tiers !== undefined)
  if (ranked.length === 0) return ranks
  const conversions = conversionsOf(drafts, reviews)
  let counting = 0
  for (const step of stepsOf(ranked, [...conversions.values()])) {
    if (step.what === 'draft') {
      const own = conversions.get(step.customer)
      ranks.set(step.draft, 1 + counting - (own && counts(own) ? 1 : 0))
      continue
    }
    const { conversion } = step
    const before = counts(conversion)
    if (step.what === 'conversion') conversion.hasCome = true
    else if (step.cause === 'refunds') conversion.isRefunded = step.isStruck
    else conversion.isDeclined = step.isStruck
    counting += Number(counts(conversion)) - Number(before)
  }
  return ranks
}

function counts({ hasCome, isRefunded, isDeclined }: Conversion): boolean {
  return hasCome && !isRefunded && !isDeclined
}

function conversionsOf(
  drafts: readonly Draft[],
  reviews: ReadonlyMap<string, RewardReviews>,
): Map<string, Conversion> {
  const first = new Map<string, Draft>()
  for (const draft of drafts) {
    const { customer } = draft.customer
    const known = first.get(customer)
    if (mayEarn(draft) && (!known || comesBefore(draft, known))) first.set(customer, draft)
  }
  return new Map(
    [...first].map(([customer, draft]) => {
      const state = { hasCome: false, isRefunded: false, isDeclined: false }
      return [customer, { draft, turns: turnsOf(draft, reviews.get(draft.key)), ...state }]
    }),
  )
}

function comesBefore(a: Draft, b: Draft): boolean {
  return (compareInstants(a.earnedAt, b.earnedAt) || compareBytes(a.key, b.key)) < 0
}

function turnsOf(draft: Draft, reviews: RewardReviews | undefined): Conversion['turns'] {
  const { history = [] } = reviews ?? {}
  // What was said after it at no later time, by a clock that was behind, stands in its place.
  const lasting = history.filter(({ at }, n) => history.slice(n + 1).every((next) => next.at > at))
  const declined = lasting.map(({ at, status }) => ({
    at,
    cause: 'review' as const,
    isStruck: status === 'declined',
  }))
  const at = draft.givenBackAt
  return at === null ? declined : [...declined, { at, cause: 'refunds', isStruck: true }]
}

/** In the order of time; what happened at a moment is known to the rewards of that moment. */
function stepsOf(ranked: readonly Draft[], conversions: readonly Conversion[]): Step[] {
  const turns = conversions.flatMap((conversion) =>
    conversion.turns.map((turn): Step => ({ what: 'turn', customer: '', conversion, ...turn })),
  )
  const asked = ranked.map(
    (draft): Step => ({
      what: 'draft',
      at: draft.earnedAt,
      customer: draft.customer.customer,
      draft,
    }),
  )
  const come = conversions.map((conversion): Step => {
    const { earnedAt, customer } = conversion.draft
    return { what: 'conversion', at: earnedAt, customer: customer.customer, conversion }
  })
  return [...turns, ...asked, ...come].sort(
    (a, b) => compareInstants(a.at, b.at) || compareBytes(a.customer, b.customer),
  )
}
