import { join } from 'node:path'
import { apiOf, tell } from '../lib/api.mjs'
import { readValue } from '../lib/database.mjs'
import { inTurns, warmUp } from '../lib/in-turns.mjs'
import { makeMoneyDatabase, RATE, setTerms, untilSettled } from '../lib/money-world.mjs'
import { copyFile } from '../lib/room.mjs'
import { ms, whole } from '../lib/table.mjs'
import { payerOf } from '../lib/visitors.mjs'
import { startCollector } from '../servers/start-server.mjs'
import { balance } from './balance.mjs'
import { largePartner } from './large-partner.mjs'
import { monthClose } from './month-close.mjs'

/** Most pay twice in what is closed as a month. */
const CUSTOMERS = 50_000
const BATCH = 50
const CONNECTIONS = 8
const WARM_UP = 100
const FILL_AT_ONCE = 5000
const COUNT_REWARDS = 'select count(*) from reward'

/**
 * Sales that become rewards, a month that is closed, a balance that is read, and a partner so large that its rewards
 * are computed apart.
 *
 * @param {import('../run.mjs').Bench} bench
 * @returns {Promise<import('../lib/table.mjs').Row[]>}
 */
export async function money(bench) {
  const customers = bench.quick ? CUSTOMERS / 10 : CUSTOMERS
  const database = await makeMoneyDatabase(join(bench.folder, 'money.db'), customers)
  return [
    ...(await salesToRewards(bench, database, customers)),
    ...(await monthClose(bench, database)),
    await balance(bench, database),
    ...(await largePartner(bench)),
  ]
}

/** @param {number} number @param {number} customers */
function fillSale(number, customers) {
  const order = `fill_${number}`
  const customer = payerOf(number % customers)
  return { id: `sale:${order}`, type: 'sale', customer, order, amount: 4900, currency: 'EUR' }
}

/**
 * Sales of credited customers beside the very same sales in a program whose group has no terms.
 *
 * @param {import('../run.mjs').Bench} bench
 * @param {import('../lib/database.mjs').BenchDatabase} database left with as many rewards as are to be closed.
 * @param {number} customers
 * @returns {Promise<import('../lib/table.mjs').Row[]>}
 */
async function salesToRewards(bench, database, customers) {
  const { loader, folder, pairs, roundMs, closing, fillMs, say } = bench
  const without = { ...database, path: copyFile(database.path, join(folder, 'no-terms.db')) }
  const sentby = await startCollector(database.path, bench.profile)
  const bare = await startCollector(without.path)
  const { secretKey: key, known } = database
  await setTerms(apiOf(sentby, key), database.path, RATE)
  const events = { key, batch: BATCH, mixed: false, known, payers: customers }
  const load = { connections: CONNECTIONS, durationMs: roundMs, events }
  const ours = () => loader.run({ ...load, url: sentby.url }, sentby)
  const baseline = () => loader.run({ ...load, url: bare.url }, bare)
  await warmUp(WARM_UP, ours)
  await warmUp(WARM_UP, baseline)
  const result = await inTurns(pairs, ours, baseline)
  await bare.stop()
  await untilSettled(database.path)
  const sales = readValue(database.path, `select count(*) from fact where type = 'sale'`)
  const rewards = readValue(database.path, COUNT_REWARDS)
  const giveUp = performance.now() + fillMs
  const api = apiOf(sentby, key)
  let made = rewards
  while (made < closing && performance.now() < giveUp) {
    const first = made
    const next = Math.min(closing, first + FILL_AT_ONCE)
    const length = next - first
    await tell(
      api,
      Array.from({ length }, (_, index) => fillSale(first + index, customers)),
    )
    made = next
    say(`${whole(made)} rewards`)
  }
  await untilSettled(database.path)
  await sentby.stop()
  return [
    {
      what: `sales → rewards, ${BATCH} sales a request, ${CONNECTIONS} connections`,
      ours: `${whole(result.ours.perSecond * BATCH)} rewards/s, p99 ${ms(result.ours.p99)}`,
      baseline: `${whole(result.baseline.perSecond * BATCH)} sales/s into a program without terms`,
      ratio: result.ratio,
      low: result.low,
      high: result.high,
      cpu: result.cpu,
      figures: result,
    },
    {
      what: '  every answered sale has its reward',
      ours: `${whole(rewards)} of ${whole(sales)}`,
      goal: 'all',
      pass: sales > 0 && rewards === sales,
      figures: { sales, rewards },
    },
  ]
}
