/** The example of customers who refer others, as its README runs it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshDatabase } from '../harness/postgres.ts'
import { type ExampleRun, RUN_TIMEOUT_MS, runExample } from './example-run.ts'

const EXAMPLE = 'examples/advocates/run.mjs'

const database = await freshDatabase()
afterAll(database.drop)

const ENGINES = [
  ['SQLite', {}],
  ['PostgreSQL', { databaseUrl: database.url }],
] as const

describe.each(ENGINES)('half a year of advocates on %s', (_, options) => {
  let run: ExampleRun
  beforeAll(async () => {
    run = await runExample(EXAMPLE, options)
  }, RUN_TIMEOUT_MS)

  test('every number is the expected one, and the command says so', () => {
    expect(run.rows.filter(({ fits }) => !fits)).toEqual([])
    expect(run.output).toContain(`\n${run.rows.length} rows, 0 differ\n`)
    expect(run.output).toContain('3 rewards fit the facts, and the ledger sums to zero.')
    expect(run.code).toBe(0)
  })

  // The worked case to the cent, so that the example's own expectations cannot drift.
  test.each([
    ['2026-01-10', 'whoever types ADA is offered', '50 % off 1 period'],
    ['2026-01-10', 'alpha pays the first month, at half price', '40.00'],
    ['2026-03-02', 'pays', '80.00'],
    ['2026-01-10', 'reward', 'expected 03-11: 100.00'],
    ['2026-02-09', 'reward', 'expected 03-11: 100.00'],
    ['2026-03-02', 'reward', 'none: self_referral'],
    ['2026-03-11', "alpha's second month is over: reward", 'new 100.00 in 2026-03'],
    ['2026-03-31', 'reward of alpha', 'approved 100.00 in 2026-03'],
    ['2026-03-31', 'ADA sees', 'new'],
    ['2026-04-02', "beta's second month is over: reward", 'new 100.00 in 2026-04'],
    ['2026-04-12', 'a minute before the publish day ADA sees', 'new'],
    ['2026-04-13', 'publish day: ADA sees', 'approved'],
    ['2026-04-14', 'settlement: credit on the invoice of', 'ada 100.00'],
    [
      '2026-04-30',
      'delta cancelled in the second month: reward',
      'none: cancelled_before_qualification',
    ],
    ['2026-05-20', 'gamma, the third, has two months behind it', 'new 150.00 in 2026-05'],
    ['2026-06-14', 'ADA has', 'settled 350.00'],
  ])('%s %s: %s', (date, what, found) => {
    expect(run.rows).toContainEqual(expect.objectContaining({ date, what, found }))
  })
})

test('with other terms the rows that differ are marked, and the command ends with 1', {
  timeout: RUN_TIMEOUT_MS,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sentby-advocates-'))
  const given = fileURLToPath(new URL('../../examples/advocates/terms.json', import.meta.url))
  const terms = JSON.parse(readFileSync(given, 'utf8'))
  terms.tiers[1].amount = 14_999
  const file = join(folder, 'terms.json')
  writeFileSync(file, JSON.stringify(terms))
  const run = await runExample(EXAMPLE, { args: [file] })
  rmSync(folder, { recursive: true })
  expect(run.code).toBe(1)
  const differing = run.rows.filter(({ fits }) => !fits)
  expect(differing.map(({ date, found }) => [date, found])).toEqual([
    ['2026-03-01', 'expected 04-30: 149.99'],
    ['2026-05-20', 'new 149.99 in 2026-05'],
    ['2026-06-14', 'ada 149.99'],
    ['2026-06-14', 'settled 349.99'],
    ['2026-06-14', '100.00 100.00 149.99'],
  ])
  expect(run.output).toContain(`\n${run.rows.length} rows, 5 differ\n`)
})
