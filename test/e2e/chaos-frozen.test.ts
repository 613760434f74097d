import { mkdtempSync, rmSync } from 'node:fs'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type CollectorProcess, startCollector } from '../chaos/collector-process.ts'
import { type Frozen, freezePostgres, freezeSqlite } from '../chaos/frozen-database.ts'
import { type Answer, pause, send, startLoad } from '../chaos/load.ts'
import { makeAcme } from '../chaos/made-program.ts'
import { percentile, report } from '../chaos/report.ts'
import { startWatch } from '../chaos/watch.ts'
import { inspect } from '../chaos/what-is-stored.ts'
import { bigVisit, wireEvent } from '../chaos/wire-events.ts'
import { startPostgres } from '../harness/postgres-server.ts'

// SIGSTOP is for a server of our own: the run's server has other users.
const server = await startPostgres()
const folder = mkdtempSync(join(tmpdir(), 'sentby-frozen-'))
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const FROZEN_MS = 1000 * Number(process.env['CHAOS_FREEZE_SECONDS'] ?? 10)
const MAX_RSS_MB = 300
const REDIRECT_P99_MS = 20
const RECOVERY_MS = 5000

/** What a sender tries as soon as the database is back. */
const AFTER = { id: 'after-the-thaw', type: 'visit', visitor: 'v_thaw', code: 'ANN' }

const path = join(folder, 'frozen.db')
const engines: [string, string, () => Promise<Frozen>][] = [
  ['SQLite', `file:${path}`, () => freezeSqlite(path)],
  ['PostgreSQL', server.url, () => freezePostgres(server.url)],
]

describe.each(engines)('a collector whose %s is frozen', (engine, databaseUrl, freeze) => {
  test('refuses with 503, keeps redirecting, stays small, and recovers without losing anything', {
    timeout: 90_000 + 2 * FROZEN_MS,
  }, async () => {
    const program = await makeAcme(databaseUrl)
    const collector = await startCollector({ databaseUrl })
    let made = 0
    // All of these connections together send more than the queue may hold.
    const load = startLoad({
      target: () => collector.url,
      key: program.secretKey,
      connections: 96,
      batches: [70, 70, 1],
      next: () => (made++ % 10 === 0 ? wireEvent(made) : bigVisit(made)),
    })
    await load.untilAcked(2000)
    const before = { ok: load.statuses.get(200) ?? 0, refusals: load.refusals.length }
    const frozen = await freeze()
    const watch = await startWatch(collector, 'ANN')
    await pause(FROZEN_MS)
    const late = await watch.health()
    const seen = await watch.end()
    const okWhileFrozen = (load.statuses.get(200) ?? 0) - before.ok
    await frozen.thaw()
    const recoveryMs = await untilItStores(collector, program.secretKey)
    await load.finish()
    await collector.end('SIGTERM')

    const sent = new Map([...load.sent, [AFTER.id, AFTER]])
    const acked = [...load.acked.keys(), AFTER.id]
    const findings = await inspect(databaseUrl, program.id, acked, sent)
    const refusals = load.refusals.slice(before.refusals)
    const redirects = seen.redirects.map(({ ms }) => ms)
    const bare = seen.bare.map(({ ms }) => ms)
    report(`${engine} frozen for ${FROZEN_MS / 1000} s`, {
      acknowledged: load.acked.size,
      'missing afterwards': findings.missing.length,
      'answers 503': load.statuses.get(503) ?? 0,
      reasons: JSON.stringify(countBy(refusals, codeOf)),
      'RSS MB (highest)': Math.round(seen.rssMb),
      redirects: redirects.length,
      'p99 ms': percentile(redirects, 0.99).toFixed(1),
      'p99 ms of a bare server': percentile(bare, 0.99).toFixed(1),
      'recovery ms': Math.round(recoveryMs),
    })
    expect(findings.missing).toEqual([])
    expect(findings).toMatchObject({ twice: [], invented: [], altered: [], wronglyDecided: [] })
    // What was under way when the lock was taken may still be answered, nothing more.
    expect(okWhileFrozen).toBeLessThanOrEqual(96)
    expect(refusals.length).toBeGreaterThan(0)
    for (const answer of refusals) {
      expect(answer.status).toBe(503)
      expect(answer.headers['content-type']).toBe('application/problem+json')
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
      expect(['overloaded', 'storage_unavailable', 'outcome_unknown']).toContain(codeOf(answer))
    }
    expect(late).toEqual({ healthz: 200, readyz: 503 })
    expect(new Set(seen.redirects.map(({ status }) => status))).toEqual(new Set([302]))
    expect(seen.rssMb).toBeLessThan(MAX_RSS_MB)
    expect(recoveryMs).toBeLessThan(RECOVERY_MS)
    // A machine that has other work makes a bare server wait, too.
    const bar = REDIRECT_P99_MS + 2 * percentile(bare, 0.99)
    expect(percentile(redirects, 0.99)).toBeLessThan(bar)
  })
})

function codeOf(answer: Answer): string {
  return String((JSON.parse(answer.body) as { code?: unknown }).code)
}

function countBy<T>(values: readonly T[], name: (value: T) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[name(value)] = (counts[name(value)] ?? 0) + 1
  return counts
}

/** Resolves with the milliseconds until the collector says it is ready and stores a new event. */
async function untilItStores(collector: CollectorProcess, key: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 })
  const start = performance.now()
  const options = {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ events: [AFTER] }),
  }
  const isBack = async () =>
    (await send(agent, `${collector.url}/v1/events`, options)).status === 200 &&
    (await send(agent, `${collector.url}/readyz`)).status === 200
  while (!(await isBack()) && performance.now() - start < 30_000) await pause(50)
  agent.destroy()
  return performance.now() - start
}
