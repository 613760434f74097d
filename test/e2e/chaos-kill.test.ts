import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type CollectorProcess, startCollector } from '../chaos/collector-process.ts'
import { pause, startLoad } from '../chaos/load.ts'
import { makeAcme } from '../chaos/made-program.ts'
import { percentile, report } from '../chaos/report.ts'
import { inspect } from '../chaos/what-is-stored.ts'
import { wireEvent } from '../chaos/wire-events.ts'
import { freshDatabase } from '../harness/postgres.ts'

const folder = mkdtempSync(join(tmpdir(), 'sentby-kill-'))
const database = await freshDatabase()
afterAll(async () => {
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

const kills = (usual: number) => Number(process.env['CHAOS_KILLS'] ?? usual)
const RESTART_MS = 2000

const engines: [string, string, number][] = [
  ['SQLite', `file:${join(folder, 'kill.db')}`, kills(20)],
  ['PostgreSQL', database.url, kills(5)],
]

describe.each(engines)('a collector on %s', (engine, databaseUrl, times) => {
  test(`that is killed ${times} times under load loses nothing it acknowledged and stores nothing twice`, {
    timeout: 60_000 + times * 5000,
  }, async () => {
    const program = await makeAcme(databaseUrl)
    let collector: CollectorProcess | undefined
    let made = 0
    const load = startLoad({
      target: () => collector?.url,
      key: program.secretKey,
      connections: 16,
      batches: [1, 1, 1, 7, 1, 50],
      next: () => wireEvent(made++),
    })
    const restarts: number[] = []
    for (let kill = 0; kill < times; kill++) {
      collector = await startCollector({ databaseUrl })
      restarts.push(collector.readyMs)
      // Never at the same point of the work: between a few requests and some commits.
      await load.untilAcked(load.acked.size + 100 + ((kill * 397) % 700))
      // Acknowledgements come just after a commit; a few milliseconds on, the next one is under way.
      await pause((kill * 7) % 16)
      const { end } = collector
      collector = undefined
      await end('SIGKILL')
    }
    collector = await startCollector({ databaseUrl })
    await load.finish()
    const { end } = collector
    expect(await end('SIGTERM')).toEqual({ code: 0, signal: null })

    const findings = await inspect(databaseUrl, program.id, load.acked.keys(), load.sent)
    const resent = [...load.acked.values()].filter((outcome) => outcome === 'duplicate').length
    report(`kill -9 on ${engine}`, {
      kills: times,
      acknowledged: load.acked.size,
      'stored before their answer was lost': resent,
      'lost connections': load.statuses.get(0) ?? 0,
      missing: findings.missing.length,
      twice: findings.twice.length,
      customers: findings.customers,
      'restart ms (median)': Math.round(percentile(restarts, 0.5)),
      'slowest restart ms': Math.round(Math.max(...restarts)),
    })
    expect(findings).toEqual({
      stored: load.sent.size,
      missing: [],
      twice: [],
      invented: [],
      altered: [],
      wronglyDecided: [],
      customers: findings.customers,
    })
    expect(['stored', 'duplicate']).toEqual(
      expect.arrayContaining([...new Set(load.acked.values())]),
    )
    expect([...load.statuses.keys()].sort()).toEqual([0, 200])
    // The faster ones: a test run shares its cores with other work.
    expect(percentile(restarts, 0.25)).toBeLessThan(RESTART_MS)
  })
})
