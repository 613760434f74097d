import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { end, startNode } from '../lib/room.mjs'

/** @typedef {ReturnType<typeof startRawSqlite>} RawSqlite */

/**
 * Raw better-sqlite3 in a process of its own, on the core where the collector runs.
 *
 * @param {string} path the database that it writes.
 */
export function startRawSqlite(path) {
  const child = startNode('server', [fileURLToPath(new URL('raw-sqlite.mjs', import.meta.url))], {
    ipc: true,
  })
  return {
    /**
     * Stores what the collector received from an instant on.
     *
     * @param {string} from the collector's database.
     * @param {string} since
     * @param {number} perCommit
     * @param {number} durationMs
     * @returns {Promise<{ stored: number, perSecond: number, perCpuSecond: number }>} rows.
     */
    async storeAgain(from, since, perCommit, durationMs) {
      child.send({ path, from, since, perCommit, durationMs })
      const [result] = await once(child, 'message')
      return result
    },
    stop: () => end(child),
  }
}
