/** The ledger: two-sided, append-only, integer minor units. Nothing else moves money. */
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { BalanceRow, LedgerAccount, RewardKind, Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'
import { slicesOf } from './slices-of.ts'

type Db = Kysely<Tables>

/** One side of a transaction. */
export interface Posting {
  account: LedgerAccount
  /** `null` for the program's own account. */
  partner: string | null
  kind: RewardKind
  currency: string
  /** Minor units; what a partner has is positive. */
  amount: number
}

export interface LedgerTransaction {
  id: string
  at: string
  /** What happened: `reward`, `review`, `reversal`, `payout` … */
  kind: string
  actor: string
  reward?: string
  payout?: string
  postings: readonly Posting[]
}

/**
 * Posts transactions and moves the balances with them, in the caller's transaction. Postings of 0 are left out, and a
 * transaction without any is not written.
 *
 * @throws RangeError when one does not sum to zero in a kind and currency, or an amount is no safe integer.
 */
export async function postTransactions(
  db: Db,
  programId: string,
  transactions: readonly LedgerTransaction[],
): Promise<void> {
  const moving = transactions.flatMap((transaction) => {
    const postings = transaction.postings.filter(({ amount }) => amount !== 0)
    assertZero(transaction.id, postings)
    return postings.length === 0 ? [] : [{ ...transaction, postings }]
  })
  const rows = moving.map(({ id, at, kind, actor, reward = null, payout = null }) => ({
    ...{ program_id: programId, id, at, kind, actor },
    ...{ reward_id: reward, payout_id: payout },
  }))
  for (const slice of slicesOf(rows)) {
    await db.insertInto('ledger_transaction').values(slice).execute()
  }
  const entries = moving.flatMap(({ id, postings }) =>
    postings.map(({ account, partner, kind, currency, amount }, n) => ({
      ...{ program_id: programId, transaction_id: id, n, account },
      ...{ partner_id: partner, kind, currency, amount },
    })),
  )
  for (const slice of slicesOf(entries)) await db.insertInto('ledger_entry').values(slice).execute()
  await moveBalances(db, programId, entries)
}

function assertZero(id: string, postings: readonly Posting[]): void {
  const sums = new Map<string, number>()
  for (const { kind, currency, amount } of postings) {
    const key = `${kind} ${currency}`
    const sum = (sums.get(key) ?? 0) + amount
    if (!Number.isSafeInteger(amount) || !Number.isSafeInteger(sum)) {
      throw new RangeError(`the ledger transaction ${id} holds an amount that is no safe integer`)
    }
    sums.set(key, sum)
  }
  for (const sum of sums.values()) {
    if (sum !== 0) throw new RangeError(`the ledger transaction ${id} does not sum to zero`)
  }
}

type Entry = Omit<BalanceRow, 'partner_id'> & { partner_id: string | null }

async function moveBalances(db: Db, programId: string, entries: readonly Entry[]): Promise<void> {
  const moved = new Map<string, { row: BalanceRow; sum: bigint }>()
  for (const { partner_id, kind, currency, account, amount } of entries) {
    if (partner_id === null) continue
    const key = `${partner_id} ${kind} ${currency} ${account}`
    const known = moved.get(key)
    const row = { program_id: programId, partner_id, kind, currency, account, amount }
    if (known) known.sum += BigInt(amount)
    else moved.set(key, { row, sum: BigInt(amount) })
  }
  const rows = [...moved.entries()]
    // One order for all, so that two transactions never wait for each other.
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { row, sum }]) => (sum === 0n ? [] : [{ ...row, amount: exactly(sum) }]))
  for (const slice of slicesOf(rows)) {
    await db
      .insertInto('balance')
      .values(slice)
      .onConflict((conflict) =>
        conflict
          .columns(['program_id', 'partner_id', 'kind', 'currency', 'account'])
          .doUpdateSet({ amount: sql`balance.amount + excluded.amount` }),
      )
      .execute()
  }
}

/** A sum of many amounts can be more than a number holds exactly. */
function exactly(sum: bigint): number | RawBuilder<number> {
  const amount = Number(sum)
  return Number.isSafeInteger(amount) ? amount : sql<number>`cast(${String(sum)} as bigint)`
}

