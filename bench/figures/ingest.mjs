import { join } from 'node:path'
import { countMissing, makeDatabase } from '../lib/database.mjs'
import { fillDatabase } from '../lib/fill.mjs'
import { inTurns, summary, warmUp } from '../lib/in-turns.mjs'
import { copyFile } from '../lib/room.mjs'
import { median, pairedRatio } from '../lib/stats.mjs'
import { ms, whole } from '../lib/table.mjs'
import { startRawSqlite } from '../servers/raw-client.mjs'
import { startBareHono, startCollector } from '../servers/start-server.mjs'

const SINGLE_CONNECTIONS = 64
const BATCH_CONNECTIONS = 32
const BATCH = 50
const WARM_UP = 15_000
const GOAL_SINGLE = 0.5
const GOAL_BATCH = 0.6

/**
 * `POST /v1/events` with one event, each answered after its commit, beside a bare Hono JSON echo.
 *
 * @param {import('../run.mjs').Bench} bench
 * @returns {Promise<import('../lib/table.mjs').Row[]>}
 */
export async function single(bench) {
  const { loader, folder, pairs, roundMs, profile } = bench
  const database = fillDatabase(makeDatabase(join(folder, 'single.db')), 10_000)
  const raw = startRawSqlite(copyFile(database.path, join(folder, 'single-raw.db')))
  const sentby = await startCollector(database.path, profile)
  const hono = await startBareHono()
  const rows = []
  for (const mixed of [false, true]) {
    const key = mixed ? database.secretKey : database.publishableKey
    const events = { key, batch: 1, mixed, known: database.known }
    const load = { connections: SINGLE_CONNECTIONS, durationMs: roundMs, events }
    const ours = () => loader.run({ ...load, url: sentby.url }, sentby)
    const baseline = () => loader.run({ ...load, url: hono.url, echo: true }, hono)
    await warmUp(WARM_UP, ours)
    await warmUp(WARM_UP, baseline)
    const result = await inTurns(mixed ? Math.ceil(pairs / 2) : pairs, ours, baseline)
    rows.push(
      {
        what: mixed
          ? '  visits, signups and sales'
          : `POST /v1/events, 1 visit, ${SINGLE_CONNECTIONS} connections`,
        ours: `${whole(result.ours.perSecond)} req/s`,
        baseline: `${whole(result.baseline.perSecond)} req/s bare Hono JSON echo`,
        ratio: result.ratio,
        low: result.low,
        high: result.high,
        cpu: result.cpu,
        ...(mixed ? {} : { goal: `≥ ${GOAL_SINGLE} ×`, pass: result.ratio >= GOAL_SINGLE }),
        figures: result,
      },
      { what: '  p99', ours: ms(result.ours.p99), baseline: ms(result.baseline.p99) },
    )
  }
  rows.splice(2, 0, await oneCommitEach(bench, raw, database, sentby))
  await raw.stop()
  await hono.stop()
  rows.push(profile ? await stopOnly(sentby) : await killed(bench, database, sentby))
  return rows
}

/** For comparison: what a commit an event would give without HTTP.
 *
 * @param {import('../run.mjs').Bench} bench
 * @param {import('../servers/raw-client.mjs').RawSqlite} raw
 * @param {import('../lib/database.mjs').BenchDatabase} database
 * @param {import('../servers/start-server.mjs').RunningServer} sentby
 */
async function oneCommitEach({ loader, roundMs, pairs }, raw, database, sentby) {
  const events = { key: database.publishableKey, batch: 1, mixed: false, known: database.known }
  const ours = []
  const theirs = []
  for (let pair = 0; pair < Math.ceil(pairs / 2); pair++) {
    const since = new Date().toISOString()
    const load = { url: sentby.url, connections: SINGLE_CONNECTIONS, durationMs: roundMs, events }
    ours.push((await loader.run(load, sentby)).perSecond)
    theirs.push((await raw.storeAgain(database.path, since, 1, roundMs)).perSecond)
  }
  return {
    what: '  beside one commit an event',
    ours: `${whole(median(ours))} req/s`,
    baseline: `${whole(median(theirs))} commits/s raw better-sqlite3 FULL`,
    ...pairedRatio(ours, theirs),
  }
}

