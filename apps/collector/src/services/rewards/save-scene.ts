/** Writes what was settled: rows, their moves in the ledger, reviews, proposals, and what is told to webhooks. */
import {
  type ExpectedRewardRow,
  endProposal,
  insertProposals,
  insertReviews,
  type LedgerAccount,
  type LedgerTransaction,
  type NoRewardRow,
  newId,
  type Posting,
  type ProposalRow,
  postTransactions,
  type RewardReviewRow,
  type RewardRow,
  replaceExpected,
  replaceNoRewards,
  saveRewards,
  type Tx,
} from '@sentby/store'
import type { Book } from './book.ts'
import type { Evaluation } from './evaluate.ts'
import { eachInPieces } from './in-pieces.ts'
import type { Scene } from './load-scene.ts'
import { type Moment, nextRows } from './next-rows.ts'
import { tellRewards } from './reward-messages.ts'

/** Who moves money, and why. */
export interface Cause {
  kind: 'facts' | 'review' | 'proposal'
  actor: string
}

/** Writes a scene that was evaluated; what is as it was is not written. */
export async function saveScene(
  tx: Tx,
  scene: Scene,
  evaluation: Evaluation,
  cause: Cause,
  moment: Moment,
  nowMs: number,
): Promise<void> {
  const changed: RewardRow[] = []
  const transactions: LedgerTransaction[] = []
  const reviews: RewardReviewRow[] = []
  const fresh: ProposalRow[] = []
  const moved: { before: RewardRow | undefined; after: RewardRow }[] = []
  await eachInPieces(scene.books.values(), async (book) => {
    if (book.due === null && book.reviews.length === 0) return
    const before = new Map(book.rows.map((row) => [row.id, row]))
    const rows = nextRows(book, moment)
    const news = rows.filter((row) => before.get(row.id) !== row)
    changed.push(...news)
    moved.push(...news.map((after) => ({ before: before.get(after.id), after })))
    const postings = postingsOf(news, before)
    if (postings.length > 0) {
      const id = newId('ledger', nowMs)
      const { kind, actor } = cause
      transactions.push({ id, at: moment.now, kind, actor, reward: book.id, postings })
    }
    reviews.push(...reviewRows(book, moment))
    fresh.push(...(await nextProposal(tx, book, moment, nowMs)))
  })
  await saveRewards(tx.db, changed)
  await postTransactions(tx.db, moment.programId, transactions)
  await insertReviews(tx.db, reviews)
  await insertProposals(tx.db, fresh)
  const { customers } = evaluation
  await replaceNoRewards(tx.db, moment.programId, customers, noRewardRows(moment, evaluation))
  await replaceExpected(tx.db, moment.programId, customers, expectedRows(moment, evaluation))
  await tellRewards(tx, scene.program, moved, nowMs)
}

/** From the account in which each row stood to that in which it stands, against the program's expense. */
function postingsOf(rows: readonly RewardRow[], before: ReadonlyMap<string, RewardRow>): Posting[] {
  const sums = new Map<string, Posting>()
  const post = (posting: Posting) => {
    const key = `${posting.account} ${posting.kind} ${posting.currency}`
    const amount = (sums.get(key)?.amount ?? 0) + posting.amount
    sums.set(key, { ...posting, amount })
  }
  const move = (
    { status, partner_id: partner, kind, currency, amount }: RewardRow,
    sign: 1 | -1,
  ) => {
    const account = accountOf(status)
    if (account === null) return
    post({ account, partner, kind, currency, amount: sign * amount })
    post({ account: 'expense', partner: null, kind, currency, amount: -sign * amount })
  }
  for (const row of rows) {
    const old = before.get(row.id)
    if (old) move(old, -1)
    move(row, 1)
  }
  return [...sums.values()].filter(({ amount }) => amount !== 0)
}

/** The account that a row stands in by its status; a declined one in none. */
function accountOf(status: RewardRow['status']): LedgerAccount | null {
  if (status === 'declined') return null
  return status === 'scheduled' ? 'reserved' : status
}

function reviewRows(book: Book, { programId, now, actor }: Moment): RewardReviewRow[] {
  const known = book.history.length - book.reviews.length
  return book.reviews.map(({ status, amount, reason }, index) => ({
    program_id: programId,
    reward_id: book.id,
    n: known + index + 1,
    at: now,
    actor,
    status,
    amount,
    reason,
  }))
}

/** Ends the proposal that stands where it is decided or another by now. */
async function nextProposal(
  tx: Tx,
  book: Book,
  { programId, now, actor }: Moment,
  nowMs: number,
): Promise<ProposalRow[]> {
  const { storedProposal: stored, proposal, decided } = book
  const changes = proposal && changesText(proposal.changes)
  if (stored) {
    if (!decided && stored.changes === changes) return []
    const end = decided
      ? { status: decided.status, reason: decided.reason, actor, decided_at: now }
      : { status: 'overtaken' as const, reason: null, actor: null, decided_at: now }
    await endProposal(tx.db, programId, stored.id, end)
  }
  if (changes === null) return []
  return [
    {
      program_id: programId,
      id: newId('proposal', nowMs),
      reward_id: book.id,
      partner_id: book.partner,
      changes,
      status: 'open',
      actor: null,
      reason: null,
      created_at: now,
      decided_at: null,
    },
  ]
}

function changesText(
  changes: readonly { amountMinor: number; currency: string; kind: string }[],
): string {
  const lines = changes.map(({ amountMinor, currency, kind }) => ({
    amount: amountMinor,
    currency,
    kind,
  }))
  return JSON.stringify(lines.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)))
}

function keyOf({ currency, kind }: { currency: string; kind: string }): string {
  return `${currency} ${kind}`
}

function noRewardRows({ programId }: Moment, { noRewards }: Evaluation): NoRewardRow[] {
  const rows = noRewards.map(({ key, customer, order, reason, moment }) => ({
    program_id: programId,
    trigger_key: key,
    customer,
    order_id: order,
    reason,
    at: moment,
  }))
  return [...new Map(rows.map((row) => [row.trigger_key, row])).values()]
}

function expectedRows({ programId }: Moment, { expected }: Evaluation): ExpectedRewardRow[] {
  return expected.map((one) => ({
    program_id: programId,
    trigger_key: one.key,
    customer: one.customer,
    order_id: one.order,
    partner_id: one.partner,
    kind: one.kind,
    amount: one.amountMinor,
    currency: one.currency,
    at: one.expectedAt,
    explanation: one.explanation,
  }))
}
