import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { openPostgres } from './dialects/postgres.ts'
import { openSqlite } from './dialects/sqlite.ts'
import type { Store, StoreOptions } from './store-types.ts'

/** How a transaction waits where nobody says otherwise. */
const DEFAULTS: StoreOptions = { deadlineMs: 5000 }

/**
 * Opens the database that a URL names: `file:./data/sentby.db`, `file::memory:` or `postgres://…`.
 *
 * @throws RangeError when the URL names neither engine; otherwise what the engine says.
 */
export function openStore(url: string, options: Partial<StoreOptions> = {}): Store {
  const settings = { ...DEFAULTS, ...options }
  if (/^postgres(ql)?:\/\//.test(url)) return openPostgres(url, settings)
  if (!url.startsWith('file:'))
    throw new RangeError('DATABASE_URL must be file:PATH or postgres://…')
  const path = sqlitePath(url)
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
  return openSqlite(path, settings)
}

/** The path in a `file:` URL; `file:./x`, `file:/x` and `file:///x` are all understood. */
export function sqlitePath(url: string): string {
  return url.slice('file:'.length).replace(/^\/\/(?=\/)/, '')
}
