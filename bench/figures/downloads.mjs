import { mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { addProduct, beginDownloads, publishZip } from '../lib/artifacts.mjs'
import { makeDatabase } from '../lib/database.mjs'
import { inTurns } from '../lib/in-turns.mjs'
import { quantile } from '../lib/stats.mjs'
import { ms } from '../lib/table.mjs'
import { startNginx } from '../servers/nginx.mjs'
import { startCollector } from '../servers/start-server.mjs'
import { READERS, slowReaders } from './slow-readers.mjs'

const GIB = 1024 ** 3
const MB = 1_000_000
/** The collector keeps a file of this size in memory, and reads the other one from the disk. */
const SMALL = { bytes: 7 * MB, entries: 500, where: 'in memory' }
const LARGE = { bytes: 200 * MB, entries: 2000, where: 'on disk' }
const QUICK_LARGE = { ...LARGE, bytes: 60 * MB }
const CONNECTIONS = 4
/** What a round downloads per millisecond that other figures' rounds last. */
const BYTES_A_MS = 350_000
/** A round is shorter than the other figures', so there are more. */
const PAIRS_FACTOR = 2
const FIRST_BYTES_A_ROUND = 50
/** Within 10 % of the CPU per GiB. */
const GOAL_CPU = 1 / 1.1
const GOAL_FIRST_BYTE_MS = 2

/** Answers of each kind before the first figure: Node has compiled what it will. */
const WARM_UP = 200

/**
 * @typedef {object} Place
 * @property {import('../run.mjs').Bench} bench
 * @property {import('../servers/start-server.mjs').RunningServer} sentby
 * @property {import('../servers/start-server.mjs').RunningServer | undefined} nginx
 * @property {number} pairs of rounds.
 *
 * @typedef {object} Kind
 * @property {import('../lib/artifacts.mjs').Artifact} artifact
 * @property {string} name
 * @property {number} count downloads in a round.
 * @property {string[]} stamps paths of downloads that have begun; each is used once, as browsers do.
 */

/**
 * Stamped downloads beside the same files without a stamp from the same server, and from nginx.
 *
 * @param {import('../run.mjs').Bench} bench
 * @returns {Promise<import('../lib/table.mjs').Row[]>}
 */
export async function downloads(bench) {
  const folder = join(bench.folder, 'downloads')
  const files = join(folder, 'files')
  mkdirSync(files, { recursive: true })
  const database = makeDatabase(join(folder, 'downloads.db'))
  addProduct(database)
  const pairs = bench.pairs * PAIRS_FACTOR
  const nginx = await startNginx(join(folder, 'nginx'), files)
  const kinds = [SMALL, bench.quick ? QUICK_LARGE : LARGE].map((kind) => {
    const path = join(files, `product-${kind.bytes / MB}.zip`)
    const artifact = publishZip(database, path, kind.bytes, kind.entries)
    const perConnection = (bench.roundMs * BYTES_A_MS) / artifact.size / CONNECTIONS
    const count = Math.max(1, Math.round(perConnection)) * CONNECTIONS
    const name = `${Math.round(artifact.size / MB)} MB zip, ${kind.where}`
    return { artifact, name, count, stamps: /** @type {string[]} */ ([]) }
  })
  const slow = await beginAll(database, kinds, pairs)
  const sentby = await startCollector(database.path, bench.profile)
  const rows = []
  for (const kind of kinds) rows.push(...(await compare({ bench, sentby, nginx, pairs }, kind)))
  await Promise.all([sentby.stop(), nginx?.stop()])
  rows.push(await slowReaders(bench, database, slow))
  return rows
}

/**
 * Begins every download on a collector of its own: what it stores is no part of what is measured.
 *
 * @param {import('../lib/database.mjs').BenchDatabase} database
 * @param {readonly Kind[]} kinds
 * @param {number} pairs
 */
async function beginAll(database, kinds, pairs) {
  const server = await startCollector(database.path)
  for (const kind of kinds) {
    const needed =
      WARM_UP + FIRST_BYTES_A_ROUND * pairs + kind.count * (1 + pairs + Math.ceil(pairs / 2))
    kind.stamps = await beginDownloads(server.url, kind.artifact, needed)
  }
  const { artifact } = kinds.at(-1) ?? {}
  if (!artifact) throw new Error('nothing was published')
  const slow = { size: artifact.size, paths: await beginDownloads(server.url, artifact, READERS) }
  await server.stop()
  return slow
}

/**
 * @param {Place} place
 * @param {Kind} kind
 * @returns {Promise<import('../lib/table.mjs').Row[]>}
 */
async function compare(place, kind) {
  const { sentby, nginx, pairs } = place
  const { count, artifact, name } = kind
  await firstBytes(place, kind, 'stamped', WARM_UP)
  await firstBytes(place, kind, 'plain', WARM_UP)
  const first = await compareFirstBytes(place, kind)
  const stamped = () => readWhole(place, sentby, kind.stamps.splice(0, count), true)
  const plain = () => readWhole(place, sentby, Array(count).fill(artifact.plain), false)
  await stamped()
  await plain()
  const result = await inTurns(pairs, stamped, plain)
  const row = {
    ...toRow(`stamped download, ${name}`, result, 'unstamped, same server'),
    goal: `≥ ${GOAL_CPU.toFixed(2)} × by CPU`,
    pass: result.cpu >= GOAL_CPU,
  }
  if (!nginx) return [row, { what: '  beside nginx', ours: 'not measured: no nginx here' }, first]
  const paths = Array(count).fill(`/${basename(artifact.source)}`)
  const fromNginx = () => readWhole(place, nginx, paths, false)
  await fromNginx()
  const beside = await inTurns(Math.ceil(pairs / 2), stamped, fromNginx)
  return [row, toRow('  beside nginx', beside, 'nginx, sendfile'), first]
}

/**
 * One round of whole files; what Loader counts in answers, in GiB.
 *
 * @param {Place} place
 * @param {import('../servers/start-server.mjs').RunningServer} server
 * @param {readonly string[]} paths
 * @param {boolean} isStamped
 */
async function readWhole({ bench }, server, paths, isStamped) {
  const load = { paths, isStamped, readers: /** @type {const} */ ('fast') }
  const task = { connections: CONNECTIONS, durationMs: 0, url: server.url, downloads: load }
  const round = await bench.loader.run(task, server)
  const gibEach = (round.bytes ?? NaN) / round.answered / GIB
  return {
    ...round,
    perSecond: round.perSecond * gibEach,
    perCpuSecond: round.perCpuSecond * gibEach,
  }
}

/**
 * @param {string} what
 * @param {Awaited<ReturnType<typeof inTurns>>} result
 * @param {string} baseline
 * @returns {import('../lib/table.mjs').Row}
 */
function toRow(what, result, baseline) {
  const { ours, ratio, low, high, cpu, cpuLow, cpuHigh } = result
  const cost = (/** @type {{ perCpuSecond: number, perSecond: number }} */ side) =>
    `${(1 / side.perCpuSecond).toFixed(3)} CPU-s/GiB, ${side.perSecond.toFixed(1)} GiB/s`
  const spread = { ratio, low, high, cpu, cpuLow, cpuHigh }
  const text = `${cost(result.baseline)} ${baseline}`
  return { what, ours: cost(ours), baseline: text, ...spread, figures: result }
}

/**
 * From the request to the first byte of the answer, one download at a time on a new connection.
 *
 * @param {Place} place
 * @param {Kind} kind
 * @returns {Promise<import('../lib/table.mjs').Row>}
 */
async function compareFirstBytes(place, kind) {
  const all = { stamped: /** @type {number[]} */ ([]), plain: /** @type {number[]} */ ([]) }
  const measure = (/** @type {'stamped' | 'plain'} */ which) => async () => {
    const round = await firstBytes(place, kind, which, FIRST_BYTES_A_ROUND)
    all[which].push(...(round.latencies ?? []))
    return round
  }
  await inTurns(place.pairs, measure('stamped'), measure('plain'))
  const stamped = percentiles(all.stamped)
  const plain = percentiles(all.plain)
  return {
    what: '  first byte, one download at a time',
    ours: `p50 ${ms(stamped.p50)}, p99 ${ms(stamped.p99)}`,
    baseline: `p50 ${ms(plain.p50)}, p99 ${ms(plain.p99)} unstamped, same server`,
    goal: `p50 < ${GOAL_FIRST_BYTE_MS} ms`,
    pass: stamped.p50 < GOAL_FIRST_BYTE_MS,
    figures: { stamped, plain },
  }
}

/**
 * @param {Place} place
 * @param {Kind} kind
 * @param {'stamped' | 'plain'} which
 * @param {number} count
 */
function firstBytes({ bench, sentby }, { artifact, stamps }, which, count) {
  const isStamped = which === 'stamped'
  const paths = isStamped ? stamps.splice(0, count) : Array(count).fill(artifact.plain)
  const load = { paths, isStamped, readers: /** @type {const} */ ('first-bytes') }
  const task = { connections: 1, durationMs: 0, url: sentby.url, downloads: load }
  return bench.loader.run(task, sentby)
}

/** @param {readonly number[]} latencies */
function percentiles(latencies) {
  const sorted = Float64Array.from(latencies).sort()
  return { samples: sorted.length, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
}
