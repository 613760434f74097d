import { readValue } from '../lib/database.mjs'
import { inTurns, warmUp } from '../lib/in-turns.mjs'
import { requireOfCollector } from '../lib/room.mjs'
import { ms, whole } from '../lib/table.mjs'
import { startBareHono, startCollector } from '../servers/start-server.mjs'

const Database = requireOfCollector('better-sqlite3')

const ENTRIES = 1_000_000
const QUICK_ENTRIES = 50_000
const PARTNER = 'ptr_bench0'
const GOAL_MS = 10
const WARM_UP = 2000

/**
 * `GET /v1/partners/{id}/balance` of a partner with very many ledger entries, one request at a time, beside a bare
 * Hono route with one select of the same rows.
 *
 * @param {import('../run.mjs').Bench} bench
 * @param {import('../lib/database.mjs').BenchDatabase} database
 * @returns {Promise<import('../lib/table.mjs').Row>}
 */
export async function balance({ loader, pairs, roundMs, quick, profile, say }, database) {
  const { path, secretKey: key, programId } = database
  say('filling the ledger')
  fillLedger(path, programId, quick ? QUICK_ENTRIES : ENTRIES)
  const entries = readValue(path, 'select count(*) from ledger_entry where partner_id = ?', PARTNER)
  const sentby = await startCollector(path, profile)
  const hono = await startBareHono(path)
  const paths = [`/v1/partners/${PARTNER}/balance`]
  const load = { connections: 1, durationMs: roundMs, reads: { paths, key } }
  const ours = () => loader.run({ ...load, url: sentby.url }, sentby)
  const baseline = () => loader.run({ ...load, url: hono.url }, hono)
  await warmUp(WARM_UP, ours)
  await warmUp(WARM_UP, baseline)
  const result = await inTurns(pairs, ours, baseline)
  await Promise.all([sentby.stop(), hono.stop()])
  return {
    what: `balance of a partner with ${whole(entries)} ledger entries`,
    ours: `p50 ${ms(result.ours.p50)}, p99 ${ms(result.ours.p99)}`,
    baseline: `p50 ${ms(result.baseline.p50)}, p99 ${ms(result.baseline.p99)} bare Hono, one select`,
    ratio: result.ratio,
    low: result.low,
    high: result.high,
    cpu: result.cpu,
    goal: `p99 ≤ ${GOAL_MS} ms`,
    pass: result.ours.p99 <= GOAL_MS,
    figures: { entries, ...result },
  }
}

/**
 * Transactions of a cent each between the program's expense and what the partner was paid.
 *
 * @param {string} path
 * @param {string} programId
 * @param {number} count
 */
function fillLedger(path, programId, count) {
  const db = new Database(path)
  db.pragma('synchronous = OFF')
  db.pragma('cache_size = -524288')
  const at = new Date().toISOString()
  const transaction = db.prepare(
    `insert into ledger_transaction (program_id, id, at, kind, actor) values (?, ?, ?, 'reward', 'bench')`,
  )
  const entry = db.prepare(
    `insert into ledger_entry (program_id, transaction_id, n, account, partner_id, kind, currency, amount)
     values (?, ?, ?, ?, ?, 'cash', 'EUR', ?)`,
  )
  const moved = db.prepare(
    `insert into balance (program_id, partner_id, kind, currency, account, amount)
     values (?, ?, 'cash', 'EUR', 'settled', ?)
     on conflict do update set amount = amount + excluded.amount`,
  )
  db.transaction(() => {
    for (let number = 0; number < count; number++) {
      const id = `ltx_bench${String(number).padStart(8, '0')}`
      transaction.run(programId, id, at)
      entry.run(programId, id, 0, 'settled', PARTNER, 1)
      entry.run(programId, id, 1, 'expense', null, -1)
    }
    moved.run(programId, PARTNER, count)
  })()
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}
