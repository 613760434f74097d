/** The same facts and reviews twice: as they happened, and in any other order and other commits. */
import type { RewardRow } from '@sentby/store'
import { rewardId } from '../../src/services/rewards/book.ts'
import { type FactStep, factOf } from './fact-of.ts'
import type { Fact } from './money-program.ts'
import type { Services } from './money-rig.ts'
import type { NewTermsStep, ReviewStep, Story } from './money-story.ts'
import {
  act,
  begin,
  type Deed,
  type FactsDeed,
  type ReviewDeed,
  reviewOf,
  START_MS,
  type Telling,
  termsOf,
} from './tell-money.ts'

const DAY_MS = 86_400_000
/** When all facts are heard, in whatever commits: late, for all of them have happened by then. */
const HEARD_MS = START_MS + 80 * DAY_MS
/** When everything that was told is over, whatever comes of it. */
const END_MS = START_MS + 400 * DAY_MS

/** What happens on a day of the story. */
interface Item {
  day: number
  step: FactStep | ReviewStep | NewTermsStep
}

/** A review that was done, and what the reviewer saw. */
interface Reviewed {
  deed: ReviewDeed
  saw: string
}

export interface InOrder extends Telling {
  reviewed: Reviewed[]
}

/** Tells items in their order, facts up to the next review at once: what happened on the days comes in any order. */
export async function tellStraight(
  services: Services,
  story: Pick<Story, 'terms' | 'zone'>,
  items: readonly Item[],
): Promise<InOrder> {
  const telling: InOrder = { ...(await begin(services, story)), reviewed: [] }
  const { program, deeds } = telling
  let facts: Fact[] = []
  const tellFacts = async () => {
    if (facts.length > 0) await act(program, { nowMs: HEARD_MS, do: 'facts', facts })
    facts = []
  }
  let reviewedMs = 0
  for (const [n, { day, step }] of items.entries()) {
    const nowMs = START_MS + day * DAY_MS + n * 1000
    if (step.do === 'review') {
      await tellFacts()
      // The clock of whoever reviews does not go back.
      reviewedMs = Math.max(reviewedMs + 1000, nowMs)
      await review(telling, step, reviewedMs)
    } else if (step.do === 'terms') {
      await tellFacts()
      const deed = termsOf(step, nowMs)
      deeds.push(deed)
      await act(program, deed)
    } else {
      const fact = factOf(step, `e${n}`, nowMs)
      facts.push(fact)
      deeds.push({ nowMs: HEARD_MS, do: 'facts', facts: [fact] })
    }
  }
  await tellFacts()
  return { ...telling, nowMs: END_MS }
}

/** Tells the same to another program; a review is done as soon as its reviewer sees there what was seen before. */
export async function tellOtherwise(
  services: Services,
  { story, deeds, reviewed }: InOrder,
  order: readonly number[],
): Promise<InOrder> {
  const telling: InOrder = { ...(await begin(services, story)), reviewed: [], nowMs: END_MS }
  const waiting = [...reviewed]
  for (const deed of reordered(deeds, order)) {
    telling.deeds.push(deed)
    await act(telling.program, deed)
    await reviewSeen(telling, waiting)
  }
  return telling
}

async function review(telling: InOrder, step: ReviewStep, nowMs: number): Promise<void> {
  const { program } = telling
  program.at(nowMs)
  const rewards = await program.rewards()
  const deed = reviewOf(program, rewards, step, nowMs)
  if (!deed) return
  const id = rewardId(program.id, deed.key, program.partners[deed.partner] ?? '')
  const row = rewards.find((one) => one.id === id)
  const outcome = await act(program, deed)
  if (outcome === 'done' && row) telling.reviewed.push({ deed, saw: seen(row) })
}

/** The reviews of each reward keep their order. */
async function reviewSeen(telling: InOrder, waiting: Reviewed[]): Promise<void> {
  const { program } = telling
  const blocked = new Set<string>()
  for (const one of [...waiting]) {
    const { deed, saw } = one
    const id = rewardId(program.id, deed.key, program.partners[deed.partner] ?? '')
    if (blocked.has(id)) continue
    blocked.add(id)
    program.at(deed.nowMs)
    await program.settle()
    const row = await program.reward(id)
    if (!row || seen(row) !== saw || (await act(program, deed)) !== 'done') continue
    blocked.delete(id)
    telling.reviewed.push(one)
    waiting.splice(waiting.indexOf(one), 1)
  }
}

/** All that a review fixes: what the reward is worth, exactly, when and why; and how it stood. */
function seen(row: RewardRow): string {
  const { amount, currency, kind, exact, orders, earned_at, explanation, review_status } = row
  const worth = [amount, currency, kind, exact, orders, earned_at, explanation]
  return [...worth, row.status === 'declined', review_status].join(' ')
}

/** Facts in another order and in other commits; of terms the order stays, as the later put wins. */
function reordered(deeds: readonly Deed[], order: readonly number[]): Deed[] {
  const shuffled = deeds
    .map((deed, n) => ({ deed, place: order[n % Math.max(1, order.length)] ?? 0 }))
    .sort((a, b) => a.place - b.place)
  const terms = deeds.filter((deed) => deed.do === 'terms')
  const result: Deed[] = []
  const waiting: FactsDeed[] = []
  for (const { deed } of shuffled) {
    if (deed.do === 'facts') waiting.push(deed)
    else result.push(...commitsOf(waiting.splice(0)), ...terms.splice(0, 1))
  }
  return [...result, ...commitsOf(waiting)]
}

/** One, two or three at once. */
function commitsOf(deeds: readonly FactsDeed[]): FactsDeed[] {
  const commits: FactsDeed[] = []
  let left = 0
  for (const deed of deeds) {
    const last = commits.at(-1)
    if (last && left > 0) {
      commits.splice(-1, 1, { ...last, facts: [...last.facts, ...deed.facts] })
      left--
    } else {
      commits.push(deed)
      left = commits.length % 3
    }
  }
  return commits
}
