import { type Kysely, Kysely as KyselyClient, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
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

const LOCK_BUCKETS = 256
const MAX_RETRIES = 5

/**
 * PostgreSQL 15 or newer; any number of collectors share it. Commits wait for the synchronous standby where
 * the server has one. Transactions that lose a race (40001, 40P01) run again.
 */
export function openPostgres(url: string, options: StoreOptions): Store {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize ?? 8,
    connectionTimeoutMillis: options.deadlineMs,
    ...(options.queryTimeoutMs === undefined ? {} : { query_timeout: options.queryTimeoutMs }),
    types: { getTypeParser },
  })
  // A connection that dies while idle is replaced by the next query; without a listener it ends the process.
  pool.on('error', () => {})
  const db = new KyselyClient<Tables>({ dialect: new PostgresDialect({ pool }) })
  return {
    engine: 'postgres',
    db,
    transaction: (work) => inTransaction(db, work),
    storeClicks: (rows, counts) =>
      db.transaction().execute(async (trx) => {
        await sql`set local synchronous_commit = off`.execute(trx)
        await insertClicks(trx, rows)
        await addClickCounts(trx, counts)
      }),
    backup: async () => {
      throw new Error('Back PostgreSQL up with pg_dump or its continuous archiving')
    },
    integrity: async () => {
      await sql`select 1`.execute(db)
      return true
    },
    close: () => db.destroy(),
  }
}

/** bigint and numeric sums come back as numbers, as on SQLite; what is no safe integer is refused. */
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === pg.types.builtins.INT8 || oid === pg.types.builtins.NUMERIC) return safeInteger
  return pg.types.getTypeParser(oid, format as 'text')
}

function safeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is no safe integer`)
  return value
}

async function inTransaction<T>(db: Kysely<Tables>, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await db.transaction().execute((trx) => work(bindTx(trx)))
    } catch (error) {
      if (!isRaceLost(error)) throw error
      if (attempt === MAX_RETRIES) throw new StoreBusyError('PostgreSQL: too many lost races')
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * 2 ** attempt))
  }
}

function bindTx(trx: Kysely<Tables>): Tx {
  return {
    db: trx,
    insertFacts: (rows) => insertFacts(trx, rows),
    joinedToVisitors: (programId, visitors) => joinedToVisitors(trx, programId, visitors),
    async revision(programId) {
      const { rows } = await sql<{ revision: number }>`
        select revision from program where id = ${programId}`.execute(trx)
      return rows[0]?.revision
    },
    isSoleWriter: false,
    lockSubjects: async (programId, subjects) => {
      const buckets = new Set<number>()
      for (const subject of subjects) buckets.add(hash(`${programId} ${subject}`) % LOCK_BUCKETS)
      const keys = [...buckets].sort((a, b) => a - b)
      if (keys.length === 0) return
      await sql`select pg_advisory_xact_lock(${hash(programId)}::int, k)
        from (select unnest(${keys}::int[]) as k order by 1) as keys`.execute(trx)
    },
    lockProgram: async (programId, mode) => {
      const lock = mode === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock'
      await sql`select ${sql.raw(lock)}(${hash(programId)}::int, ${LOCK_BUCKETS}::int)`.execute(trx)
    },
  }
}

const columnArrays = <Row>(columns: readonly (keyof Row)[], rows: readonly Row[]) =>
  sql.join(
    columns.map((column) => {
      const values = rows.map((row) => row[column])
      const type =
        column === 'bot' || column === 'signed' || column === 'clicks' ? 'bigint' : 'text'
      return sql`${values}::${sql.raw(type)}[]`
    }),
  )

async function insertFacts(trx: Kysely<Tables>, rows: readonly FactRow[]): Promise<Set<string>> {
  if (rows.length === 0) return new Set()
  const { rows: inserted } = await sql<{ program_id: string; trust: string; id: string }>`
    insert into fact (${sql.raw(FACT_COLUMNS.join(', '))})
    select * from unnest(${columnArrays(FACT_COLUMNS, rows)})
    on conflict do nothing returning program_id, trust, id`.execute(trx)
  return new Set(inserted.map((row) => factKey(row.program_id, row.trust, row.id)))
}

async function joinedToVisitors(
  trx: Kysely<Tables>,
  programId: string,
  visitors: readonly string[],
): Promise<VisitorJoin[]> {
  if (visitors.length === 0) return []
  const { rows } = await sql<VisitorJoin>`
    select visitor, customer, null as install from fact
    where program_id = ${programId} and visitor = any(${visitors}::text[])
      and visitor is not null and customer is not null
    union
    select visitor, null, install from fact
    where program_id = ${programId} and visitor = any(${visitors}::text[])
      and visitor is not null and install is not null`.execute(trx)
  return rows
}

async function insertClicks(trx: Kysely<Tables>, rows: readonly ClickRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql`insert into click (${sql.raw(CLICK_COLUMNS.join(', '))})
    select * from unnest(${columnArrays(CLICK_COLUMNS, rows)})`.execute(trx)
}

async function addClickCounts(trx: Kysely<Tables>, rows: readonly ClickCount[]): Promise<void> {
  if (rows.length === 0) return
  // One order for everybody: two collectors that count the same codes must not lock crosswise.
  const sorted = [...rows].sort((a, b) => (key(a) < key(b) ? -1 : 1))
  await sql`insert into click_count (${sql.raw(COUNT_COLUMNS.join(', '))})
    select * from unnest(${columnArrays(COUNT_COLUMNS, sorted)})
    on conflict (program_id, code, day, class)
    do update set clicks = click_count.clicks + excluded.clicks`.execute(trx)
}

function key(row: ClickCount): string {
  return `${row.program_id} ${row.code} ${row.day} ${row.class}`
}

/** FNV-1a, 31 bits: the same on every collector. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  }
  return value & 0x7fffffff
}

function isRaceLost(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === '40001' || code === '40P01'
}
