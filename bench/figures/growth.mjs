import { join } from 'node:path'
import { makeDatabase } from '../lib/database.mjs'
import { fillDatabase } from '../lib/fill.mjs'
import { inTurns, warmUp } from '../lib/in-turns.mjs'
import { whole } from '../lib/table.mjs'
import { startCollector } from '../servers/start-server.mjs'
import { StoredClicks } from './stored-clicks.mjs'

const SMALL = 10_000
const GOAL_REDIRECT = 0.95
const GOAL_INGEST = 0.8
const BATCH = 50
const WARM_UP = 15_000

/**
 * The same load on a small and on a large database, one of five visits a returning visitor's.
 *
 * @param {import('../run.mjs').Bench} bench
 * @returns {Promise<import('../lib/table.mjs').Row[]>}
 */
export async function growth(bench) {
  const { folder, growTo, say, profile } = bench
  const small = fillDatabase(makeDatabase(join(folder, 'small.db')), SMALL)
  const large = fillDatabase(makeDatabase(join(folder, 'large.db')), growTo, {
    limitMs: bench.fillMs,
    onProgress: (share) =>
      say(`filling ${whole(growTo)} clicks and events: ${Math.round(share * 100)} %`),
  })
  const servers = {
    small: await startCollector(small.path),
    large: await startCollector(large.path, profile),
  }
  const sizes = `${whole(SMALL)} → ${whole(large.size)}`
  const rows = [
    await redirects(bench, servers, { small, large }, sizes),
    await ingest(bench, servers, { small, large }, sizes, 1),
    await ingest(bench, servers, { small, large }, sizes, BATCH),
  ]
  await Promise.all([servers.small.stop(), servers.large.stop()])
  return rows
}

/** @typedef {Record<'small' | 'large', import('../servers/start-server.mjs').RunningServer>} Servers */
/** @typedef {Record<'small' | 'large', import('../lib/database.mjs').BenchDatabase>} Databases */

/**
 * @param {import('../run.mjs').Bench} bench
 * @param {Servers} servers
 * @param {Databases} databases
 * @param {string} sizes
 */
async function redirects({ loader, pairs, roundMs }, servers, databases, sizes) {
  /** @param {'small' | 'large'} size */
  const measure = (size) => {
    const clicks = new StoredClicks(databases[size])
    const load = { connections: 64, durationMs: roundMs, url: servers[size].url }
    return () => clicks.watch((server) => loader.run(load, server), servers[size].pid)
  }
  const small = measure('small')
  const large = measure('large')
  await warmUp(WARM_UP, small)
  await warmUp(WARM_UP, large)
  const result = await inTurns(pairs, large, small)
  return row(`growth ${sizes}: redirect`, 'req/s', 1, result, GOAL_REDIRECT)
}

/**
 * @param {import('../run.mjs').Bench} bench
 * @param {Servers} servers
 * @param {Databases} databases
 * @param {string} sizes
 * @param {number} batch
 */
async function ingest({ loader, pairs, roundMs }, servers, databases, sizes, batch) {
  /** @param {'small' | 'large'} size */
  const measure = (size) => {
    const { publishableKey: key, known } = databases[size]
    const events = { key, batch, mixed: false, known }
    const connections = batch === 1 ? 64 : 32
    const load = { connections, durationMs: roundMs, url: servers[size].url, events }
    return () => loader.run(load, servers[size])
  }
  const small = measure('small')
  const large = measure('large')
  await warmUp(WARM_UP / batch, small)
  await warmUp(WARM_UP / batch, large)
  const result = await inTurns(pairs, large, small)
  const what = `growth ${sizes}: ingest, ${batch === 1 ? '1 event' : `${batch} events`}`
  return row(what, 'events/s', batch, result, GOAL_INGEST)
}

/**
 * @param {string} what
 * @param {string} unit
 * @param {number} factor
 * @param {Awaited<ReturnType<typeof inTurns>>} result
 * @param {number} goal
 */
function row(what, unit, factor, result, goal) {
  const { ratio, low, high, cpu } = result
  return {
    what,
    ours: `${whole(result.ours.perSecond * factor)} ${unit}`,
    baseline: `${whole(result.baseline.perSecond * factor)} ${unit} on the small one`,
    ratio,
    low,
    high,
    cpu,
    goal: `≥ ${goal} ×`,
    pass: ratio >= goal,
    figures: result,
  }
}
