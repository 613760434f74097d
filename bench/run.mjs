// npm run bench: what DESIGN.md promises, measured beside a baseline in the same run.
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { downloads } from './figures/downloads.mjs'
import { growth } from './figures/growth.mjs'
import { batch, single } from './figures/ingest.mjs'
import { money } from './figures/money.mjs'
import { redirect } from './figures/redirect.mjs'
import { scriptSize } from './figures/script-size.mjs'
import { start } from './figures/start.mjs'
import { leaveRoom, makeFolder, pinning } from './lib/room.mjs'
import { median } from './lib/stats.mjs'
import { renderTable } from './lib/table.mjs'
import { Loader } from './load/loader.mjs'

/**
 * @typedef {object} Bench
 * @property {Loader} loader
 * @property {string} folder
 * @property {boolean} quick a look, no measurement.
 * @property {number} pairs of rounds: the baseline's and ours.
 * @property {number} roundMs
 * @property {number} growTo
 * @property {number} fillMs how long filling may take; a slower machine grows to what it has then.
 * @property {number} closing rewards of the month that is closed.
 * @property {string | undefined} profile folder for CPU profiles of the collector.
 * @property {(text: string) => void} say progress, for people.
 */

/** @type {Record<string, (bench: Bench) => import('./lib/table.mjs').Row[] | Promise<import('./lib/table.mjs').Row[]>>} */
const FIGURES = { redirect, single, batch, growth, downloads, money, script: scriptSize, start }

/** Waiting for a core for more than this share of the time blurs every figure. */
const BUSY = 0.1

const USAGE = `npm run bench -- [--only ${Object.keys(FIGURES).join('|')}]… [--quick] [--big] [--json] [--profile FOLDER]
  --quick  short rounds and 100 thousand rows: a look, no measurement
  --big    growth to 10 million clicks and events (about 10 GB of disk)
  --profile FOLDER  leave CPU profiles of the collector there; its figures are lower then`

const options = readOptions()
process.once('SIGINT', () => leaveRoom().finally(() => process.exit(130)))
process.once('SIGTERM', () => leaveRoom().finally(() => process.exit(143)))
try {
  await main()
} finally {
  await leaveRoom()
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true, default: Object.keys(FIGURES) },
        quick: { type: 'boolean', default: false },
        big: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        profile: { type: 'string' },
      },
    })
    const unknown = values.only.find((name) => !(name in FIGURES))
    if (unknown !== undefined) throw new Error(`no figure is called ${unknown}`)
    return values
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
    process.exit(2)
  }
}

async function main() {
  const { only, quick, big, json } = options
  const profile = options.profile && resolve(options.profile)
  if (profile) mkdirSync(profile, { recursive: true })
  const say = (/** @type {string} */ text) => console.error(`bench: ${text}`)
  const bench = {
    loader: new Loader(),
    folder: makeFolder(),
    quick,
    pairs: quick ? 2 : 4,
    roundMs: quick ? 700 : 1500,
    growTo: big ? 10_000_000 : quick ? 100_000 : 1_000_000,
    closing: quick ? 5_000 : 100_000,
    fillMs: big ? Infinity : 90_000,
    profile,
    say,
  }
  say(`Node ${process.version}, ${pinning}, ${bench.pairs} pairs of rounds of ${bench.roundMs} ms`)
  /** @type {Record<string, import('./lib/table.mjs').Row[]>} */
  const measured = {}
  for (const name of only) {
    say(name)
    measured[name] = (await FIGURES[name]?.(bench)) ?? []
    if (!json) console.log(`${renderTable(measured[name])}\n`)
  }
  const rows = Object.values(measured).flat()
  if (json) console.log(JSON.stringify({ node: process.version, pinning, quick, big, measured }))
  else if (only.length > 1) console.log(renderTable(rows))
  const waited = median(bench.loader.waits)
  if (waited > BUSY) {
    const share = Math.round(waited * 100)
    say(`the servers waited ${share} % of the time for a core that others used: of these figures,`)
    say('only the ratios by CPU time tell anything')
  }
  const missed = rows.filter((row) => row.pass === false)
  for (const row of missed) say(`missed: ${row.what.trim()}: ${row.ours}, ${row.goal}`)
}
