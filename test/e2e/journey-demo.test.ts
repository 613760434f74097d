/** `serve --demo`, as `npm start` runs it: the built command, a database, nothing else. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../harness/postgres.ts'

const PROGRAM = join(import.meta.dirname, '../../apps/collector/dist/sentby.js')
const ENGINES = ['sqlite', 'postgres'] as const

interface Demo {
  shop: string
  partnerLink: string
  creditPage: string
}

interface Started {
  /** Everything that was written, both streams. */
  written(): string
  /** Waits for something to be written. */
  saw(pattern: RegExp): Promise<RegExpExecArray>
  stop(): Promise<number | null>
}

const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

function start(databaseUrl: string, ...more: string[]): Started {
  const args = [PROGRAM, ...more, 'serve', '--demo', '--port', '0', '--db', databaseUrl]
  const env = { ...process.env, DEMO_PORT: '0', PUBLIC_URL: '', LOG_LEVEL: 'info' }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  running.push(child)
  let written = ''
  child.stdout.on('data', (chunk) => {
    written += chunk
  })
  child.stderr.on('data', (chunk) => {
    written += chunk
  })
  return {
    written: () => written,
    async saw(pattern) {
      for (;;) {
        const found = pattern.exec(written)
        if (found) return found
        if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${written}`)
        await Promise.race([
          once(child.stdout, 'data'),
          once(child.stderr, 'data'),
          once(child, 'exit'),
        ])
      }
    },
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
      return child.exitCode
    },
  }
}

/** The demo's places, from the one JSON value that `--json` prints. */
async function demoOf(started: Started): Promise<Demo> {
  const [json] = await started.saw(/^\{"shop":.*\}$/m)
  return JSON.parse(json) as Demo
}

async function withDatabase(engine: 'sqlite' | 'postgres', work: (url: string) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), 'sentby-demo-'))
  const postgres = engine === 'postgres' ? await freshDatabase() : undefined
  try {
    await work(postgres?.url ?? `file:${join(folder, 'sentby.db')}`)
  } finally {
    for (const child of running.splice(0)) child.kill('SIGKILL')
    await postgres?.drop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Where a link leads, without following it. */
async function destination(link: string): Promise<string | null> {
  const response = await fetch(link, { redirect: 'manual' })
  return response.headers.get('location')
}

describe.each(ENGINES)('on an empty database, %s', (engine) => {
  test('the shop opens, a partner’s link leads there, and a second start finds all of it again', () =>
    withDatabase(engine, async (url) => {
      const first = start(url, '--json')
      const demo = await demoOf(first)
      expect(await destination(demo.partnerLink)).toBe(`${demo.shop}?via=JANE`)
      const page = await (await fetch(demo.creditPage)).text()
      expect(page).toContain(demo.partnerLink)
      expect(page).toContain('Not a customer yet')
      expect(await first.stop()).toBe(0)
      expect(first.written()).not.toMatch(/[sp]k_/)

      const second = start(url, '--json')
      const again = await demoOf(second)
      expect(await destination(again.partnerLink)).toBe(`${again.shop}?via=JANE`)
      const spring = again.partnerLink.replace('JANE', 'MAXSPRING')
      expect(await destination(spring)).toBe(`${again.shop}?via=MAXSPRING#pricing`)
      expect(await second.stop()).toBe(0)
    }))
})

test('beside a SQLite file its keys are kept for their owner alone, and they are valid', () =>
  withDatabase('sqlite', async (url) => {
    const demo = start(url)
    await demo.saw(/Who gets credit {2}http\S+\/credit/)
    const file = `${url.slice('file:'.length)}.demo.json`
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const { secretKey } = JSON.parse(readFileSync(file, 'utf8')) as { secretKey: string }
    const [, collector] = await demo.saw(/"url":"([^"]+)"/)
    const headers = { authorization: `Bearer ${secretKey}` }
    const response = await fetch(`${collector}/v1/partners`, { headers })
    const { data } = (await response.json()) as { data: { name: string }[] }
    expect(data.map(({ name }) => name).sort()).toEqual([
      "Jane's Blog (demo)",
      "Max's Web Studio (demo)",
      'The Invoice Podcast (demo)',
    ])
    expect(await demo.stop()).toBe(0)
  }))

test('without its key file the demo makes new keys', () =>
  withDatabase('sqlite', async (url) => {
    const first = start(url)
    await first.saw(/Who gets credit/)
    await first.stop()
    rmSync(`${url.slice('file:'.length)}.demo.json`)
    const second = start(url, '--json')
    const { creditPage } = await demoOf(second)
    expect((await fetch(creditPage)).status).toBe(200)
    expect(await second.stop()).toBe(0)
  }))

test('a database with a program of its own is served and gets no demo', () =>
  withDatabase('sqlite', async (url) => {
    const init = [PROGRAM, 'init', '--program', 'own', '--db', url, '--json']
    await promisify(execFile)(process.execPath, init)
    const started = start(url)
    await started.saw(/the demo is made in an empty one only/)
    const [, collector] = await started.saw(/"url":"([^"]+)"/)
    expect((await fetch(`${collector}/healthz`)).status).toBe(200)
    expect(started.written()).not.toContain('Demo shop')
    expect(await started.stop()).toBe(0)
  }))
