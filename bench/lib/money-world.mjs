/** A vendor whose customers are credited: what the figures about money start from. */

import { startCollector } from '../servers/start-server.mjs'
import { apiOf, tell } from './api.mjs'
import { makeDatabase, readValue } from './database.mjs'
import { requireOfCollector } from './room.mjs'
import { CODES, codeOf, payerOf } from './visitors.mjs'

const Database = requireOfCollector('better-sqlite3')

export const RATE = { from: null, trigger: 'every_sale', rate: { basisPoints: 3000 } }
export const TIERS = {
  from: null,
  trigger: 'every_sale',
  tiers: [
    { from: 1, basisPoints: 2000 },
    { from: 10, basisPoints: 3000 },
    { from: 100, basisPoints: 4000 },
  ],
}
const DRAIN_MS = 120_000

/**
 * A database of a thousand partners that can be paid and so many customers, each credited by the code of its signup.
 * Nothing is earned yet: the group has no terms.
 *
 * @param {string} path
 * @param {number} customers
 * @param {(number: number) => string} [codeFor] whose customer it is.
 */
export async function makeMoneyDatabase(
  path,
  customers,
  codeFor = (number) => codeOf(number % CODES),
) {
  const database = makeDatabase(path)
  const db = new Database(path)
  db.prepare('update partner set payout = ?').run(
    JSON.stringify({ method: 'manual', details: 'by hand' }),
  )
  db.close()
  const server = await startCollector(path)
  const signups = Array.from({ length: customers }, (_, number) => ({
    id: `signup:${number}`,
    type: 'signup',
    customer: payerOf(number),
    code: codeFor(number),
  }))
  await tell(apiOf(server, database.secretKey), signups)
  await server.stop()
  return database
}

/**
 * Lets the group earn, and waits until what that changes is computed.
 *
 * @param {import('./api.mjs').Api} api
 * @param {string} path of the database.
 * @param {object} terms
 */
export async function setTerms(api, path, terms) {
  await api('PUT', '/v1/groups/default/terms', terms)
  await untilSettled(path)
}

/** Waits until no rewards are left for later. @param {string} path */
export async function untilSettled(path) {
  await until(() => readValue(path, 'select count(*) from stale_partner') === 0)
}

/** @param {() => boolean} isSo */
export async function until(isSo) {
  const giveUp = performance.now() + DRAIN_MS
  while (!isSo()) {
    if (performance.now() > giveUp) throw new Error('a job of the collector does not end')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
