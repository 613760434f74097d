/** Fills a database by SQL with what the collector would store, in the same shape. */
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { inserter, PARTNERS } from './database.mjs'
import { requireOfCollector } from './room.mjs'
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

const DAY_MS = 24 * 60 * 60 * 1000
/** The filling spreads over as many days as a window holds. */
const FILLED_DAYS = 90
/** One of so many new visitors signed up. */
const VISITORS_A_CUSTOMER = 50

/**
 * Fills a database with visits and clicks of the last ninety days, one of five visits a returning visitor's.
 *
 * @param {import('./database.mjs').BenchDatabase} database
 * @param {number} size visits, and as many clicks.
 * @param {{ limitMs?: number, onProgress?: (share: number) => void }} [options] `limitMs`: a slow machine stops
 *   filling then.
 * @returns {import('./database.mjs').BenchDatabase & { size: number }} with the visitors that it knows now.
 */
export function fillDatabase(database, size, { limitMs = Infinity, onProgress } = {}) {
  const begin = performance.now()
  const endMs = Date.now() - 60_000
  const startMs = endMs - FILLED_DAYS * DAY_MS
  const stepMs = (endMs - startMs) / size
  const known = { count: 0, startMs, stepMs }
  const db = new Database(database.path)
  db.pragma('synchronous = OFF')
  db.pragma('cache_size = -524288')
  const write = writers(db, database.programId)
  const chunk = 25_000
  let from = 0
  for (; from < size && performance.now() - begin < limitMs; from += chunk) {
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
    if ((from / chunk) % Math.ceil(size / chunk / 4) === 0) onProgress?.(from / size)
  }
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  sync(database.path)
  return { ...database, known, size: Math.min(from, size) }
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
