import Database from 'better-sqlite3'
import { CompiledQuery, Kysely, SqliteDialect } from 'kysely'
import {
  CLICK_COLUMNS,
  type ClickCount,
  COUNT_COLUMNS,
  FACT_COLUMNS,
  factKey,
} from '../hot-rows.ts'
import { StoreBusyError } from '../store-errors.ts'
import type { Store, StoreOptions, Tx, VisitorJoin } from '../store-types.ts'
import type { ClickRow, FactRow, Tables } from '../tables.ts'

const RETRY_MS = 20
/** 16 MB of log between checkpoints. */
const CHECKPOINT_PAGES = 4000

/**
 * SQLite in WAL mode with `synchronous=FULL`: a commit survives kill -9 and a power cut. A lock held by
 * another process never blocks the event loop: a transaction is tried again on a timer until its deadline.
 *
 * @throws when the file cannot be opened or does not take these settings.
 */
export function openSqlite(path: string, options: StoreOptions): Store {
  const raw = new Database(path, { timeout: 0 })
  raw.pragma('journal_mode = WAL')
  raw.pragma('synchronous = FULL')
  raw.pragma('foreign_keys = ON')
  raw.pragma('cache_size = -32768')
  raw.pragma('journal_size_limit = 67108864')
  // Pages at the growing end of an index change with every commit; folded in later, each is written once.
  raw.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
  requireDurable(raw, path)
  const database = { prepare: rememberStatements(raw), close: () => raw.close() }
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) })
  const tx = hotStatements(raw, db)
  const clicks = path === ':memory:' ? raw : openClicks(path)
  let clickWriter: ClickWriter | undefined
  return {
    engine: 'sqlite',
    db,
    transaction: (work, deadlineMs = options.deadlineMs) =>
      inTransaction(db, tx, work, performance.now() + deadlineMs),
    async storeClicks(rows, counts) {
      clickWriter ??= prepareClicks(clicks)
      try {
        clickWriter(rows, counts)
      } catch (error) {
        if (isBusy(error)) throw new StoreBusyError('SQLite is locked by another process')
        throw error
      }
    },
    backup: async (target, onProgress) => {
      await raw.backup(target, {
        progress: ({ totalPages, remainingPages }) => {
          onProgress?.(totalPages - remainingPages, totalPages)
          return 1000
        },
      })
    },
    integrity: async () => raw.pragma('integrity_check', { simple: true }) === 'ok',
    close: async () => {
      if (clicks !== raw) clicks.close()
      await db.destroy()
    },
  }
}

function requireDurable(raw: Database.Database, path: string): void {
  const mode = raw.pragma('journal_mode', { simple: true })
  const synchronous = raw.pragma('synchronous', { simple: true })
  const inMemory = path === ':memory:'
  if ((mode !== 'wal' && !inMemory) || synchronous !== 2) {
    raw.close()
    throw new Error(`SQLite refused WAL with synchronous=FULL at ${path}: ${mode}, ${synchronous}`)
  }
}

/** The values of a fact in the order of {@link FACT_COLUMNS}; written out, as it runs for every event. */
function toValues(row: FactRow): (string | number | null)[] {
  const { program_id, trust, id, type, at, received, visitor, install, customer } = row
  const { order_id, lead_id, email_hash, content, verdict, bot, signed, stamps } = row
  // biome-ignore format: two lines that mirror the two above
  return [program_id, trust, id, type, at, received, visitor, install, customer,
    order_id, lead_id, email_hash, content, verdict, bot, signed, stamps]
}

type ClickWriter = (rows: readonly ClickRow[], counts: readonly ClickCount[]) => void

/**
 * Clicks have a connection of their own, whose commits wait for no disk. NORMAL and not OFF: either connection
 * may fold the log into the file, and must flush both then, or facts that were answered could be lost.
 */
function openClicks(path: string): Database.Database {
  const raw = new Database(path, { timeout: 0 })
  raw.pragma('synchronous = NORMAL')
  raw.pragma('cache_size = -8192')
  raw.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
  return raw
}

