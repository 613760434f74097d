/** The money of the PBX vendor's example, as its README runs it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshDatabase } from '../harness/postgres.ts'
import { type ExampleRun, RUN_TIMEOUT_MS, runExample } from './example-run.ts'

const database = await freshDatabase()
afterAll(database.drop)

const ENGINES = [
  ['SQLite', {}],
  ['PostgreSQL', { databaseUrl: database.url }],
] as const

const EARNED = '30 % of 49.00 = 14.70'

describe.each(ENGINES)('fourteen months of a PBX vendor on %s', (_, options) => {
  let run: ExampleRun
  beforeAll(async () => {
    run = await runExample('examples/odoo-pbx/money/run.mjs', options)
  }, RUN_TIMEOUT_MS)

  test('every number is the expected one, and the command says so', () => {
    expect(run.rows.filter(({ fits }) => !fits)).toEqual([])
    expect(run.output).toContain(`\n${run.rows.length} rows, 0 differ\n`)
    expect(run.output).toContain('28 rewards fit the facts, and the ledger sums to zero.')
    expect(run.code).toBe(0)
  })

  test('MAX earns 14.70 of each of fourteen payments, LEA 4.90 of twelve and of no thirteenth', () => {
    const paid = (customer: string) =>
      run.rows.filter(({ what }) => what.startsWith(`${customer} pays`)).map(({ found }) => found)
    expect(paid('cus_1')).toEqual(Array(14).fill(EARNED))
    expect(paid('cus_2')).toEqual([...Array(12).fill('10 % of 49.00 = 4.90'), 'none: term_ended'])
  })

  // The worked case to the cent, so that the example's own expectations cannot drift.
  test.each([
    ['2025-02-01', 'the same download, LEA typed', 'LEA by typed won, MAX by stamp outranked'],
    ['2025-03-01', 'cus_4, who typed LEA, pays 600.00 for a year', '10 % of 600.00 = 60.00'],
    ['2025-06-12', '10.00 of it is refunded', `${EARNED}, -3.00`],
    ['2025-07-01', 'the other 39.00 is refunded', `${EARNED}, -3.00, -11.70`],
    ['2025-07-01', 'left of that reward', '0.00'],
    ['2025-08-20', 'payment 7 of cus_1 is disputed: left of the reward', '0.00'],
    ['2025-09-01', 'the dispute is won: left of it', '14.70'],
    ['2025-09-10', 'LEA has', 'approved 99.20'],
    ['2025-09-10', 'paid by PayPal', 'nothing'],
    ['2025-10-10', 'paid by PayPal', '104.10 to lea@pay.example'],
    ['2026-02-10', 'all that cus_2 earned LEA', '58.80'],
    ['2026-03-10', 'paid by PayPal', '205.80 to max@pay.example'],
    ['2026-05-10', 'cus_1 left on 2026-04-02, and pays again', 'none: term_ended'],
    ['2026-05-12', 'paid by PayPal', 'nothing'],
    ['2026-05-12', 'MAX has', 'approved -14.70, settled 205.80, debt 14.70'],
    ['2026-05-12', 'MAX is not paid because', 'in_debt'],
  ])('%s %s: %s', (date, what, found) => {
    expect(run.rows).toContainEqual(expect.objectContaining({ date, what, found }))
  })
})
