/** What caps leave of rewards that are due (RULES M9; docs/rewards-rules.md, section 6). */
import type { Instant } from '../facts.ts'
import { accrualMonth } from './calendar.ts'
import { compareBytes, compareInstants } from './compare.ts'
import type { Draft } from './draft.ts'
import type { RewardReviews } from './due-input.ts'
import { type Fraction, fraction, isLess, roundHalfAway } from './money.ts'
import { unitOf } from './posted.ts'
import type { Cut, Price } from './price.ts'
import type { Caps, RewardKind } from './terms.ts'

/** A draft with its price, and with its time: it is due. */
export interface PricedDraft {
  draft: Draft
  earnedAt: Instant
  price: Price
  rank: number | null
}

export interface Capped {
  value: Fraction
  cut: Cut | null
}

/** What fills one cap: the sums of amounts by what the cap counts. */
type Filled = Map<string, bigint>

const CAPS = [
  { cap: 'perCustomer', words: 'the cap per customer' },
  { cap: 'perPeriod', words: 'the cap per month' },
  { cap: 'perProgram', words: 'the cap of the program' },
] as const satisfies readonly { cap: keyof Caps; words: string }[]

/** By (earned at, moment, key). */
export function inOrderOfEarning(a: PricedDraft, b: PricedDraft): number {
  return (
    compareInstants(a.earnedAt, b.earnedAt) ||
    compareInstants(a.draft.moment, b.draft.moment) ||
    compareBytes(a.draft.key, b.draft.key)
  )
}

/**
 * What each due reward keeps of its price. Reviewed ones fill room first, with the amounts they were reviewed with; then
 * all take their turn in the order of earning, each with its own amount taken out before.
 *
 * @param priced Due, not declined by a reviewer, in the order of earning.
 */
export function fillCaps(
  priced: readonly PricedDraft[],
  reviews: ReadonlyMap<string, RewardReviews>,
  zone: string,
): ReadonlyMap<Draft, Capped> {
  const kept = new Map<Draft, Capped>()
  if (!priced.some(({ draft }) => draft.terms.terms.caps)) return kept
  const filled: Filled = new Map()
  for (const one of priced) fill(filled, placesOf(one, zone), reviewedMinor(one, reviews))
  for (const one of priced) {
    const places = placesOf(one, zone)
    fill(filled, places, -reviewedMinor(one, reviews))
    const capped = cutToRoom(one, places, filled)
    fill(filled, places, roundHalfAway(capped.value))
    kept.set(one.draft, capped)
  }
  return kept
}

/** What {@link fillCaps} says of a draft that no cap binds. */
export function uncapped({ price }: PricedDraft): Capped {
  return { value: price.value, cut: null }
}

function cutToRoom({ draft, price }: PricedDraft, places: Places, filled: Filled): Capped {
  let least: { room: bigint; words: string } | null = null
  for (const { cap, words } of CAPS) {
    const limit = draft.terms.terms.caps?.[cap]
    if (limit === undefined) continue
    const left = BigInt(limit) - (filled.get(places[cap]) ?? 0n)
    const room = left > 0n ? left : 0n
    if (!least || room < least.room) least = { room, words }
  }
  if (!least) return { value: price.value, cut: null }
  const value = fraction(least.room)
  if (!isLess(value, price.value)) return { value: price.value, cut: null }
  // Where the rounding had given the same, nobody's amount was cut.
  const isCut = least.room < roundHalfAway(price.value)
  return { value, cut: isCut ? { roomMinor: Number(least.room), words: least.words } : null }
}

type Places = Record<keyof Caps, string>

/** What each cap counts this reward to; currencies and kinds never mix (RULES M13). */
function placesOf({ draft, earnedAt, price }: PricedDraft, zone: string): Places {
  const unit = unitOf({ currency: price.currency, kind: kindOf(draft) })
  return {
    perCustomer: `customer ${unit} ${draft.customer.customer}`,
    perPeriod: `month ${unit} ${accrualMonth(earnedAt, zone)}`,
    perProgram: `program ${unit}`,
  }
}

function fill(filled: Filled, places: Places, amountMinor: bigint): void {
  if (amountMinor === 0n) return
  for (const { cap } of CAPS) {
    filled.set(places[cap], (filled.get(places[cap]) ?? 0n) + amountMinor)
  }
}

function reviewedMinor(
  { draft, price }: PricedDraft,
  reviews: ReadonlyMap<string, RewardReviews>,
): bigint {
  const reviewed = reviews.get(draft.key)?.reviewed
  if (!reviewed) return 0n
  const isSameUnit = reviewed.currency === price.currency && reviewed.kind === kindOf(draft)
  return isSameUnit ? BigInt(reviewed.amountMinor) : 0n
}

export function kindOf({ terms }: Draft): RewardKind {
  return terms.terms.kind ?? 'cash'
}
