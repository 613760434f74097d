/** A real collector on loopback with a database and a clock of its own, for as long as a story takes. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PROGRAM =
  process.env.SENTBY_PROGRAM ?? join(import.meta.dirname, '../../apps/collector/dist/sentby.js')

/** The collector said no; `code` is its word for why. */
class Refused extends Error {
  constructor(method, path, problem) {
    super(`${method} ${path}: ${JSON.stringify(problem)}`)
    this.code = problem.code
  }
}

/**
 * Starts a collector with one new program.
 *
 * @param {object} wish
 * @param {string} wish.program the slug
 * @param {string} wish.currency
 * @param {string} wish.timezone
 * @param {string} wish.now ISO-8601; the collector's clock starts there
 * @param {string} [wish.databaseUrl] an empty PostgreSQL database; default: an SQLite file that goes at the end
 */
export async function startCollector({ program, currency, timezone, now, databaseUrl }) {
  if (!existsSync(PROGRAM)) throw new Error('There is no collector here yet: npm run setup')
  const folder = await mkdtemp(join(tmpdir(), 'sentby-rehearsal-'))
  const sentby = commandLine(folder, databaseUrl || `file:${join(folder, 'sentby.db')}`)
  const flags = ['--program', program, '--currency', currency, '--timezone', timezone]
  const { secretKey, publishableKey } = await sentby.run('init', ...flags)
  const serving = await sentby.serve()
  const ask = apiOf(serving.url, secretKey)
  let aheadMs = 0
  const collector = {
    endpoint: serving.url,
    secretKey,
    publishableKey,
    /** Asks with the secret key; sends JSON, or a text as CSV. */
    ask,
    /** The collector's time in milliseconds since 1970: the clock of whoever talks to it has to agree. */
    now: () => Date.now() + aheadMs,
    /** The day in the program's time zone: "2026-03-31" */
    today: () => new Date(collector.now()).toLocaleDateString('sv', { timeZone: timezone }),
    /** Moves the clock: what is told from now on happens then. */
    async goTo(time) {
      await ask('PUT', '/v1/test-clock', { now: time })
      aheadMs = Date.parse(time) - Date.now()
    },
    /** Moves the clock, and does what a running collector does by itself within half a minute. */
    async waitUntil(time) {
      await collector.goTo(time)
      return runJobs(sentby, time)
    },
    /** `sentby check`: rewards, balances and the ledger fit the facts. Throws what differs. */
    check: () => sentby.run('check', '--program', program),
    async stop() {
      await serving.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  await collector.goTo(now)
  return collector
}

/** Jobs may be run again at any time; SQLite refuses them while the collector beside them writes. */
async function runJobs(sentby, time) {
  for (let tries = 1; ; tries++) {
    try {
      return await sentby.run('jobs', 'run', '--as-of', time)
    } catch (error) {
      if (tries === 5 || !/database is locked/.test(error.message)) throw error
    }
  }
}

/** The program `sentby`, in a folder and an environment of its own: your settings say nothing here. */
function commandLine(folder, databaseUrl) {
  const start = (args) =>
    spawn(process.execPath, [PROGRAM, ...args], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        // What a collector keeps in files goes with the folder.
        TMPDIR: folder,
        DATABASE_URL: databaseUrl,
        SENTBY_TEST_CLOCK: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  return {
    async run(...args) {
      const child = start([...args, '--json'])
      const said = listenTo(child)
      const code = await said.ended
      if (code !== 0) throw new Error(`sentby ${args.join(' ')} ended with ${code}: ${said.all()}`)
      return JSON.parse(said.stdout())
    },
    async serve() {
      const child = start(['serve', '--port', '0'])
      const said = listenTo(child)
      process.once('exit', () => child.kill())
      const stop = () => {
        child.kill()
        return said.ended
      }
      return { url: await said.url, stop }
    },
  }
}

function listenTo(child) {
  const out = { stdout: '', stderr: '' }
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const all = () => out.stderr + out.stdout
  const url = new Promise((resolve, reject) => {
    for (const stream of ['stdout', 'stderr']) {
      child[stream].setEncoding('utf8').on('data', (text) => {
        out[stream] += text
        const line = /^.*"msg":"sentby listens".*$/m.exec(out.stderr)
        if (line?.[0].endsWith('}')) resolve(JSON.parse(line[0]).url)
      })
    }
    ended.then(() => reject(new Error(all())), reject)
  })
  // Only a server has one.
  url.catch(() => {})
  return { ended, all, url, stdout: () => out.stdout }
}

function apiOf(endpoint, key) {
  return async (method, path, body, idempotencyKey) => {
    const isText = typeof body === 'string'
    const response = await fetch(`${endpoint}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body && { 'content-type': isText ? 'text/csv' : 'application/json' }),
        ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
      },
      ...(body && { body: isText ? body : JSON.stringify(body) }),
    })
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    const answer = isJson ? await response.json() : await response.text()
    if (!response.ok) throw new Refused(method, path, answer)
    return answer
  }
}
