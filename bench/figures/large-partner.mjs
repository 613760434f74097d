import { join } from 'node:path'
import { apiOf, tell } from '../lib/api.mjs'
import { makeMoneyDatabase, setTerms, TIERS, untilSettled } from '../lib/money-world.mjs'
import { median } from '../lib/stats.mjs'
import { ms, whole } from '../lib/table.mjs'
import { codeOf, payerOf } from '../lib/visitors.mjs'
import { startBareHono, startCollector } from '../servers/start-server.mjs'

const CUSTOMERS = 10_000
const QUICK_CUSTOMERS = 1000
const SALES_OF_ONE = 500
const ROUNDS = 5
const GOAL_STALL_MS = 250
const LOOK_MS = 5

/**
 * One sale of a partner whose terms have tiers, so that each of its many customers matters to all; and one sale of a
 * customer that has bought hundreds of times.
 *
 * @param {import('../run.mjs').Bench} bench
 * @returns {Promise<import('../lib/table.mjs').Row[]>}
 */
export async function largePartner({ folder, quick, profile, say }) {
  const customers = quick ? QUICK_CUSTOMERS : CUSTOMERS
  say(`a partner with ${whole(customers)} customers`)
  const path = join(folder, 'large-partner.db')
  // The last customer is another partner's.
  const codeFor = (/** @type {number} */ number) => codeOf(number < customers ? 0 : 1)
  const { secretKey } = await makeMoneyDatabase(path, customers + 1, codeFor)
  const server = await startCollector(path, profile)
  const hono = await startBareHono()
  const api = apiOf(server, secretKey)
  const before = Array.from({ length: customers }, (_, number) => sale(number, 'first'))
  const many = Array.from({ length: SALES_OF_ONE }, (_, n) => sale(customers, `many${n}`))
  await tell(api, [...before, ...many])
  await setTerms(api, path, TIERS)
  const stall = { ours: /** @type {number[]} */ ([]), bare: /** @type {number[]} */ ([]) }
  /** @type {{ answered: number[], settled: number[], many: number[] }} */
  const took = { answered: [], settled: [], many: [] }
  for (let round = 0; round < ROUNDS; round++) {
    const watch = longestAnswer(server.url)
    const watchBare = longestAnswer(hono.url)
    const begin = performance.now()
    await tell(api, [sale(round, `round${round}`)])
    took.answered.push(performance.now() - begin)
    await untilSettled(path)
    took.settled.push(performance.now() - begin)
    stall.ours.push(await watch())
    stall.bare.push(await watchBare())
    const start = performance.now()
    await tell(api, [sale(customers, `round${round}`)])
    took.many.push(performance.now() - start)
    await untilSettled(path)
  }
  await Promise.all([server.stop(), hono.stop()])
  const longest = median(stall.ours)
  return [
    {
      what: `one sale of a partner with tiers and ${whole(customers)} customers`,
      ours: `answered in ${ms(median(took.answered))}, all computed after ${ms(median(took.settled))}`,
      figures: took,
    },
    {
      what: '  longest answer of GET /healthz meanwhile',
      ours: ms(longest),
      baseline: `${ms(median(stall.bare))} bare Hono, meanwhile`,
      goal: `≤ ${GOAL_STALL_MS} ms`,
      pass: longest <= GOAL_STALL_MS,
      figures: stall,
    },
    {
      what: `one sale of a customer with ${SALES_OF_ONE} sales`,
      ours: `answered in ${ms(median(took.many))}`,
    },
  ]
}

/** @param {number} number @param {string} name */
function sale(number, name) {
  const id = `sale:${number}:${name}`
  const order = `ord_${number}_${name}`
  return { id, type: 'sale', customer: payerOf(number), order, amount: 4900, currency: 'EUR' }
}

/**
 * Asks again and again; how long the longest answer took tells how long the event loop stood still.
 *
 * @param {string} url
 * @returns {() => Promise<number>} ends it: milliseconds.
 */
function longestAnswer(url) {
  let longest = 0
  let isOver = false
  const asking = (async () => {
    while (!isOver) {
      const begin = performance.now()
      await (await fetch(`${url}/healthz`)).text()
      longest = Math.max(longest, performance.now() - begin)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  })()
  return async () => {
    isOver = true
    await asking
    return longest
  }
}
