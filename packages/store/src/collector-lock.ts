/** One collector a SQLite file, by a lock of the operating system that dies with the process. */
import Database from 'better-sqlite3'
import { sqlitePath } from './store.ts'

/** Another collector serves this file. */
export class StoreInUseError extends Error {
  override readonly name = 'StoreInUseError'
}

/**
 * Takes the file for this process until `release`. PostgreSQL and databases in memory need no lock. The CLI may
 * write beside a collector; two collectors may not share a file, as each counts and caches on its own.
 *
 * @throws StoreInUseError when another process holds it.
 */
export function lockForCollector(url: string): { release(): void } {
  const path = url.startsWith('file:') ? sqlitePath(url) : ':memory:'
  if (path === ':memory:') return { release: () => {} }
  const lock = new Database(`${path}.lock`, { timeout: 0 })
  try {
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    const busy = error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY'
    if (!busy) throw error
    throw new StoreInUseError(`another collector serves ${path}`)
  }
  return { release: () => lock.close() }
}
