/** A whole collector over a fresh database, without a listener: `app.request()` is its client. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { freshDatabase } from '../../../test/harness/postgres.ts'
import { readConfig } from '../src/config.ts'
import { type Collector, type OpenOptions, openCollector } from '../src/open-collector.ts'
import { createNoLimits } from '../src/services/limits.ts'
import { type MadeProgram, makeProgram } from '../src/services/programs.ts'

/** Both engines keep the same promises; suites run over this list. */
export const ENGINES = ['sqlite', 'postgres'] as const
export type Engine = (typeof ENGINES)[number]

export interface TestCollector extends Collector {
  program: MadeProgram
  databaseUrl: string
  /** Sends JSON with the program's secret key. */
  send(method: string, path: string, body?: unknown, key?: string): Promise<Response>
  /** Sends events; `key` is the secret one unless said. */
  events(events: unknown[], key?: string, more?: object): Promise<Response>
  /** Opens another collector on the same database. */
  another(options?: Partial<OpenOptions>): Promise<Collector>
  closeAll(): Promise<void>
}

/** Opens a collector with the program `acme`, a test clock and no limits unless given. */
export async function openTestCollector(
  engine: Engine,
  options: Partial<OpenOptions> & { env?: Record<string, string> } = {},
): Promise<TestCollector> {
  const place = await makeDatabase(engine)
  const env = { SENTBY_TEST_CLOCK: '1', PUBLIC_URL: 'http://go.acme.test', ...options.env }
  const config = readConfig({ DATABASE_URL: place.url, ...env })
  const open = (more: Partial<OpenOptions> = {}) =>
    openCollector({
      config,
      log: pino({ level: 'silent' }),
      limits: createNoLimits(),
      ...options,
      ...more,
    })
  const collector = await open()
  const program = await makeProgram(
    collector.deps.store,
    {
      slug: 'acme',
      name: 'Acme',
      currency: 'EUR',
      timezone: 'UTC',
      sites: ['https://acme.test/'],
    },
    Date.now(),
  )
  await collector.deps.directory.refresh()
  const others: Collector[] = []
  const send = async (method: string, path: string, body?: unknown, key = program.secretKey) =>
    collector.app.request(path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  return {
    ...collector,
    program,
    databaseUrl: place.url,
    send,
    events: (events, key, more) => send('POST', '/v1/events', { events, ...more }, key),
    async another(more) {
      const other = await open(more)
      others.push(other)
      return other
    },
    async closeAll() {
      for (const other of others) await other.close()
      await collector.close()
      await place.drop()
    },
  }
}

async function makeDatabase(engine: Engine): Promise<{ url: string; drop(): Promise<void> }> {
  if (engine === 'postgres') return freshDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'sentby-'))
  const drop = async () => rmSync(folder, { recursive: true, force: true })
  return { url: `file:${join(folder, 'sentby.db')}`, drop }
}
