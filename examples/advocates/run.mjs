/** node examples/advocates/run.mjs [terms.json]: plays half a year (README.md); ends with 1 where a number differs. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startCollector } from '../rehearsal/collector.mjs'
import { openTable } from '../rehearsal/table.mjs'
import { openHosting } from './hosting.mjs'
import { openInvoices } from './invoices.mjs'
import { setUp } from './program.mjs'
import { play } from './story.mjs'
import { at } from './words.mjs'

const path = process.argv[2] ?? join(import.meta.dirname, 'terms.json')
const terms = JSON.parse(await readFile(path, 'utf8'))

const collector = await startCollector({
  program: 'cloud',
  currency: 'USD',
  timezone: 'America/New_York',
  now: at('01-02'),
  databaseUrl: process.env.REHEARSAL_DATABASE_URL,
})
const hosting = openHosting(collector)
try {
  const table = openTable(collector)
  const ada = await setUp(collector.ask, terms)
  await play({ ...collector, row: table.row, ada, hosting, invoices: openInvoices() })
  const { money } = await collector.check()
  table.say(`\n${money.rewards} rewards fit the facts, and the ledger sums to zero.`)
  if (!table.close()) process.exitCode = 1
} finally {
  await hosting.close()
  await collector.stop()
}
