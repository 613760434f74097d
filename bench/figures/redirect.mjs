import { join } from 'node:path'
import { makeDatabase, readValue } from '../lib/database.mjs'
import { fillDatabase } from '../lib/fill.mjs'
import { inTurns, warmUp } from '../lib/in-turns.mjs'
import { ms, whole } from '../lib/table.mjs'
import { startBareHono, startCollector } from '../servers/start-server.mjs'
import { StoredClicks } from './stored-clicks.mjs'

const CONNECTIONS = 64
const WARM_UP = 20_000
const GOAL = 0.8
const GOAL_P99_MS = 10

/**
 * `GET /r/<code>` beside a bare Hono 302.
 *
 * @param {import('../run.mjs').Bench} bench
 * @returns {Promise<import('../lib/table.mjs').Row[]>}
 */
export async function redirect({ loader, folder, pairs, roundMs, profile }) {
  const database = fillDatabase(makeDatabase(join(folder, 'redirect.db')), 10_000)
  const sentby = await startCollector(database.path, profile)
  const hono = await startBareHono()
  const clicks = new StoredClicks(database)
  const load = { connections: CONNECTIONS, durationMs: roundMs }
  const ours = () =>
    clicks.watch((server) => loader.run({ ...load, url: sentby.url }, server), sentby.pid)
  const baseline = () => loader.run({ ...load, url: hono.url }, { pid: hono.pid })
  await warmUp(WARM_UP, ours)
  await warmUp(WARM_UP, baseline)
  clicks.forgetWarmUp()
  const result = await inTurns(pairs, ours, baseline)
  await Promise.all([sentby.stop(), hono.stop()])
  const stored = readValue(database.path, 'select count(*) from click') - 10_000
  const isWhole = stored === clicks.answered
  return [
    {
      what: `redirect GET /r/<code>, ${CONNECTIONS} connections`,
      ours: `${whole(result.ours.perSecond)} req/s`,
      baseline: `${whole(result.baseline.perSecond)} req/s bare Hono 302`,
      ratio: result.ratio,
      low: result.low,
      high: result.high,
      cpu: result.cpu,
      goal: `≥ ${GOAL} ×`,
      pass: result.ratio >= GOAL,
      figures: result,
    },
    {
      what: '  p99 at full load',
      ours: ms(result.ours.p99),
      baseline: ms(result.baseline.p99),
      goal: `≤ ${GOAL_P99_MS} ms`,
      pass: result.ours.p99 <= GOAL_P99_MS,
    },
    {
      what: '  clicks stored',
      ours: `${whole(stored)} of ${whole(clicks.answered)}, within ${(clicks.latestMs / 1000).toFixed(1)} s`,
      goal: 'all, within 2 s',
      pass: isWhole && clicks.latestMs <= 2000,
      figures: { stored, answered: clicks.answered, latestMs: clicks.latestMs },
    },
  ]
}
