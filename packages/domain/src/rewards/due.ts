/** What a partner is due (RULES M1–M13; docs/rewards-rules.md). */
import { addDays } from '../time.ts'
import { accrualMonth } from './calendar.ts'
import {
  type Capped,
  fillCaps,
  inOrderOfEarning,
  kindOf,
  type PricedDraft,
  uncapped,
} from './caps.ts'
import { compareBytes, compareInstants } from './compare.ts'
import type { Draft } from './draft.ts'
import type { Due, DueReward, ExpectedReward, HoldReason, NoReward } from './due-answer.ts'
import type { CustomerDueInput, DueInput, PartnerFacts, ProgramFacts } from './due-input.ts'
import { fractionText, multiply, toMinor } from './money.ts'
import { explain, type Price, priceOf } from './price.ts'
import { ranksOf } from './rank.ts'
import { type Triggered, triggersOf } from './triggers.ts'

type Asked = Omit<DueInput, 'partner' | 'customers'>

/**
 * All that one partner is due as of a moment: its rewards, those to come, and why the rest of its customers' sales and
 * signups earns nothing. The same facts give the same answer, in whatever order they are given.
 */
export function dueOf(input: DueInput): Due {
  const { partner, customers } = input
  return dueOfTriggers(
    customers.map((customer) => triggersOf(input, partner, customer)),
    input,
  )
}

/**
 * What one customer is due to whom it is credited to, or why it is due nothing. The same as {@link dueOf} says of that
 * customer, where {@link customersAreIndependent}.
 */
export function dueOfCustomer(input: CustomerDueInput): Due {
  return dueOfTriggers([triggersOf(input, input.credited, input.customer)], input)
}

/**
 * Whether what a customer earns the partner never depends on the partner's other customers: no terms that the partner
 * could ever earn by have tiers, a cap per period or a cap per program.
 */
export function customersAreIndependent(
  { groups }: PartnerFacts,
  { terms }: ProgramFacts,
): boolean {
  return groups.every(({ group }) =>
    (terms.get(group) ?? []).every(({ terms: { tiers, caps } }) => {
      return !tiers && caps?.perPeriod === undefined && caps?.perProgram === undefined
    }),
  )
}

function dueOfTriggers(triggered: readonly Triggered[], asked: Asked): Due {
  const drafts = triggered.flatMap((one) => one.drafts)
  const ranks = ranksOf(drafts, asked.reviews)
  const due: PricedDraft[] = []
  const expected: ExpectedReward[] = []
  const noRewards = triggered.flatMap((one) => one.noRewards)
  for (const draft of drafts) {
    const rank = ranks.get(draft) ?? null
    const price = priceOf(draft, rank)
    const { earnedAt } = draft
    if (!price || toMinor(price.value) === 0) noRewards.push(noReward(draft, 'zero_amount'))
    else if (draft.isDue && earnedAt !== null) due.push({ draft, price, rank, earnedAt })
    else expected.push(expectedReward(draft, price, rank))
  }
  due.sort(inOrderOfEarning)
  const kept = keptByCaps(due, asked)
  const rewards: DueReward[] = []
  for (const one of due) {
    const capped = kept.get(one.draft) ?? uncapped(one)
    if (toMinor(capped.value) === 0) noRewards.push(noReward(one.draft, 'capped'))
    else rewards.push(dueReward(one, capped, asked))
  }
  return {
    rewards,
    expected: expected.sort((a, b) => compareInstants(a.expectedAt, b.expectedAt) || inOrder(a, b)),
    noRewards: noRewards.sort(inOrder),
  }
}

/** One that a reviewer declined fills no room, and no cap matters to it. */
function keptByCaps(
  due: readonly PricedDraft[],
  { reviews, program }: Asked,
): ReadonlyMap<Draft, Capped> {
  const filling = due.filter(
    ({ draft }) => reviews.get(draft.key)?.history.at(-1)?.status !== 'declined',
  )
  return fillCaps(filling, reviews, program.zone)
}

function inOrder(a: NoReward | ExpectedReward, b: NoReward | ExpectedReward): number {
  return compareInstants(a.moment, b.moment) || compareBytes(a.key, b.key)
}

function noReward({ key, customer, order, moment }: Draft, reason: NoReward['reason']): NoReward {
  return { key, customer: customer.customer, order, moment, reason }
}

function expectedReward(draft: Draft, price: Price, rank: number | null): ExpectedReward {
  return {
    ...earning(draft, price, rank, { value: price.value, cut: null }),
    expectedAt: draft.earnedAt,
  }
}

function earning(draft: Draft, price: Price, rank: number | null, { value, cut }: Capped) {
  const { group, version, hash } = draft.terms
  return {
    key: draft.key,
    customer: draft.customer.customer,
    order: draft.order,
    orders: draft.orders,
    moment: draft.moment,
    amountMinor: toMinor(value),
    value: fractionText(value),
    currency: price.currency,
    kind: kindOf(draft),
    terms: { group, version, hash },
    rank: price.tier === null ? null : rank,
    tier: price.tier,
    explanation: explain(price, cut),
  }
}

function dueReward({ draft, price, rank, earnedAt }: PricedDraft, capped: Capped, asked: Asked) {
  const { holdDays = 0, review = 'manual' } = draft.terms.terms
  const reason = holdReason(draft, asked)
  return {
    ...earning(draft, price, rank, capped),
    earnedAt,
    accrualMonth: accrualMonth(earnedAt, asked.program.zone),
    holdUntil: addDays(earnedAt, holdDays),
    review,
    reversedMinor: toMinor(multiply(capped.value, draft.refundedShare)),
    status: reason === null ? 'new' : 'on_hold',
    reason,
  } satisfies DueReward
}

function holdReason({ key, conflict, customer }: Draft, { taken }: Asked): HoldReason | null {
  if (conflict) return 'order_conflict'
  if (taken.has(key)) return 'already_credited'
  return customer.provisional
}
