// The baseline of storing: better-sqlite3 with the collector's settings, and nothing else. It stores again
// what the collector stored, row by row the same, into a copy of the same database.
import { createRequire } from 'node:module'

const require = createRequire(new URL('../../apps/collector/package.json', import.meta.url))
const Database = require('better-sqlite3')

/**
 * @typedef {object} RawTask
 * @property {string} path the database to write.
 * @property {string} from the collector's database.
 * @property {string} since rows received from then on.
 * @property {number} perCommit
 * @property {number} durationMs at most; the rows may end before.
 */

/** @param {RawTask} task */
function run(task) {
  const facts = readRows(task, 'fact', 'received')
  const customers = readRows(task, 'customer', 'created_at')
  const db = new Database(task.path)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.pragma('foreign_keys = ON')
  db.pragma('cache_size = -32768')
  const insertFact = prepareInsert(db, 'fact', facts.columns)
  const insertCustomer = prepareInsert(db, 'customer', customers.columns)
  const begin = db.prepare('begin immediate')
  const commit = db.prepare('commit')
  const customersPerFact = customers.rows.length / Math.max(1, facts.rows.length)
  let stored = 0
  let storedCustomers = 0
  const cpuBefore = process.cpuUsage()
  const start = performance.now()
  while (stored < facts.rows.length && performance.now() - start < task.durationMs) {
    begin.run()
    const until = Math.min(stored + task.perCommit, facts.rows.length)
    for (; stored < until; stored++) insertFact.run(facts.rows[stored])
    for (; storedCustomers < Math.floor(stored * customersPerFact); storedCustomers++) {
      insertCustomer.run(customers.rows[storedCustomers])
    }
    commit.run()
  }
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  db.close()
  return { stored, perSecond: stored / seconds, perCpuSecond: (stored / (user + system)) * 1e6 }
}

/**
 * @param {RawTask} task
 * @param {string} table
 * @param {string} time
 */
function readRows(task, table, time) {
  const db = new Database(task.from, { readonly: true })
  const statement = db.prepare(`select * from ${table} where ${time} >= ? order by ${time}, id`)
  const columns = statement.columns().map((/** @type {any} */ column) => column.name)
  const rows = statement.raw().all(task.since)
  db.close()
  return { columns, rows }
}

/**
 * @param {any} db
 * @param {string} table
 * @param {string[]} columns
 */
function prepareInsert(db, table, columns) {
  const places = columns.map(() => '?').join(', ')
  return db.prepare(
    `insert into ${table} (${columns.join(', ')}) values (${places}) on conflict do nothing`,
  )
}

process.on('message', (task) => process.send?.(run(/** @type {RawTask} */ (task))))