function prepareClicks(raw: Database.Database): ClickWriter {
  const click = raw.prepare(insertInto('click', CLICK_COLUMNS))
  const count = raw.prepare(
    `${insertInto('click_count', COUNT_COLUMNS)}
     on conflict (program_id, code, day, class) do update set clicks = clicks + excluded.clicks`,
  )
  const write = raw.transaction((rows: readonly ClickRow[], counts: readonly ClickCount[]) => {
    for (const row of rows) click.run(row.program_id, row.id, row.at, row.code, row.class)
    for (const row of counts) count.run(COUNT_COLUMNS.map((column) => row[column]))
  })
  return (rows, counts) => write.immediate(rows, counts)
}

function insertInto(table: string, columns: readonly string[]): string {
  return `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`
}

const MAX_STATEMENTS = 300

/** Kysely prepares each query anew; most of them are the same text again. */
function rememberStatements(raw: Database.Database): (text: string) => Database.Statement {
  const remembered = new Map<string, Database.Statement>()
  return (text) => {
    const known = remembered.get(text)
    if (known && !known.busy) return known
    const statement = raw.prepare(text)
    if (remembered.size >= MAX_STATEMENTS) remembered.clear()
    remembered.set(text, statement)
    return statement
  }
}

const JOINED = ['customer', 'install'].map(
  (column) => `select visitor,
      ${column === 'customer' ? 'customer' : 'null as customer'},
      ${column === 'install' ? 'install' : 'null as install'}
    from fact
    where program_id = @programId and visitor in (select value from json_each(@visitors))
      and visitor is not null and ${column} is not null`,
)

/** Hot inserts as one compiled statement a table; they run on the connection that holds the transaction. */
function hotStatements(raw: Database.Database, db: Kysely<Tables>): Tx {
  // Prepared at first use: the tables may not be there yet.
  let fact: Database.Statement | undefined
  let joined: Database.Statement | undefined
  let revision: Database.Statement | undefined
  return {
    async insertFacts(rows: readonly FactRow[]): Promise<Set<string>> {
      fact ??= raw.prepare(`${insertInto('fact', FACT_COLUMNS)} on conflict do nothing`)
      const inserted = new Set<string>()
      for (const row of rows) {
        const { changes } = fact.run(toValues(row))
        if (changes === 1) inserted.add(factKey(row.program_id, row.trust, row.id))
      }
      return inserted
    },
    async joinedToVisitors(programId, visitors): Promise<VisitorJoin[]> {
      if (visitors.length === 0) return []
      joined ??= raw.prepare(JOINED.join(' union '))
      return joined.all({ programId, visitors: JSON.stringify(visitors) }) as VisitorJoin[]
    },
    async revision(programId) {
      revision ??= raw.prepare('select revision from program where id = ?').pluck()
      return revision.get(programId) as number | undefined
    },
    isSoleWriter: true,
    // One writer a file: the transaction itself is the lock.
    lockSubjects: async () => {},
    lockProgram: async () => {},
    db,
  }
}

const BEGIN = CompiledQuery.raw('begin immediate')
const COMMIT = CompiledQuery.raw('commit')
const ROLLBACK = CompiledQuery.raw('rollback')

async function inTransaction<T>(
  db: Kysely<Tables>,
  hot: Tx,
  work: (tx: Tx) => Promise<T>,
  deadline: number,
): Promise<T> {
  for (;;) {
    try {
      return await db.connection().execute(async (connection) => {
        await connection.executeQuery(BEGIN)
        try {
          const result = await work({ ...hot, db: connection })
          await connection.executeQuery(COMMIT)
          return result
        } catch (error) {
          await connection.executeQuery(ROLLBACK).catch(() => {})
          throw error
        }
      })
    } catch (error) {
      if (!isBusy(error)) throw error
      if (performance.now() > deadline)
        throw new StoreBusyError('SQLite is locked by another process')
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}

function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')
}
