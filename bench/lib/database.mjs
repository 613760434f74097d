/** Databases to measure on: made by the collector's own `init`, then filled by SQL with what it would store. */
import { spawnSync } from 'node:child_process'
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { requireOfCollector, root } from './room.mjs'
import {
  CODES,
  codeOf,
  knownVisitor,
  makeId,
  RETURNING,
  randomDigits,
  timeDigits,
} from './visitors.mjs'

const Database = requireOfCollector('better-sqlite3')

const SENTBY = join(root, 'apps/collector/dist/sentby.js')
const PARTNERS = 1000
const DAY_MS = 24 * 60 * 60 * 1000
/** The filling spreads over as many days as a window holds. */
const FILLED_DAYS = 90
/** One of so many new visitors signed up. */
const VISITORS_A_CUSTOMER = 50

/**
 * @typedef {object} BenchDatabase
 * @property {string} path
 * @property {string} publishableKey
 * @property {string} secretKey
 * @property {string} programId
 * @property {import('./visitors.mjs').KnownVisitors} known
 */

/**
 * A database with ten thousand codes of a thousand partners, half of them with a link of their own.
 *
 * @param {string} path
 * @param {string} [sentby] the built CLI.
 * @returns {BenchDatabase}
 */
export function makeDatabase(path, sentby = SENTBY) {
  const args = ['init', '--db', `file:${path}`, '--program', 'bench', '--json']
  const site = ['--site', 'https://shop.bench.test/']
  const { status, stdout, stderr } = spawnSync(process.execPath, [sentby, ...args, ...site], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`sentby init: ${stderr}`)
  const { publishableKey, secretKey } = JSON.parse(stdout)
  const db = new Database(path)
  const programId = db.prepare('select id from program').pluck().get()
  db.transaction(() => insertCodes(db, programId))()
  db.close()
  const known = { count: 0, startMs: 0, stepMs: 1 }
  return { path, publishableKey, secretKey, programId, known }
}

/** @param {any} db @param {string} programId */
function insertCodes(db, programId) {
  const groupId = db.prepare('select id from partner_group').pluck().get()
  const revision = db
    .prepare('update program set revision = revision + 1 returning revision')
    .pluck()
    .get()
  const now = new Date().toISOString()
  const partner = inserter(db, 'partner')
  const change = inserter(db, 'partner_change')
  const code = inserter(db, 'code')
  const link = inserter(db, 'link')
  const common = { program_id: programId, created_at: now, revision }
  for (let i = 0; i < PARTNERS; i++) {
    const id = `ptr_bench${i}`
    const email = `partner${i}@bench.test`
    partner({ ...common, id, email, name: `Partner ${i}`, group_id: groupId, shows_name: 0 })
    change({ ...common, partner_id: id, id: `chg_bench${i}`, field: 'status', value: 'active' })
  }
  for (let i = 0; i < CODES; i++) {
    const own = { ...common, code: codeOf(i), partner_id: `ptr_bench${i % PARTNERS}` }
    code({ ...own, origin: 'vendor', is_primary: i < PARTNERS ? 1 : 0 })
    if (i % 2 === 0)
      link({ ...own, id: `lnk_bench${i}`, to_url: `https://shop.bench.test/for/${i}` })
  }
}

/**
 * A compiled insert; columns that are left out become null.
 *
 * @param {any} db
 * @param {string} table
 * @returns {(row: Record<string, unknown>) => void}
 */
function inserter(db, table) {
  const columns = db.prepare(`select name from pragma_table_info(?)`).pluck().all(table)
  const places = columns.map(() => '?').join(', ')
  const statement = db.prepare(`insert into ${table} values (${places})`)
  const empty = Object.fromEntries(columns.map((/** @type {string} */ name) => [name, null]))
  const values = Array(columns.length)
  return (row) => {
    const whole = { ...empty, ...row }
    for (let i = 0; i < columns.length; i++) values[i] = whole[columns[i]]
    statement.run(values)
  }
}

/**
 * Fills a database with visits and clicks of the last ninety days, one of five visits a returning visitor's.
 *
 * @param {BenchDatabase} database
 * @param {number} size visits, and as many clicks.
 * @param {(share: number) => void} [onProgress]
 * @returns {BenchDatabase} with the visitors that it knows now.
 */
