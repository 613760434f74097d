/** The rows of a reward as they are to stand: the reward itself, and what was added to it. */
import { type DueReward, isReviewed, type PostedReward, type Posting } from '@sentby/domain'
import type { RewardRow } from '@sentby/store'
import { type Book, lineOf, rewardId } from './book.ts'

/** What rows take from the moment at which they are written. */
export interface Moment {
  programId: string
  now: string
  actor: string
  /** Decisions are shown at once: the program has no publish day. */
  publishesAtOnce: boolean
  /** The month in which a reward accrues that is posted now (RULES M10). */
  monthOf(accrualMonth: string): string
}

/**
 * The rows of a book after it was settled. Nothing is ever taken away: a reversal that is undone gets a row of its own.
 *
 * @returns none where nothing was ever due.
 */
export function nextRows(book: Book, moment: Moment): RewardRow[] {
  const { posted, rows } = book
  if (!posted) return []
  const before = rows.find((row) => row.reverses === null)
  const main = mainRow(book, posted, before, moment)
  if (!main) return []
  const more = rows
    .filter((row) => row.reverses !== null)
    .map((row) => followed(row, posted, main, moment))
  return [main, ...more, ...added(posted, main, more, moment)]
}

function mainRow(
  book: Book,
  posted: PostedReward,
  before: RewardRow | undefined,
  moment: Moment,
): RewardRow | null {
  const due = book.due && 'value' in book.due ? book.due : null
  const follows = !isReviewed(posted) && posted.review?.status !== 'declined'
  const start = before ?? (due && newRow(book, due, moment))
  if (!start) return null
  const row: RewardRow = {
    ...start,
    ...(due && (follows || !before) ? told(due, moment, before) : {}),
    customer: book.customer,
    amount: posted.worth.amountMinor,
    currency: posted.worth.currency,
    kind: posted.worth.kind,
    exact: `${posted.worth.value.numerator}/${posted.worth.value.denominator}`,
    orders: JSON.stringify(posted.worth.orders),
    status: posted.status,
    reason: posted.reason,
    review_status: posted.review?.status ?? null,
    review_reason: posted.review?.reason ?? null,
    agreed: posted.agreed && JSON.stringify(posted.agreed),
    refused: posted.refused,
  }
  if (book.reviews.length > 0) decide(row, start, moment)
  if (row.decided_at === null) row.published_status = row.status
  return before && isSameRow(before, row) ? before : { ...row, updated_at: moment.now }
}

function newRow(book: Book, due: DueReward, moment: Moment): RewardRow {
  return {
    program_id: moment.programId,
    id: book.id,
    partner_id: book.partner,
    trigger_key: book.key,
    customer: book.customer,
    reverses: null,
    entry: 'amount',
    kind: due.kind,
    currency: due.currency,
    amount: due.amountMinor,
    exact: '0/1',
    orders: '[]',
    status: due.status,
    reason: due.reason,
    review_status: null,
    review_reason: null,
    agreed: null,
    refused: null,
    decided_at: null,
    published_at: null,
    published_status: due.status,
    payout_id: null,
    created_at: moment.now,
    updated_at: moment.now,
    ...told(due, moment, undefined),
  }
}

/** What a reward that follows the facts says of itself. */
function told(due: DueReward, moment: Moment, before: RewardRow | undefined) {
  const isSameTime = before?.earned_at === due.earnedAt
  return {
    order_id: due.order,
    earned_at: due.earnedAt,
    hold_until: due.holdUntil,
    month: isSameTime && before ? before.month : moment.monthOf(due.accrualMonth),
    explanation: due.explanation,
    group_id: due.terms.group,
    terms_version: due.terms.version,
    terms_hash: due.terms.hash,
    tier: due.tier,
    auto_review: due.review === 'auto' ? 1 : 0,
  }
}

/** Until it is published the partner sees what it saw. */
function decide(row: RewardRow, before: RewardRow, { now, publishesAtOnce }: Moment): void {
  row.published_status = shownStatus(before)
  row.decided_at = now
  row.published_at = publishesAtOnce ? now : null
}

/** What the partner sees of a reward now. */
export function shownStatus(
  row: Pick<RewardRow, 'status' | 'decided_at' | 'published_at' | 'published_status'>,
): RewardRow['status'] {
  const isShown = row.decided_at === null || row.published_at !== null
  return isShown ? row.status : row.published_status
}

/** What was added to a reward goes where it goes, until it is reviewed; then it stands for itself. */
function followed(
  row: RewardRow,
  posted: PostedReward,
  main: RewardRow,
  moment: Moment,
): RewardRow {
  const status = isReviewed(posted) ? reviewedStatus(row) : posted.status
  const same = row.status === status && row.customer === main.customer
  return same ? row : { ...row, status, customer: main.customer, updated_at: moment.now }
}

function reviewedStatus({ status }: RewardRow): RewardRow['status'] {
  return status === 'scheduled' || status === 'settled' ? status : 'approved'
}

function added(
  posted: PostedReward,
  main: RewardRow,
  more: readonly RewardRow[],
  moment: Moment,
): RewardRow[] {
  if (posted.status === 'declined') return []
  const missing = new Map<string, Posting>()
  for (const line of posted.ledger)
    if (line.entry !== 'amount') missing.set(lineOf(line), { ...line })
  for (const { entry, currency, kind, amount } of more) {
    const key = lineOf({ entry, currency, kind })
    const line = missing.get(key) ?? { entry, currency, kind, amountMinor: 0 }
    missing.set(key, { ...line, amountMinor: line.amountMinor - amount })
  }
  const lines = [...missing.values()].filter(({ amountMinor }) => amountMinor !== 0)
  return lines.map((line, index) => ({
    ...main,
    id: rewardId(moment.programId, main.trigger_key, main.partner_id, `${more.length + index + 1}`),
    reverses: main.id,
    entry: line.entry,
    currency: line.currency,
    kind: line.kind,
    amount: line.amountMinor,
    exact: `${line.amountMinor}/1`,
    orders: '[]',
    status: isReviewed(posted) ? 'approved' : posted.status,
    reason: null,
    review_status: null,
    review_reason: null,
    agreed: null,
    refused: null,
    auto_review: 0,
    decided_at: null,
    published_at: null,
    month: moment.monthOf(main.month),
    payout_id: null,
    explanation: explain(line, main),
    created_at: moment.now,
    updated_at: moment.now,
  }))
}

function explain({ entry, amountMinor }: Posting, main: RewardRow): string {
  if (entry === 'correction') return 'a proposal was accepted'
  if (amountMinor > 0) return 'a refund was undone'
  return main.order_id === null ? 'it was given back' : 'a refund took its part back'
}

function isSameRow(before: RewardRow, after: RewardRow): boolean {
  const fields = Object.keys(after) as (keyof RewardRow)[]
  return fields.every((field) => before[field] === after[field])
}
