import { mkdtempSync, rmSync } from 'node:fs'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type CollectorProcess, startCollector } from '../chaos/collector-process.ts'
import { send, startLoad } from '../chaos/load.ts'
import { makeAcme } from '../chaos/made-program.ts'
import { report } from '../chaos/report.ts'
import { inspect } from '../chaos/what-is-stored.ts'
import { type WireEvent, wireEvent } from '../chaos/wire-events.ts'
import { freshDatabase } from '../harness/postgres.ts'

const folder = mkdtempSync(join(tmpdir(), 'sentby-stop-'))
const database = await freshDatabase()
afterAll(async () => {
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

const EXIT_MS = 10_000
const engines: [string, string, number][] = [
  ['SQLite', `file:${join(folder, 'stop.db')}`, Number(process.env['CHAOS_STOPS'] ?? 10)],
  ['PostgreSQL', database.url, Number(process.env['CHAOS_STOPS'] ?? 10)],
]

describe.each(engines)('a collector on %s', (engine, databaseUrl, times) => {
  test(`that is told to stop ${times} times under load answers what it accepted and ends in time`, {
    timeout: 60_000 + times * 10_000,
  }, async () => {
    const program = await makeAcme(databaseUrl)
    let collector: CollectorProcess | undefined
    let made = 0
    const load = startLoad({
      target: () => collector?.url,
      key: program.secretKey,
      connections: 24,
      batches: [1, 1, 20, 1, 50],
      next: () => wireEvent(made++),
    })
    const exits: number[] = []
    const cut: string[] = []
    for (let stop = 0; stop < times; stop++) {
      const one = await startCollector({ databaseUrl })
      collector = one
      await load.untilAcked(load.acked.size + 200 + ((stop * 397) % 700))
      const readiness = await beginRequest(
        one.url,
        'GET /readyz HTTP/1.1\r\nhost: acme.test\r\nconnection: close\r\n',
      )
      const body = JSON.stringify({ events: [accepted(stop)] })
      const delivery = await beginRequest(
        one.url,
        'POST /v1/events HTTP/1.1\r\nhost: acme.test\r\nconnection: close\r\ncontent-type: application/json\r\n' +
          `authorization: Bearer ${program.secretKey}\r\ncontent-length: ${body.length}\r\n\r\n{`,
      )
      // An answer on a connection opened later says that both have been read this far.
      await send(new Agent(), `${one.url}/healthz`)
      const start = performance.now()
      const failures = load.unanswered.length
      const ended = one.end('SIGTERM')
      await load.untilRefused(failures + load.refusals.length + 1)
      expect(await readiness.finish('\r\n')).toContain('HTTP/1.1 503')
      expect(await delivery.finish(body.slice(1))).toContain('HTTP/1.1 200')
      expect(await ended).toEqual({ code: 0, signal: null })
      collector = undefined
      exits.push(performance.now() - start)
      for (const { begun, code } of load.unanswered.slice(failures))
        if (begun < start) cut.push(code)
    }
    collector = await startCollector({ databaseUrl })
    await load.finish()
    await collector.end('SIGTERM')

    const own = Array.from({ length: times }, (_, stop) => accepted(stop))
    const sent = new Map([...load.sent, ...own.map((event) => [event.id, event] as const)])
    const acked = [...load.acked.keys(), ...own.map(({ id }) => id)]
    const findings = await inspect(databaseUrl, program.id, acked, sent)
    report(`SIGTERM on ${engine}`, {
      stops: times,
      acknowledged: acked.length,
      missing: findings.missing.length,
      twice: findings.twice.length,
      'requests begun before the signal and cut': cut.length,
      'answers 503': load.statuses.get(503) ?? 0,
      'slowest exit ms': Math.round(Math.max(...exits)),
    })
    expect(findings).toMatchObject({ missing: [], twice: [], invented: [], altered: [] })
    expect(findings.wronglyDecided).toEqual([])
    expect(cut).toEqual([])
    expect([0, 200, 503]).toEqual(expect.arrayContaining([...load.statuses.keys()]))
    expect(Math.max(...exits)).toBeLessThan(EXIT_MS)
  })
})

/** The event of a request that is half sent when the signal comes. */
function accepted(stop: number): WireEvent {
  return { id: `half-${stop}`, type: 'visit', visitor: 'v_half', code: 'ANN' }
}

/** Sends the first part of a request; `finish` sends the rest and resolves with all that comes back. */
function beginRequest(
  url: string,
  text: string,
): Promise<{ finish: (rest: string) => Promise<string> }> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(text, () => resolve({ finish }))
    })
    let answer = ''
    const closed = new Promise<string>((done) => {
      socket.on('data', (chunk) => {
        answer += chunk.toString()
      })
      socket.once('error', (error) => {
        reject(error)
        done(`${answer}\n${error.message}`)
      })
      socket.once('close', () => done(answer))
    })
    const finish = (rest: string) => {
      socket.write(rest)
      return closed
    }
  })
}
