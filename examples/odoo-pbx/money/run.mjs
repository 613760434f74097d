/** node examples/odoo-pbx/money/run.mjs: plays fourteen months (README.md); ends with 1 where a number differs. */
import { Sentby } from '@sentby/node'
import { startCollector } from '../../rehearsal/collector.mjs'
import { openTable } from '../../rehearsal/table.mjs'
import { connect, setUp } from '../collector.mjs'
import { setUpMoney } from './program.mjs'
import { installThree } from './sites.mjs'
import { play } from './story.mjs'

const collector = await startCollector({
  program: 'pbx-vendor',
  currency: 'EUR',
  timezone: 'UTC',
  now: '2025-02-01T10:00:00.000Z',
  databaseUrl: process.env.REHEARSAL_DATABASE_URL,
})
const { endpoint, secretKey: key, now, ask } = collector
// `now` is for a clock that is not the real one; your own program leaves it away.
const sentby = new Sentby({ endpoint, key, now })
try {
  const vendor = connect({ endpoint, key })
  await setUp(vendor)
  const partners = await setUpMoney(ask)
  const sites = await installThree(vendor, collector)
  const table = openTable(collector)
  await play({ ...collector, row: table.row, sentby, vendor, partners, sites })
  const { money } = await collector.check()
  table.say(`\n${money.rewards} rewards fit the facts, and the ledger sums to zero.`)
  if (!table.close()) process.exitCode = 1
} finally {
  await sentby.close()
  await collector.stop()
}
