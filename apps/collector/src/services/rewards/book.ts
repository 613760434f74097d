/** One reward while it is worked on: its rows as they were, and as the domain sees it. */
import { createHash } from 'node:crypto'
import {
  type DueReward,
  type NothingDue,
  type PostedReward,
  type Posting,
  type Proposal,
  type RewardReviews,
  sumUp,
  type Worth,
} from '@sentby/domain'
import type { ProposalRow, RewardReviewRow, RewardRow } from '@sentby/store'

export interface Book {
  id: string
  partner: string
  key: string
  /** Whose trigger it is; of an order that was moved, who has it now. */
  customer: string
  /** As they are stored; empty for a new one. */
  rows: readonly RewardRow[]
  /** `null` until it is due for the first time. */
  posted: PostedReward | null
  /** What the last evaluation found. */
  due: DueReward | NothingDue | null
  proposal: Proposal | null
  storedProposal: ProposalRow | null
  history: RewardReviews['history'][number][]
  /** To be written. */
  reviews: NewReview[]
  /** How a decision ends the stored proposal. */
  decided: { status: 'accepted' | 'refused'; reason: string } | null
}

export type NewReview = Pick<RewardReviewRow, 'status' | 'amount' | 'reason'>

/** The id of a reward, derived from what it is for, so that no retry makes another (RULES M4). */
export function rewardId(programId: string, key: string, partner: string, leg = ''): string {
  const text = JSON.stringify([programId, key, partner, leg])
  return `rwd_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
}

/** A book without rows: nothing was ever due under this trigger. */
export function newBook(programId: string, partner: string, key: string, customer: string): Book {
  return {
    id: rewardId(programId, key, partner),
    partner,
    key,
    customer,
    rows: [],
    posted: null,
    due: null,
    proposal: null,
    storedProposal: null,
    history: [],
    reviews: [],
    decided: null,
  }
}

/** The books of stored rewards, by id. */
export function toBooks(
  programId: string,
  rows: readonly RewardRow[],
  reviews: readonly RewardReviewRow[],
  proposals: readonly ProposalRow[],
): Map<string, Book> {
  const books = new Map<string, Book>()
  for (const [id, own] of groupRows(rows)) {
    const main = own.find((row) => row.id === id)
    if (!main) continue
    const book = newBook(programId, main.partner_id, main.trigger_key, main.customer)
    books.set(id, { ...book, id, rows: own, posted: toPosted(main, own) })
  }
  for (const { reward_id, at, status } of reviews)
    books.get(reward_id)?.history.push({ at, status })
  for (const proposal of proposals) {
    const book = books.get(proposal.reward_id)
    if (book) book.storedProposal = proposal
  }
  return books
}

function toPosted(main: RewardRow, rows: readonly RewardRow[]): PostedReward {
  const { amount: amountMinor, currency, kind } = main
  const [numerator = '0', denominator = '1'] = main.exact.split('/')
  const value = { numerator, denominator }
  const orders = JSON.parse(main.orders) as string[]
  return {
    key: main.trigger_key,
    status: main.status,
    reason: main.reason,
    review:
      main.review_status === null
        ? null
        : { status: main.review_status, reason: main.review_reason },
    worth: { amountMinor, value, currency, kind, orders },
    agreed: main.agreed === null ? null : (JSON.parse(main.agreed) as Worth),
    refused: main.refused,
    ledger: ledgerOf(rows),
  }
}

/** What rows stand for in the ledger, by entry, currency and kind; a declined one for nothing. */
export function ledgerOf(rows: readonly RewardRow[]): Posting[] {
  const lines = rows
    .filter(({ status }) => status !== 'declined')
    .map(
      ({ entry, amount, currency, kind }): Posting => ({
        entry,
        amountMinor: amount,
        currency,
        kind,
      }),
    )
  return sumUp(lines, lineOf)
}

export function lineOf({ entry, currency, kind }: Omit<Posting, 'amountMinor'>): string {
  return `${entry} ${currency} ${kind}`
}

function groupRows(rows: readonly RewardRow[]): Map<string, RewardRow[]> {
  const groups = new Map<string, RewardRow[]>()
  for (const row of rows) {
    const id = row.reverses ?? row.id
    const known = groups.get(id)
    if (known) known.push(row)
    else groups.set(id, [row])
  }
  return groups
}
