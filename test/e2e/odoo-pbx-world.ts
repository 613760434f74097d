/** A PBX vendor's collector with a listener and a test clock, and the machines that its product is installed on. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../apps/collector/src/config.ts'
import { type OpenOptions, openCollector } from '../../apps/collector/src/open-collector.ts'
import { serve } from '../../apps/collector/src/server.ts'
import { cacheFolderOf } from '../../apps/collector/src/services/downloads/cache-folder.ts'
import { makeProgram } from '../../apps/collector/src/services/programs.ts'
import {
  buildDownloads,
  type Collector,
  connect,
  downloadInBrowser,
  type Installed,
  installOn,
  type Kind,
  missingTool,
  setUp,
  // biome-ignore lint/correctness/useImportExtensions: it is JavaScript, with its types beside it.
} from '../../examples/odoo-pbx/example.mjs'
import { freshDatabase } from '../harness/postgres.ts'

export type Engine = 'sqlite' | 'postgres'

/** A download, the host that takes it, and the client inside. */
export interface Product {
  client: string
  kind: Kind
  product: string
  file: string
}

const PRODUCTS: readonly Product[] = [
  { client: 'PHP', kind: 'freepbx', product: 'pbx', file: 'pbx.tar.gz' },
  { client: 'Python', kind: 'odoo', product: 'pbx-odoo', file: 'pbx_odoo.zip' },
  { client: 'sh', kind: 'shell', product: 'pbx', file: 'pbx.sh' },
]

/** The products whose host's language is on this machine; sh always is. */
export const HERE = PRODUCTS.filter(({ kind }) => missingTool(kind) === undefined)

/** The names of the others. */
export const NOT_HERE = PRODUCTS.filter((one) => !HERE.includes(one)).map(({ client }) => client)

/** What the vendor builds into its product; the collector's address unless said. */
export interface BuildSettings {
  endpoint?: string
  consent?: 'notice' | ''
}

export interface Machine {
  /** Installs, or upgrades: the machine's settings stay. */
  install(file: string, how?: { env?: Record<string, string>; args?: string[] }): Promise<Installed>
}

export interface World {
  vendor: Collector
  endpoint: string
  secretKey: string
  publishableKey: string
  setClock(now: string): Promise<unknown>
  /** Sends JSON with the secret key; throws on a refusal. */
  ask<Answer>(method: string, path: string, body?: object): Promise<Answer>
  publish(settings?: BuildSettings): Promise<void>
  /** Downloads a published file with a code, as a browser does unless said; gives its path. */
  download(file: string, code: string, way?: typeof downloadInBrowser): Promise<string>
  /** Downloads a file as package managers do, without a stamp. */
  plain(file: string): Promise<string>
  /** A fresh folder that goes with the world. */
  folder(): string
  machine(kind: Kind): Machine
  close(): Promise<void>
}

/** Opens a world at a time, with the program's two groups, MAX and LEA, and the three files published. */
export async function openPbxWorld(engine: Engine, now: string): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'sentby-pbx-'))
  const database = engine === 'postgres' ? await freshDatabase() : undefined
  const url = database?.url ?? `file:${join(folder, 'sentby.db')}`
  const config = readConfig({ DATABASE_URL: url, SENTBY_TEST_CLOCK: '1' })
  const collector = await openCollector({ config, log: silentLog() })
  collector.deps.testClock?.set(Date.parse(now))
  const running = await serve(collector, '127.0.0.1', 0)
  const sites = ['http://www.acme.test/']
  const input = { slug: 'acme', name: 'Acme', currency: 'EUR', timezone: 'UTC', sites }
  const program = await makeProgram(collector.deps.store, input, Date.parse(now))
  await collector.deps.directory.refresh()
  const endpoint = running.url
  const { secretKey, publishableKey } = program
  const vendor = connect({ endpoint, key: secretKey })
  const published = new Map<string, { page: string; url: string }>()
  const freshFolder = () => mkdtempSync(join(folder, 'work-'))
  const ask = async <Answer>(method: string, path: string, body?: object): Promise<Answer> => {
    const headers = { authorization: `Bearer ${secretKey}`, 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(`${endpoint}${path}`, { method, headers, ...sent })
    const answer = (await response.json()) as Answer
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
    return answer
  }
  const publish = async (settings: BuildSettings = {}) => {
    const built = { endpoint, key: publishableKey, ...settings }
    for (const packed of await buildDownloads(built)) {
      published.set(packed.file, await vendor.publish(packed))
    }
  }
  await setUp(vendor)
  await publish()
  return {
    vendor,
    endpoint,
    secretKey,
    publishableKey,
    setClock: (time) => ask('PUT', '/v1/test-clock', { now: time }),
    ask,
    publish,
    download: (file, code, way = downloadInBrowser) =>
      way({ page: published.get(file)?.page ?? '', file, code, folder: freshFolder() }),
    async plain(file) {
      const response = await fetch(published.get(file)?.url ?? '')
      const path = join(freshFolder(), file)
      writeFileSync(path, new Uint8Array(await response.arrayBuffer()))
      return path
    },
    folder: freshFolder,
    machine(kind) {
      const site = freshFolder()
      return { install: (file, how = {}) => installOn({ kind, file, site, ...how }) }
    },
    async close() {
      await running.stop()
      await database?.drop()
      rmSync(cacheFolderOf(url), { recursive: true, force: true })
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The collector's own logger, with nothing to say. */
function silentLog(): OpenOptions['log'] {
  const manifest = new URL('../../apps/collector/package.json', import.meta.url)
  const pino = createRequire(manifest)('pino') as (options: object) => OpenOptions['log']
  return pino({ level: 'silent' })
}