export function fillDatabase(database, size, onProgress = () => {}) {
  const endMs = Date.now() - 60_000
  const startMs = endMs - FILLED_DAYS * DAY_MS
  const stepMs = (endMs - startMs) / size
  const known = { count: 0, startMs, stepMs }
  const db = new Database(database.path)
  db.pragma('synchronous = OFF')
  db.pragma('cache_size = -524288')
  const write = writers(db, database.programId)
  const chunk = 50_000
  for (let from = 0; from < size; from += chunk) {
    db.transaction(() => {
      for (let i = from; i < Math.min(from + chunk, size); i++) {
        const atMs = Math.floor(startMs + i * stepMs)
        const code = Math.floor(Math.random() * CODES)
        write.click(atMs, code)
        if (known.count > 0 && Math.random() < RETURNING) {
          write.visit(atMs, code, knownVisitor(known, Math.floor(Math.random() * known.count)))
          continue
        }
        const visitor = knownVisitor(known, known.count++)
        write.visit(atMs, code, visitor)
        if (known.count % VISITORS_A_CUSTOMER === 0) write.signup(atMs, code, visitor)
      }
      write.counts()
    })()
    onProgress(Math.min(1, (from + chunk) / size))
  }
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  sync(database.path)
  return { ...database, known }
}

/** What was written is on the disk before the measuring starts. @param {string} path */
function sync(path) {
  const file = openSync(path, 'r+')
  fsyncSync(file)
  closeSync(file)
}

/** @param {any} db @param {string} programId */
function writers(db, programId) {
  const fact = inserter(db, 'fact')
  const click = inserter(db, 'click')
  const customer = inserter(db, 'customer')
  const count = db.prepare(
    `insert into click_count (program_id, code, day, class, clicks) values (?, ?, ?, 'counted', ?)
     on conflict do update set clicks = clicks + excluded.clicks`,
  )
  /** @type {Map<string, number>} */
  const counted = new Map()
  const common = { program_id: programId, bot: 0, signed: 0 }
  return {
    /** @param {number} atMs @param {number} number */
    click(atMs, number) {
      const at = new Date(atMs).toISOString()
      const code = codeOf(number)
      const id = `clk_${timeDigits(atMs)}${randomDigits().slice(0, 12)}`
      click({ program_id: programId, id, at, code, class: 'counted' })
      const key = `${code} ${at.slice(0, 10)}`
      counted.set(key, (counted.get(key) ?? 0) + 1)
    },
    counts() {
      for (const [key, clicks] of counted) count.run(programId, ...key.split(' '), clicks)
      counted.clear()
    },
    /** @param {number} atMs @param {number} number @param {string} visitor */
    visit(atMs, number, visitor) {
      const at = new Date(atMs).toISOString()
      const code = codeOf(number)
      const url = 'https://shop.bench.test/pricing'
      const referrer = 'https://partner-site.example/tools/best-of-2026'
      const content = JSON.stringify({ type: 'visit', visitor, code, url, referrer })
      const own = { trust: 'open', id: makeId(atMs), type: 'visit', at, received: at, visitor }
      fact({ ...common, ...own, content, verdict: 'accepted' })
    },
    /** @param {number} atMs @param {number} number @param {string} visitor */
    signup(atMs, number, visitor) {
      const at = new Date(atMs).toISOString()
      const id = `cus_${timeDigits(atMs)}${randomDigits().slice(0, 8)}`
      const event = makeId(atMs)
      const content = JSON.stringify({ type: 'signup', customer: id, visitor })
      const own = { trust: 'secret', id: event, type: 'signup', at, received: at, visitor }
      fact({ ...common, ...own, customer: id, content })
      const partner = `ptr_bench${number % PARTNERS}`
      const code = codeOf(number)
      customer({
        program_id: programId,
        id,
        ref: `ref_${event}`,
        partner_id: partner,
        code,
        evidence: event,
        kind: 'link',
        verified: 1,
        anchor: at,
        reason: 'last link within 90 days',
        policy_version: 1,
        decision: JSON.stringify({ customer: id, credited: { partner, code, evidence: event } }),
        revision: 2,
        created_at: at,
        decided_at: at,
      })
    },
  }
}

/**
 * One figure out of a database that a collector may be writing.
 *
 * @param {string} path
 * @param {string} sql
 * @param {unknown[]} values
 */
export function readValue(path, sql, ...values) {
  const db = new Database(path, { readonly: true })
  try {
    return db
      .prepare(sql)
      .pluck()
      .get(...values)
  } finally {
    db.close()
  }
}

/**
 * How many of these facts are not there.
 *
 * @param {string} path
 * @param {readonly string[]} ids
 */
export function countMissing(path, ids) {
  const db = new Database(path)
  const find = db.prepare('select 1 from fact where trust = ? and id = ? and program_id = ?')
  const programId = db.prepare('select id from program').pluck().get()
  const missing = ids.filter((id) => !find.get('open', id, programId)).length
  db.close()
  return missing
}
