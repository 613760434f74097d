/** The place where the measurements happen: a folder on a real disk, and processes that are ended at the end. */
import { spawn, spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Resolves what the collector depends on: the baselines use the very same versions. */
export const requireOfCollector = createRequire(join(root, 'apps/collector/package.json'))

const TMPFS = 0x01021994

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()
/** @type {Set<string>} */
const folders = new Set()

/** A new folder, deleted at the end, where an fsync reaches a disk. */
export function makeFolder() {
  let parent = tmpdir()
  if (statfsSync(parent).type === TMPFS) {
    parent = join(root, 'data')
    mkdirSync(parent, { recursive: true })
  }
  const folder = mkdtempSync(join(parent, 'sentby-bench-'))
  folders.add(folder)
  return folder
}

/** Copies a closed database. @param {string} from @param {string} to */
export function copyFile(from, to) {
  cpSync(from, to)
  return to
}

/** One core for the servers, another for whoever loads them; none where that can't be had. */
const cores = findCores()

function findCores() {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    const all = (list ?? '').split(',').flatMap((range) => {
      const [from = 0, to = from] = range.split('-').map(Number)
      return Array.from({ length: to - from + 1 }, (_, index) => from + index)
    })
    const hasTaskset = spawnSync('taskset', ['--version']).status === 0
    if (all.length >= 2 && hasTaskset) return { server: all[0], client: all[1] }
  } catch {
    // No Linux: the system places the processes.
  }
  return undefined
}

export const pinning = cores
  ? `servers on core ${cores.server}, load on core ${cores.client}`
  : 'processes not pinned'

/**
 * Starts Node on the core of its side.
 *
 * @param {'server' | 'client'} side
 * @param {string[]} args
 * @param {StartOptions} [options]
 */
export function startNode(side, args, options) {
  return startProgram(side, [process.execPath, ...args], options)
}

/** @typedef {{ ipc?: boolean, env?: Record<string, string> }} StartOptions */

/**
 * Starts a program on the core of its side.
 *
 * @param {'server' | 'client'} side
 * @param {string[]} line the program and its arguments.
 * @param {StartOptions} [options]
 */
export function startProgram(side, line, { ipc = false, env = {} } = {}) {
  const pin = cores ? ['taskset', '-c', String(cores[side])] : []
  const [command = '', ...rest] = [...pin, ...line]
  const child = spawn(command, rest, {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ipc ? ['ignore', 'ignore', 'inherit', 'ipc'] : ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/**
 * Ends a process and waits until it is gone.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} [signal]
 */
export async function end(child, signal = 'SIGTERM') {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await gone
  clearTimeout(late)
}

/** Ends what still runs and deletes what was written. */
export async function leaveRoom() {
  await Promise.all([...running].map((child) => end(child)))
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  folders.clear()
}

/**
 * How long a process has used a core, and how long it has waited for one because others used it; NaN where
 * the system does not tell.
 *
 * @param {number | undefined} pid
 * @returns {{ used: number, waited: number }} seconds, of all its threads.
 */
export function coreSeconds(pid) {
  const sum = { used: 0, waited: 0 }
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const [used, waited] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(
        ' ',
      )
      sum.used += Number(used) / 1e9
      sum.waited += Number(waited) / 1e9
    }
    return sum
  } catch {
    return { used: NaN, waited: NaN }
  }
}

/**
 * Resident memory of a process in bytes.
 *
 * @param {number | undefined} pid
 */
export function residentBytes(pid) {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })
  return Number(stdout) * 1024
}
