/** Databases to measure on, made by the collector's own `init`. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { requireOfCollector, root } from './room.mjs'
import { CODES, codeOf } from './visitors.mjs'

const Database = requireOfCollector('better-sqlite3')

const SENTBY = join(root, 'apps/collector/dist/sentby.js')
export const PARTNERS = 1000

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
export function inserter(db, table) {
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
