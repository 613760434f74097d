/** Proves a program's money: facts ↔ rewards ↔ ledger (RULES M1); writes nothing. */
import { balancesOf, type Money } from '@sentby/domain'
import {
  balancesUnlikeLedger,
  balancesUnlikeRewards,
  customersPage,
  expectationsDue,
  payoutsUnlikeRewards,
  rewardsUnlikeLedger,
  type Store,
  stalePartners,
  unbalancedTransactions,
} from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import type { Book } from './book.ts'
import { evaluate } from './evaluate.ts'
import { concernedBy, isWhole, loadScene } from './load-scene.ts'

export interface RewardsCheck {
  rewards: number
  /** Customers and partners that wait to be computed; not a difference. */
  waiting: number
  /** Ledger transactions that do not sum to zero. */
  unbalanced: string[]
  /** Balances unlike their entries. */
  balancesUnlikeLedger: string[]
  /** Balances unlike the rewards. */
  balancesUnlikeRewards: string[]
  /** Rewards whose postings are not what they show. */
  withoutPostings: string[]
  /** Payouts whose rewards do not add up to them, and settled rewards without their payout. */
  payoutsUnlikeRewards: string[]
  /** Rewards for which posted and proposed is not what is due by the facts. */
  unlikeFacts: string[]
}

const PAGE = 200

/** How many differences a check found. */
export function foundBy(check: RewardsCheck): number {
  return (
    check.unbalanced.length +
    check.balancesUnlikeLedger.length +
    check.balancesUnlikeRewards.length +
    check.withoutPostings.length +
    check.payoutsUnlikeRewards.length +
    check.unlikeFacts.length
  )
}

/** @param onProgress told how many customers are done. */
export async function checkRewards(
  db: Store['db'],
  program: ProgramConfig,
  now: string,
  onProgress: (done: number) => void = () => {},
): Promise<RewardsCheck> {
  const { id } = program.row
  const check: RewardsCheck = {
    rewards: 0,
    waiting: await countWaiting(db, id, now),
    unbalanced: await unbalancedTransactions(db, id),
    balancesUnlikeLedger: await balancesUnlikeLedger(db, id),
    balancesUnlikeRewards: await balancesUnlikeRewards(db, id),
    withoutPostings: await rewardsUnlikeLedger(db, id),
    payoutsUnlikeRewards: await payoutsUnlikeRewards(db, id),
    unlikeFacts: [],
  }
  // What waits is told and settled when read: it cannot be compared yet.
  if (check.waiting > 0 || program.terms.size === 0) return check
  const seen = new Set<string>()
  for (const partner of program.partners.keys()) {
    if (isWhole(program, partner)) {
      await compare(db, program, [], new Set([partner]), now, check, seen)
    }
  }
  let after: string | undefined
  let done = 0
  for (;;) {
    const rows = await customersPage(db, id, { partner: undefined, after, limit: PAGE })
    if (rows.length === 0) break
    const customers = rows.map((row) => row.id)
    await compare(db, program, customers, new Set(), now, check, seen)
    after = rows.at(-1)?.id
    done += rows.length
    onProgress(done)
  }
  return check
}

async function countWaiting(db: Store['db'], programId: string, now: string): Promise<number> {
  const notes = await stalePartners(db, programId, 1000)
  return notes.length + (await expectationsDue(db, programId, now, 1000)).length
}

async function compare(
  db: Store['db'],
  program: ProgramConfig,
  customers: readonly string[],
  whole: ReadonlySet<string>,
  now: string,
  check: RewardsCheck,
  seen: Set<string>,
): Promise<void> {
  const concerned = await concernedBy(db, program.row.id, customers)
  const partners = new Set(whole)
  for (const partner of concerned.partners) if (!isWhole(program, partner)) partners.add(partner)
  const scene = await loadScene(db, program, { customers, whole, partners }, concerned, now)
  const before = new Map([...scene.books.values()].map((book) => [book.id, stateOf(book)]))
  for (const book of scene.books.values()) book.proposal = null
  await evaluate(scene)
  for (const book of scene.books.values()) {
    if (book.due === null || !book.posted || seen.has(book.id)) continue
    seen.add(book.id)
    check.rewards++
    if (before.get(book.id) !== stateOf(book) || !hasItsProposal(book)) {
      check.unlikeFacts.push(book.id)
    }
  }
}

/** What must not change when everything is computed again. */
function stateOf({ posted }: Book): string {
  if (!posted) return 'none'
  const { status, reason, worth } = posted
  return JSON.stringify([
    status,
    reason,
    worth.amountMinor,
    worth.currency,
    lines(balancesOf(posted)),
  ])
}

function hasItsProposal({ proposal, storedProposal }: Book): boolean {
  if (!proposal) return storedProposal === null
  if (!storedProposal) return false
  const stored = JSON.parse(storedProposal.changes) as {
    amount: number
    currency: string
    kind: Money['kind']
  }[]
  const told = stored.map(({ amount, ...line }) => ({ ...line, amountMinor: amount }))
  return lines(proposal.changes) === lines(told)
}

function lines(changes: readonly Money[]): string {
  return changes
    .map(({ amountMinor, currency, kind }) => `${currency} ${kind} ${amountMinor}`)
    .sort()
    .join()
}
