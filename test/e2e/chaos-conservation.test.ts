import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { startCollector } from '../chaos/collector-process.ts'
import { makeAcme } from '../chaos/made-program.ts'
import { report } from '../chaos/report.ts'
import { inspect } from '../chaos/what-is-stored.ts'
import { type WireEvent, wireEvent } from '../chaos/wire-events.ts'
import { freshDatabase } from '../harness/postgres.ts'

const folder = mkdtempSync(join(tmpdir(), 'sentby-conservation-'))
const database = await freshDatabase()
afterAll(async () => {
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

const BATCHES = Number(process.env['CHAOS_BATCHES'] ?? 150)
const AT_ONCE = 8
const OUTCOMES = ['stored', 'duplicate', 'conflict', 'parked', 'rejected'] as const
type Outcome = (typeof OUTCOMES)[number]

/** JSON text of an event that no database, or no rule, can take; `n` makes its id new. */
const POISONS: readonly ((n: number) => string)[] = [
  (n) => withField(n, 'visitor', '"v_\\u0000"'),
  (n) => withField(n, 'frame', '"\\ud83d"'),
  (n) => identify(n, '"cus_\\u0000"'),
  (n) => identify(n, '"cus_\\ud83d"'),
  (n) => identify(n, '"\\udc00cus"'),
  (n) => withField(n, 'campaign', `${'['.repeat(2000)}1${']'.repeat(2000)}`),
  (n) => withField(n, 'utm', `${'{"a":'.repeat(400)}1${'}'.repeat(400)}`),
  (n) => sale(n, '9007199254740993'),
  (n) => sale(n, '1e400'),
  (n) => sale(n, '-1'),
  (n) => sale(n, '12.5'),
  (n) => withField(n, 'url', `"https://acme.test/${'x'.repeat(33 * 1024)}"`),
  (n) => withField(n, '__proto__', '{"polluted":true}'),
  (n) => withField(n, 'at', '"2026-02-30T00:00:00.000Z"'),
  (n) => `{"id":"bad id ${n}","type":"visit","visitor":"v","code":"ANN"}`,
  (n) => `{"id":"x-${n}","type":"constructor"}`,
  () => 'null',
  () => '[]',
  () => '12345678901234567890',
  () => '"text"',
]

function withField(n: number, field: string, value: string): string {
  return `{"id":"poison-${n}","type":"visit","visitor":"v_poison","code":"ANN",${JSON.stringify(field)}:${value}}`
}

function identify(n: number, customer: string): string {
  return `{"id":"poison-${n}","type":"identify","customer":${customer},"visitor":"v_poison"}`
}

function sale(n: number, amount: string): string {
  return `{"id":"poison-${n}","type":"sale","customer":"cus_poison","order":"o-${n}","amount":${amount},"currency":"EUR"}`
}

/** Text for people is mended, not refused: what no database takes becomes U+FFFD. */
function mended(n: number): Item {
  const sent = { id: `mended-${n}`, type: 'visit', visitor: 'v_mended', code: 'ANN' }
  const [text, stored] = n % 2 === 0 ? ['\0', '\uFFFD'] : ['a\ud83d', 'a\uFFFD']
  return {
    text: JSON.stringify({ ...sent, campaign: text }),
    outcome: 'stored',
    good: { ...sent, campaign: stored },
  }
}

interface Item {
  text: string
  outcome: Outcome
  good?: WireEvent
}

/** Batches of good events with poison between, repetitions, contradictions, and refunds that wait for their sale. */
function makeBatches(): Item[][] {
  let made = 0
  return Array.from({ length: BATCHES }, (_, n) => {
    const good = Array.from({ length: 12 }, () => wireEvent(made++)).map(
      (event): Item => ({ text: JSON.stringify(event), outcome: 'stored', good: event }),
    )
    const poison = POISONS[n % POISONS.length] ?? (() => 'null')
    const other = POISONS[(7 * n + 3) % POISONS.length] ?? (() => 'null')
    const [first] = good
    const contradiction = { ...first?.good, visitor: 'v_somebody_else', customer: undefined }
    const refund = {
      id: `r-${n}`,
      type: 'refund',
      refund: `r-${n}`,
      order: `never-${n}`,
      amount: 1,
    }
    return [
      { text: poison(2 * n), outcome: 'rejected' },
      ...good,
      { text: other(2 * n + 1), outcome: 'rejected' },
      mended(n),
      { text: first?.text ?? '', outcome: 'duplicate' },
      ...(first?.good?.type === 'visit'
        ? [{ text: JSON.stringify(contradiction), outcome: 'conflict' } as const]
        : []),
      { text: JSON.stringify(refund), outcome: 'parked', good: refund },
    ]
  })
}

const engines: [string, string][] = [
  ['SQLite', `file:${join(folder, 'conservation.db')}`],
  ['PostgreSQL', database.url],
]

describe.each(engines)('a collector on %s', (engine, databaseUrl) => {
  test('accounts for every event, and poison spoils none of its neighbours', async () => {
    const program = await makeAcme(databaseUrl)
    const collector = await startCollector({ databaseUrl })
    const batches = makeBatches()
    const tally: Record<Outcome, number> = {
      stored: 0,
      duplicate: 0,
      conflict: 0,
      parked: 0,
      rejected: 0,
    }
    const surprises: string[] = []
    const work = batches.values()
    const sender = async () => {
      for (const items of work) {
        const response = await fetch(`${collector.url}/v1/events`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${program.secretKey}`,
            'content-type': 'application/json',
          },
          body: `{"events":[${items.map(({ text }) => text).join(',')}]}`,
        })
        expect(response.status).toBe(200)
        const { results } = (await response.json()) as { results: { outcome: Outcome }[] }
        expect(results.length).toBe(items.length)
        for (const [index, { outcome }] of results.entries()) {
          tally[outcome]++
          const item = items[index]
          if (item?.outcome !== outcome) surprises.push(`${outcome}: ${item?.text.slice(0, 200)}`)
        }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, sender))
    const metrics = await (await fetch(`${collector.url}/metrics`)).text()
    await collector.end('SIGTERM')

    const counted = { stored: 0, duplicate: 0, conflict: 0, parked: 0, rejected: 0 }
    for (const [, outcome, count] of metrics.matchAll(
      /^sentby_events_total\{outcome="(\w+)".*?\} (\d+)/gm,
    )) {
      counted[outcome as Outcome] += Number(count)
    }
    const good = batches.flat().flatMap((item) => (item.good ? [item.good] : []))
    const sent = new Map(good.map((event) => [event.id, event]))
    const findings = await inspect(databaseUrl, program.id, sent.keys(), sent)
    const received = batches.flat().length
    report(`conservation on ${engine}`, {
      received,
      ...tally,
      'good events': good.length,
      'of them stored': good.length - findings.missing.length,
      surprises: surprises.length,
    })
    expect(surprises).toEqual([])
    expect(counted).toEqual(tally)
    expect(OUTCOMES.reduce((sum, outcome) => sum + tally[outcome], 0)).toBe(received)
    expect(findings).toMatchObject({ missing: [], twice: [], invented: [], altered: [] })
    expect(findings.stored).toBe(tally.stored + tally.parked)
    expect(findings.wronglyDecided).toEqual([])
  })
})
