import { apiOf } from '../lib/api.mjs'
import { readValue } from '../lib/database.mjs'
import { until } from '../lib/money-world.mjs'
import { coreSeconds, requireOfCollector } from '../lib/room.mjs'
import { whole } from '../lib/table.mjs'
import { startCollector } from '../servers/start-server.mjs'

const Database = requireOfCollector('better-sqlite3')

/** As many as one list and one review take. */
const PAGE = 200
const REVIEW = 1000
const PUBLISH_DAY = 13

/** Raw SQL that leaves the same rows with the same states, and nothing else: no ledger, no history, no balances. */
const RAW = {
  review: `update reward set status = 'approved', review_status = 'approved',
    decided_at = '2030-01-05T00:00:00.000Z', published_at = null`,
  publish: `update reward set published_at = '2030-02-14T00:00:00.000Z', published_status = status`,
  payout: `update reward set status = 'scheduled', payout_id = 'pay_bench'`,
}

/**
 * The end of a month: all rewards reviewed, their decisions published, and a batch of payouts closed, beside plain
 * updates of the same rows in the same database.
 *
 * @param {import('../run.mjs').Bench} bench
 * @param {import('../lib/database.mjs').BenchDatabase} database
 * @returns {Promise<import('../lib/table.mjs').Row[]>}
 */
export async function monthClose({ profile }, { path, secretKey }) {
  const env = { SENTBY_TEST_CLOCK: '1' }
  const server = await startCollector(path, profile, env)
  const api = apiOf(server, secretKey)
  const count = readValue(path, 'select count(*) from reward')
  await api('PATCH', '/v1/program', { publishDay: PUBLISH_DAY })
  const reviews = { list: 0, longest: 0 }
  const timed = {
    review: await time(server, () => reviewAll(api, reviews)),
    publish: await time(server, () => publish(api, path)),
    payout: await time(server, () => api('POST', '/v1/payouts', {})),
  }
  const paid = readValue(path, `select count(*) from reward where status = 'scheduled'`)
  await server.stop()
  const raw = rawUpdates(path)
  return [
    {
      ...row(`month close, ${whole(count)} rewards: reviewed in bulk`, timed.review, raw.review),
      figures: { ...timed.review, ...reviews, rawSeconds: raw.review },
    },
    {
      what: `  of it reading the list, ${PAGE} a page`,
      ours: `${reviews.list.toFixed(1)} s`,
      baseline: `longest review of ${whole(REVIEW)}: ${Math.round(reviews.longest)} ms`,
    },
    row('  decisions published (the job looks every second)', timed.publish, raw.publish),
    {
      ...row(`  a batch of payouts closed: ${whole(paid)} rewards`, timed.payout, raw.payout),
      goal: 'all paid',
      pass: paid === count && count > 0,
    },
  ]
}

/** @typedef {{ seconds: number, cpuSeconds: number }} Timed */

/**
 * @param {import('../servers/start-server.mjs').RunningServer} server
 * @param {() => Promise<unknown>} work
 * @returns {Promise<Timed>}
 */
async function time({ pid }, work) {
  const before = coreSeconds(pid).used
  const start = performance.now()
  await work()
  const seconds = (performance.now() - start) / 1000
  return { seconds, cpuSeconds: coreSeconds(pid).used - before }
}

/**
 * As a reviewer's program does it: page by page, each reward with the amount that was seen.
 *
 * @param {import('../lib/api.mjs').Api} api
 * @param {{ list: number, longest: number }} told seconds of reading; milliseconds of the longest review.
 */
async function reviewAll(api, told) {
  /** @type {{ id: string, amount: number }[]} */
  let seen = []
  const review = async () => {
    const begin = performance.now()
    const body = { rewards: seen, status: 'approved' }
    const { results } = await api('POST', '/v1/rewards/review', body)
    const bad = results.find((/** @type {any} */ { outcome }) => outcome !== 'done')
    if (bad) throw new Error(`a review was not taken: ${JSON.stringify(bad)}`)
    told.longest = Math.max(told.longest, performance.now() - begin)
    seen = []
  }
  for (let cursor = ''; ; ) {
    const begin = performance.now()
    const page = await api('GET', `/v1/rewards?unreviewed=true&limit=${PAGE}${cursor}`)
    told.list += (performance.now() - begin) / 1000
    for (const { id, amount } of page.data) seen.push({ id, amount })
    if (seen.length >= REVIEW || (page.next === null && seen.length > 0)) await review()
    if (page.next === null) return
    cursor = `&cursor=${encodeURIComponent(page.next)}`
  }
}

/** @param {import('../lib/api.mjs').Api} api @param {string} path */
async function publish(api, path) {
  const now = new Date()
  const later = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, PUBLISH_DAY + 1))
  await api('PUT', '/v1/test-clock', { now: later.toISOString() })
  await until(
    () =>
      readValue(
        path,
        'select 1 from reward where decided_at is not null and published_at is null limit 1',
      ) === undefined,
  )
}

/** @param {string} path */
function rawUpdates(path) {
  const db = new Database(path)
  db.pragma('synchronous = FULL')
  db.pragma('cache_size = -32768')
  const seconds = (/** @type {string} */ sql) => {
    const begin = performance.now()
    db.prepare(sql).run()
    return (performance.now() - begin) / 1000
  }
  const raw = {
    review: seconds(RAW.review),
    publish: seconds(RAW.publish),
    payout: seconds(RAW.payout),
  }
  db.close()
  return raw
}

/**
 * @param {string} what
 * @param {Timed} timed
 * @param {number} rawSeconds
 * @returns {import('../lib/table.mjs').Row}
 */
function row(what, { seconds, cpuSeconds }, rawSeconds) {
  return {
    what,
    ours: `${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of CPU)`,
    baseline: `${rawSeconds.toFixed(1)} s one SQL update of these rows`,
    figures: { seconds, cpuSeconds, rawSeconds },
  }
}
