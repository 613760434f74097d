/** A collector as it is run: the built program in a process of its own, ended by any signal. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

const PROGRAM =
  process.env['SENTBY_PROGRAM'] ?? join(import.meta.dirname, '../../apps/collector/dist/sentby.js')

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface CollectorProcess {
  url: string
  pid: number
  /** From the start of the process to its first ready answer. */
  readyMs: number
  exited: Promise<Exit>
  /** Sends a signal; resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<Exit>
  /** What it wrote to stderr, the last 64 KB. */
  log(): string
}

export interface StartOptions {
  databaseUrl: string
  env?: Record<string, string>
  /** Arguments of node itself. */
  nodeArgs?: readonly string[]
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Starts a collector on loopback and waits until it is ready.
 *
 * @throws its log, when it ends instead.
 */
export async function startCollector(options: StartOptions): Promise<CollectorProcess> {
  const { databaseUrl, env = {}, nodeArgs = [] } = options
  const start = performance.now()
  const args = [...nodeArgs, PROGRAM, 'serve', '--db', databaseUrl, '--port', '0']
  const child = spawn(process.execPath, args, {
    env: { ...process.env, RATE_LIMITS: 'off', LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  running.add(child)
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-65_536)
  })
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(child)
      resolve({ code, signal })
    })
  })
  const url = await Promise.race([
    untilItListens(child, () => log),
    exited.then(({ code }) => {
      throw new Error(`the collector ended with ${code}:\n${log}`)
    }),
  ])
  await untilReady(url)
  return {
    url,
    pid: child.pid ?? 0,
    readyMs: performance.now() - start,
    exited,
    end: (signal) => {
      child.kill(signal)
      return exited
    },
    log: () => log,
  }
}

function untilItListens(child: ChildProcess, log: () => string): Promise<string> {
  return new Promise((resolve) => {
    child.stderr?.on('data', () => {
      const line = log()
        .split('\n')
        .find((text) => text.includes('"msg":"sentby listens"') && text.endsWith('}'))
      const url: unknown = line === undefined ? undefined : JSON.parse(line).url
      if (typeof url === 'string') resolve(url)
    })
  })
}

async function untilReady(url: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { status } = await fetch(`${url}/readyz`)
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('the collector listens, but is not ready')
}
