/** The vendor's decisions about rewards, one or a thousand at once (RULES M1, M4; docs/rewards-rules.md, section 8). */
import type { ReviewAnswer, ReviewInput } from '@sentby/contract'
import { isReviewed, reviewReward } from '@sentby/domain'
import { type RewardRow, rewardsById } from '@sentby/store'
import type { Book } from './book.ts'
import { inLocks, type SettleDeps } from './in-locks.ts'
import type { Scene } from './load-scene.ts'
import { DECIDING_WAITS_MS, settleBeforeReading } from './settle-stale.ts'

type Result = ReviewAnswer['results'][number]
type Asked = ReviewInput['rewards'][number]

/** Holds that nobody lifts unasked: the credit or the order is in doubt (RULES A4, M3, M5). */
const DOUBTS = new Set(['unverified', 'contested', 'shared', 'order_conflict', 'already_credited'])

/**
 * Takes reviews; each row has a result of its own. A reward whose amount is another than the reviewer saw is `stale`;
 * one that is reviewed already, or in doubt and not forced, `not_reviewable`. Asked again the result is the same.
 *
 * @param actor who decides, where the request does not say.
 */
export async function reviewRewards(
  deps: SettleDeps,
  programId: string,
  input: ReviewInput,
  actor: string,
): Promise<ReviewAnswer> {
  await settleBeforeReading(deps, programId, DECIDING_WAITS_MS)
  const found = await rewardsById(
    deps.store.db,
    programId,
    input.rewards.map(({ id }) => id),
  )
  const rows = new Map(found.map((row) => [row.id, row]))
  const results = new Map<string, Result>()
  const byPartner = new Map<string, RewardRow[]>()
  for (const { id } of input.rewards) {
    const row = rows.get(id)
    if (!row) results.set(id, { id, outcome: 'not_found' })
    else if (row.reverses !== null) results.set(id, { id, outcome: 'not_reviewable' })
    else byPartner.set(row.partner_id, [...(byPartner.get(row.partner_id) ?? []), row])
  }
  for (const own of byPartner.values()) {
    for (const result of await reviewOwn(deps, programId, input, own, input.by ?? actor)) {
      results.set(result.id, result)
    }
  }
  return { results: input.rewards.map(({ id }) => results.get(id) ?? { id, outcome: 'not_found' }) }
}

/** The reviews of one partner's rewards, in one transaction. */
function reviewOwn(
  deps: SettleDeps,
  programId: string,
  input: ReviewInput,
  rows: readonly RewardRow[],
  actor: string,
): Promise<Result[]> {
  const scope = { customers: [...new Set(rows.map((row) => row.customer))], partners: [] }
  const ids = new Set(rows.map((row) => row.id))
  return inLocks(deps, programId, scope, async ({ settle, nowMs }) => {
    const at = new Date(nowMs).toISOString()
    const results: Result[] = []
    let books = new Map<string, Book>()
    const act = (scene: Scene) => {
      books = scene.books
      for (const asked of input.rewards) {
        if (ids.has(asked.id)) results.push(reviewOne(scene.books.get(asked.id), asked, input, at))
      }
    }
    await settle(scope, { act, cause: { kind: 'review', actor } })
    return results.map((result) => shown(result, books.get(result.id)))
  })
}

function reviewOne(
  book: Book | undefined,
  { id, amount, force = false }: Asked,
  { status, ...input }: ReviewInput,
  at: string,
): Result {
  const reason = input.reason ?? null
  const posted = book?.posted
  if (!book || !posted) return { id, outcome: 'not_found' }
  const isDoubtful =
    posted.status === 'on_hold' && DOUBTS.has(posted.reason ?? '') && !posted.review
  const isTold = posted.worth.amountMinor === amount
  if (isTold && status === 'approved' && isDoubtful && !force && !isReviewed(posted)) {
    return { id, outcome: 'not_reviewable' }
  }
  const taken = reviewReward(posted, { status, amountMinor: amount, reason })
  if (taken.outcome !== 'done') {
    return { id, outcome: taken.outcome === 'stale' ? 'stale' : 'not_reviewable' }
  }
  if (taken.reward !== posted) {
    book.posted = taken.reward
    book.history = [...book.history, { at, status }]
    book.reviews.push({ status, amount, reason })
  }
  return { id, outcome: 'done' }
}

/** How the reward stands after all of them. */
function shown(result: Result, book: Book | undefined): Result {
  if (!book?.posted) return result
  const { status, reason, worth } = book.posted
  return { ...result, status, amount: worth.amountMinor, ...(reason === null ? {} : { reason }) }
}