/** What a partner has, by kind, currency and account. */
export function balancesOf(db: Db, programId: string, partnerId: string): Promise<BalanceRow[]> {
  return db
    .selectFrom('balance')
    .selectAll()
    .where('program_id', '=', programId)
    .where('partner_id', '=', partnerId)
    .orderBy('kind')
    .orderBy('currency')
    .orderBy('account')
    .execute()
}

/** What each partner of a page has; `limit` counts partners, by id. */
export async function balancesPage(
  db: Db,
  programId: string,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<BalanceRow[]> {
  const page = await db
    .selectFrom('balance')
    .select('partner_id')
    .distinct()
    .where('program_id', '=', programId)
    .$if(after !== undefined, (query) => query.where('partner_id', '>', after ?? ''))
    .orderBy('partner_id')
    .limit(limit)
    .execute()
  const partners = page.map((row) => row.partner_id)
  return db
    .selectFrom('balance')
    .selectAll()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'partner_id', partners))
    .orderBy('partner_id')
    .orderBy('kind')
    .orderBy('currency')
    .orderBy('account')
    .execute()
}

/** What all partners have together, and what of it some of them owe. */
export interface BalanceTotal {
  account: LedgerAccount
  kind: RewardKind
  currency: string
  amount: number
  debt: number
}

/** By kind, currency and account. */
export async function balanceTotals(db: Db, programId: string): Promise<BalanceTotal[]> {
  const rows = await db
    .selectFrom('balance')
    .select(['account', 'kind', 'currency'])
    .select(sql<number>`cast(sum(amount) as bigint)`.as('amount'))
    .select(
      sql<number>`cast(sum(case when account = 'approved' and amount < 0 then -amount else 0 end) as bigint)`.as(
        'debt',
      ),
    )
    .where('program_id', '=', programId)
    .groupBy(['account', 'kind', 'currency'])
    .orderBy('kind')
    .orderBy('currency')
    .execute()
  return rows.map((row) => ({ ...row, amount: Number(row.amount), debt: Number(row.debt) }))
}

/** Ledger transactions that do not sum to zero; none, or something is broken. */
export async function unbalancedTransactions(db: Db, programId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select transaction_id as id from ledger_entry where program_id = ${programId}
    group by transaction_id, kind, currency having sum(amount) <> 0 limit 100`.execute(db)
  return rows.map((row) => row.id)
}

/** Balances that differ from the sum of their entries; none, or something is broken. */
export function balancesUnlikeLedger(db: Db, programId: string): Promise<string[]> {
  return differences(
    db,
    programId,
    sql`select partner_id, kind, currency, account, amount from ledger_entry
      where program_id = ${programId} and partner_id is not null`,
  )
}

/** Balances that differ from what the partner's rewards add up to; none, or something is broken. */
export function balancesUnlikeRewards(db: Db, programId: string): Promise<string[]> {
  return differences(
    db,
    programId,
    sql`select partner_id, kind, currency,
        case status when 'scheduled' then 'reserved' else status end, amount
      from reward where program_id = ${programId} and status <> 'declined'`,
  )
}

async function differences(
  db: Db,
  programId: string,
  rows: RawBuilder<unknown>,
): Promise<string[]> {
  const found = await sql<{ id: string }>`
    select partner_id || ' ' || kind || ' ' || currency || ' ' || account as id from (
      select partner_id, kind, currency, account, -amount as amount from balance
      where program_id = ${programId}
      union all ${rows}
    ) as both_sides
    group by partner_id, kind, currency, account having sum(amount) <> 0
    limit 100`.execute(db)
  return found.rows.map((row) => row.id)
}

/** Rewards whose entries do not sum up to what they and what was added to them stand for; none, or something is broken. */
export async function rewardsUnlikeLedger(db: Db, programId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select reward_id as id from (
      select t.reward_id, e.kind, e.currency, e.amount
      from ledger_transaction t
      join ledger_entry e on e.program_id = t.program_id and e.transaction_id = t.id
      where t.program_id = ${programId} and t.reward_id is not null and e.partner_id is not null
      union all
      select coalesce(reverses, id), kind, currency, -amount from reward
      where program_id = ${programId} and status <> 'declined'
    ) as both_sides
    group by reward_id, kind, currency having sum(amount) <> 0
    limit 100`.execute(db)
  return rows.map((row) => row.id)
}
