import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { end, root, startNode } from '../lib/room.mjs'

/** @typedef {{ url: string, pid: number | undefined, stop(signal?: NodeJS.Signals): Promise<void> }} RunningServer */

const SENTBY = join(root, 'apps/collector/dist/sentby.js')
const BARE_HONO = fileURLToPath(new URL('bare-hono.mjs', import.meta.url))

/**
 * The built collector on a database, without rate limits.
 *
 * @param {string} database path of the file.
 * @param {string} [profileFolder] where to leave a CPU profile when it stops.
 * @param {Record<string, string>} [env]
 */
export function startCollector(database, profileFolder, env = {}) {
  const profile = profileFolder ? ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] : []
  const args = [...profile, SENTBY, 'serve', '--db', `file:${database}`, '--port', '0']
  return startServer(args, { RATE_LIMITS: 'off', ...env })
}

/** @param {string} [database] path of a file, for the routes that read one. */
export function startBareHono(database) {
  return startServer([BARE_HONO, ...(database ? [database] : [])])
}

/**
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 * @returns {Promise<RunningServer>} once it has said where it listens.
 */
function startServer(args, env = {}) {
  const child = startNode('server', args, { env })
  child.stdout?.resume()
  const { stderr } = child
  return new Promise((resolve, reject) => {
    if (!stderr) throw new Error('no stderr')
    let said = ''
    createInterface(stderr).on('line', (line) => {
      if (said.length < 10_000) said += `${line}\n`
      const url = /"url":"(http:[^"]+)"/.exec(line)?.[1]
      if (url) resolve({ url, pid: child.pid, stop: (signal) => end(child, signal) })
    })
    child.once('exit', () => reject(new Error(`${args.join(' ')} ended:\n${said}`)))
  })
}
