import { setTimeout as sleep } from 'node:timers/promises'
import { residentBytes } from '../lib/room.mjs'
import { startCollector } from '../servers/start-server.mjs'

export const READERS = 200
const GOAL_MB = 50
const IDLE_MS = 1000
const LOOK_MS = 100
/** How much longer than a round the readers stay. */
const STAY_FACTOR = 3

/**
 * Memory of a collector while many slow readers download a file that it does not keep in memory, beside its memory
 * before anybody asked for anything.
 *
 * @param {import('../run.mjs').Bench} bench
 * @param {import('../lib/database.mjs').BenchDatabase} database
 * @param {{ paths: readonly string[], size: number }} slow the downloads, which have begun, and their size.
 * @returns {Promise<import('../lib/table.mjs').Row>}
 */
export async function slowReaders({ loader, roundMs, profile }, database, { paths, size }) {
  const server = await startCollector(database.path, profile)
  await (await fetch(`${server.url}/healthz`)).text()
  await sleep(IDLE_MS)
  const before = megabytes(server)
  let peak = before
  const look = setInterval(() => {
    peak = Math.max(peak, megabytes(server))
  }, LOOK_MS)
  const downloads = { paths, isStamped: true, readers: /** @type {const} */ ('slow') }
  const durationMs = roundMs * STAY_FACTOR
  const task = { url: server.url, connections: READERS, durationMs, downloads }
  const { bytes = 0, answered } = await loader.run(task, server)
  clearInterval(look)
  await sleep(IDLE_MS)
  const after = megabytes(server)
  await server.stop()
  const grown = peak - before
  const read = Math.round(bytes / 1e6)
  return {
    what: `  memory (RSS), ${READERS} slow readers of ${Math.round(size / 1e6)} MB`,
    ours: `${Math.round(peak)} MB at most, ${Math.round(after)} MB after; ${read} MB read`,
    baseline: `${Math.round(before)} MB idle before`,
    goal: `≤ +${GOAL_MB} MB`,
    pass: answered === READERS && grown <= GOAL_MB,
    figures: { before, peak, after, readers: answered, bytes },
  }
}

/** @param {import('../servers/start-server.mjs').RunningServer} server */
function megabytes({ pid }) {
  return residentBytes(pid) / 1024 / 1024
}
