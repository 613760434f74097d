import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../src/ids.ts'
import {
  balancesOf,
  balancesUnlikeLedger,
  type LedgerTransaction,
  type Posting,
  postTransactions,
  unbalancedTransactions,
} from '../src/queries/ledger.ts'
import { addProgram, ENGINES, openTestStore } from './test-store.ts'

const AT = '2026-01-01T00:00:00.000Z'
const PROGRAM = 'prg_1'

function posting(
  account: Posting['account'],
  amount: number,
  more: Partial<Posting> = {},
): Posting {
  const partner = account === 'expense' ? null : 'ptr_1'
  return { account, partner, kind: 'cash', currency: 'EUR', amount, ...more }
}

function transaction(...postings: Posting[]): LedgerTransaction {
  return { id: newId('ledger', Date.now()), at: AT, kind: 'reward', actor: 'test', postings }
}

describe.each(ENGINES)('the ledger on %s', (engine) => {
  let at: Awaited<ReturnType<typeof openTestStore>>
  beforeAll(async () => {
    at = await openTestStore(engine)
    await addProgram(at.store, PROGRAM)
  })
  afterAll(() => at.close())

  const post = (...transactions: LedgerTransaction[]) =>
    at.store.transaction((tx) => postTransactions(tx.db, PROGRAM, transactions))

  const balances = async (partner: string) =>
    (await balancesOf(at.store.db, PROGRAM, partner)).map(
      ({ currency, account, amount }) => `${account} ${amount} ${currency}`,
    )

  test('moves balances with its entries, one currency apart from the other', async () => {
    const partner = 'ptr_moves'
    await post(
      transaction(posting('new', 1470, { partner }), posting('expense', -1470)),
      transaction(
        posting('new', -1470, { partner }),
        posting('approved', 1470, { partner }),
        posting('new', 3, { partner, currency: 'JPY' }),
        posting('expense', -3, { currency: 'JPY' }),
      ),
    )
    expect(await balances(partner)).toEqual(['approved 1470 EUR', 'new 3 JPY'])
    expect(await balancesUnlikeLedger(at.store.db, PROGRAM)).toEqual([])
    expect(await unbalancedTransactions(at.store.db, PROGRAM)).toEqual([])
  })

  test.each([
    ['one side only', [posting('new', 1)]],
    ['sides of two currencies', [posting('new', 1), posting('expense', -1, { currency: 'USD' })]],
    ['sides of two kinds', [posting('new', 1), posting('expense', -1, { kind: 'coupon' })]],
    ['a part of a cent', [posting('new', 0.5), posting('expense', -0.5)]],
    ['more than a number holds', [posting('new', 2 ** 53), posting('expense', -(2 ** 53))]],
  ])('refuses %s, and nothing of it is written', async (_, postings) => {
    const bad = transaction(...postings)
    await expect(post(bad)).rejects.toThrow(RangeError)
    const rows = await at.store.db
      .selectFrom('ledger_transaction')
      .where('id', '=', bad.id)
      .selectAll()
      .execute()
    expect(rows).toEqual([])
  })

  test('a sum of many that is more than a number holds moves the balance exactly', async () => {
    const partner = 'ptr_many'
    const one = (amount: number) =>
      transaction(posting('new', amount, { partner }), posting('expense', -amount))
    const most = Number.MAX_SAFE_INTEGER
    const amounts = Array.from({ length: 101 }, (_, n) => most - (n % 2))
    await post(...amounts.map(one))
    expect(await balancesUnlikeLedger(at.store.db, PROGRAM)).toEqual([])
    await post(...amounts.map((amount) => one(-amount)), one(7))
    expect(await balances(partner)).toEqual(['new 7 EUR'])
  })

  test('writes nothing for postings of zero', async () => {
    const empty = transaction(posting('new', 0), posting('expense', 0))
    await post(empty)
    const rows = await at.store.db
      .selectFrom('ledger_transaction')
      .where('id', '=', empty.id)
      .selectAll()
      .execute()
    expect(rows).toEqual([])
  })

  test.each(['ledger_entry', 'ledger_transaction'])('never changes %s', async (table) => {
    await post(transaction(posting('new', 1, { partner: 'ptr_x' }), posting('expense', -1)))
    await expect(
      sql`update ${sql.table(table)} set program_id = 'x'`.execute(at.store.db),
    ).rejects.toThrow('append-only')
    await expect(sql`delete from ${sql.table(table)}`.execute(at.store.db)).rejects.toThrow(
      'append-only',
    )
  })

  test('a balance that was changed by hand is found', async () => {
    const partner = 'ptr_wrong'
    await post(transaction(posting('new', 5, { partner }), posting('expense', -5)))
    await sql`update balance set amount = 6 where partner_id = ${partner}`.execute(at.store.db)
    expect(await balancesUnlikeLedger(at.store.db, PROGRAM)).toContain(`${partner} cash EUR new`)
  })
})
