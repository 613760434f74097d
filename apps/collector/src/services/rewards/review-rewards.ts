/** The vendor's decisions about rewards, one or a thousand at once (RULES M1, M4; docs/rewards-rules.md, section 8). */
import type { ReviewAnswer, ReviewInput } from '@sentby/contract'
import { isReviewed, reviewReward } from '@sentby/domain'
import { type RewardRow, rewardsById } from '@sentby/store'
import type { Book } from './book.ts'
import { inLocks, type SettleDeps } from './in-locks.ts'
import { isWhole, type Scene } from './load-scene.ts'
import { DECIDING_WAITS_MS, settleBeforeReading } from './settle-stale.ts'

type Result = ReviewAnswer['results'][number]
type Asked = ReviewInput['rewards'][number]

/** Rewards of several partners that one transaction reviews. */
const AT_ONCE = 200

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
  const program = deps.directory.program(programId)
  const isAlone = (partner: string) => program !== undefined && isWhole(program, partner)
  for (const group of groupsOf(byPartner, isAlone)) {
    for (const result of await reviewGroup(deps, programId, input, group, input.by ?? actor)) {
      results.set(result.id, result)
    }
  }
  return { results: input.rewards.map(({ id }) => results.get(id) ?? { id, outcome: 'not_found' }) }
}

/**
 * Rewards that are reviewed in one transaction: those of a partner, and of others that have nothing to do with them.
 * Two partners' rewards of one trigger are reviewed one after the other, so that the second sees the first (RULES M3).
 */
function groupsOf(
  byPartner: ReadonlyMap<string, readonly RewardRow[]>,
  isAlone: (partner: string) => boolean,
): RewardRow[][] {
  const groups: RewardRow[][] = []
  let group: RewardRow[] = []
  let seen = new Set<string>()
  for (const [partner, own] of byPartner) {
    const meets = own.flatMap(({ trigger_key, customer }) => [trigger_key, `customer:${customer}`])
    if (isAlone(partner)) groups.push([...own])
    else {
      const isFull = group.length > 0 && group.length + own.length > AT_ONCE
      if (isFull || meets.some((name) => seen.has(name))) {
        groups.push(group)
        group = []
        seen = new Set()
      }
      group.push(...own)
      for (const name of meets) seen.add(name)
    }
  }
  return group.length > 0 ? [...groups, group] : groups
}

function reviewGroup(
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
