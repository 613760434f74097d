import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { makeDatabase } from '../lib/database.mjs'
import { fillDatabase } from '../lib/fill.mjs'
import { residentBytes } from '../lib/room.mjs'
import { median } from '../lib/stats.mjs'
import { ms } from '../lib/table.mjs'
import { startBareHono, startCollector } from '../servers/start-server.mjs'

const GOAL_MS = 1000
const GOAL_MB = 120
const IDLE_MS = 5000

/**
 * From starting the process to its first answer, on an existing database with ten thousand codes; and the
 * memory it holds when nobody asks.
 *
 * @param {import('../run.mjs').Bench} bench
 * @returns {Promise<import('../lib/table.mjs').Row[]>}
 */
export async function start({ folder, pairs }) {
  const database = fillDatabase(makeDatabase(join(folder, 'start.db')), 10_000)
  const ours = []
  const hono = []
  const bare = []
  for (let round = 0; round <= pairs; round++) {
    const times = [
      await timeStart(() => startCollector(database.path)),
      await timeStart(startBareHono),
      timeNode(),
    ]
    if (round === 0) continue
    ours.push(times[0] ?? NaN)
    hono.push(times[1] ?? NaN)
    bare.push(times[2] ?? NaN)
  }
  const startMs = median(ours)
  const memory = {
    sentby: await idleMb(() => startCollector(database.path)),
    hono: await idleMb(startBareHono),
  }
  return [
    {
      what: 'start to the first answer, 10,000 codes',
      ours: `${ms(startMs)} (${ms(Math.min(...ours))}–${ms(Math.max(...ours))})`,
      baseline: `${ms(median(hono))} bare Hono, ${ms(median(bare))} node -e 0`,
      goal: `< ${GOAL_MS} ms`,
      pass: startMs < GOAL_MS,
      figures: { startMs, bareHonoMs: median(hono), nodeMs: median(bare) },
    },
    {
      what: '  memory when idle (RSS)',
      ours: `${Math.round(memory.sentby)} MB`,
      baseline: `${Math.round(memory.hono)} MB bare Hono`,
      goal: `< ${GOAL_MB} MB`,
      pass: memory.sentby < GOAL_MB,
      figures: memory,
    },
  ]
}

/** @param {() => Promise<import('../servers/start-server.mjs').RunningServer>} startServer */
async function timeStart(startServer) {
  const begin = performance.now()
  const server = await startServer()
  const response = await fetch(`${server.url}/healthz`)
  await response.text()
  const time = performance.now() - begin
  await server.stop()
  return time
}

function timeNode() {
  const begin = performance.now()
  spawnSync(process.execPath, ['-e', '0'])
  return performance.now() - begin
}

/** @param {() => Promise<import('../servers/start-server.mjs').RunningServer>} startServer */
async function idleMb(startServer) {
  const server = await startServer()
  await (await fetch(`${server.url}/healthz`)).text()
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
  const mb = residentBytes(server.pid) / 1024 / 1024
  await server.stop()
  return mb
}