/**
 * Kills the collector with -9 under load and looks for what it had acknowledged.
 *
 * @param {import('../run.mjs').Bench} bench
 * @param {import('../lib/database.mjs').BenchDatabase} database
 * @param {import('../servers/start-server.mjs').RunningServer} sentby
 */
async function killed({ loader }, database, sentby) {
  const events = { key: database.publishableKey, batch: 1, mixed: false, known: database.known }
  const load = { url: sentby.url, connections: SINGLE_CONNECTIONS, durationMs: 5000, events }
  const timer = setTimeout(() => sentby.stop('SIGKILL'), 1000)
  const { ids } = await loader.run({ ...load, tellIds: true }, sentby)
  clearTimeout(timer)
  await sentby.stop()
  const missing = countMissing(database.path, ids)
  return {
    what: '  acknowledged, then kill -9 under load',
    ours: `${whole(ids.length - missing)} of ${whole(ids.length)} found`,
    goal: 'all',
    pass: ids.length > 0 && missing === 0,
    figures: { acknowledged: ids.length, missing },
  }
}

/** A process that is killed leaves no profile. @param {import('../servers/start-server.mjs').RunningServer} sentby */
async function stopOnly(sentby) {
  await sentby.stop()
  return { what: '  kill -9 under load', ours: 'not done while profiling' }
}

/**
 * `POST /v1/events` with fifty events beside raw better-sqlite3 that commits the same rows by fifty.
 *
 * @param {import('../run.mjs').Bench} bench
 * @returns {Promise<import('../lib/table.mjs').Row[]>}
 */
export async function batch({ loader, folder, pairs, roundMs, profile }) {
  const database = fillDatabase(makeDatabase(join(folder, 'batch.db')), 10_000)
  const raw = startRawSqlite(copyFile(database.path, join(folder, 'batch-raw.db')))
  const sentby = await startCollector(database.path, profile)
  const rows = []
  for (const mixed of [false, true]) {
    const key = mixed ? database.secretKey : database.publishableKey
    const events = { key, batch: BATCH, mixed, known: database.known }
    const load = { url: sentby.url, connections: BATCH_CONNECTIONS, durationMs: roundMs, events }
    const rounds = []
    const theirs = []
    await warmUp(WARM_UP / BATCH, () => loader.run(load, sentby))
    for (let pair = -1; pair < (mixed ? Math.ceil(pairs / 2) : pairs); pair++) {
      const since = new Date().toISOString()
      const round = await loader.run(load, sentby)
      const stored = await raw.storeAgain(database.path, since, BATCH, roundMs)
      if (pair < 0) continue
      rounds.push(round)
      theirs.push(stored)
    }
    const rates = rounds.map((round) => round.perSecond * BATCH)
    const cpuRates = rounds.map((round) => round.perCpuSecond * BATCH)
    const baseline = theirs.map((round) => round.perSecond)
    const cpuBaseline = theirs.map((round) => round.perCpuSecond)
    const ratios = pairedRatio(rates, baseline)
    const { ratio: cpu } = pairedRatio(cpuRates, cpuBaseline)
    const ours = summary(rounds)
    rows.push({
      what: mixed
        ? '  visits, signups and sales'
        : `POST /v1/events, ${BATCH} visits, ${BATCH_CONNECTIONS} connections`,
      ours: `${whole(median(rates))} events/s, p99 ${ms(ours.p99)}`,
      baseline: `${whole(median(baseline))} events/s raw better-sqlite3 FULL, ${BATCH} a commit`,
      ...ratios,
      cpu,
      ...(mixed ? {} : { goal: `≥ ${GOAL_BATCH} ×`, pass: ratios.ratio >= GOAL_BATCH }),
      figures: { ours, baseline: median(baseline), cpuBaseline: median(cpuBaseline), ...ratios },
    })
  }
  await raw.stop()
  await sentby.stop()
  return rows
}
