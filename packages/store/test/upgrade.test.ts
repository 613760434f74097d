import { type Kysely, type Migration, Migrator, sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { leadsById, openStore, type Store } from '../src/index.ts'
import { migrate } from '../src/migrate.ts'
import { STEPS } from '../src/migrations/index.ts'
import { ENGINES, type Engine, makeDatabase, openTestStore } from './test-store.ts'

/** The first step that knows money; its tables are full in the field. */
const MONEY = '2026-11-26-money'

describe.each(ENGINES)('a database of an older version on %s', (engine) => {
  test.each([MONEY, '2026-11-27-money-unread'])(
    'with rows in every table at %s keeps them all and gets the schema of a new one',
    async (step) => {
      const place = await makeDatabase(engine)
      const store = openStore(place.url)
      const fresh = await openTestStore(engine)
      try {
        await migrateTo(store, engine, step)
        const tables = await tablesOf(store, engine)
        await fill(store, engine, tables)
        const before = await countsOf(store, tables)
        expect(Object.values(before)).toEqual(tables.map(() => 2))

        const done = await migrate(store.db, engine === 'postgres')
        expect(done).toEqual(Object.keys(STEPS).filter((name) => name > step))
        expect(await countsOf(store, tables)).toEqual(before)
        expect(await schemaOf(store, engine)).toEqual(await schemaOf(fresh.store, engine))
        // What the leads' facts say is read when somebody asks.
        const [lead] = await leadsById(store.db, 'a', ['a'])
        expect(lead).toMatchObject({ status: 'new', filed_at: 'a', created_at: 'a', stale: 1 })
      } finally {
        await store.close()
        await place.drop()
        await fresh.close()
      }
    },
  )
})

test('the steps stand in the order in which they run', () => {
  expect(Object.keys(STEPS)).toEqual(Object.keys(STEPS).sort())
})

async function migrateTo({ db }: Store, engine: Engine, step: string): Promise<void> {
  const migrations: Record<string, Migration> = {}
  for (const [name, { up }] of Object.entries(STEPS)) {
    migrations[name] = { up: (target: Kysely<unknown>) => up(target, engine === 'postgres') }
  }
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error } = await migrator.migrateTo(step)
  if (error) throw error
}

async function tablesOf({ db }: Store, engine: Engine): Promise<string[]> {
  const { rows } = await (engine === 'postgres'
    ? sql<{ name: string }>`select table_name as name from information_schema.tables
        where table_schema = 'public' order by 1`
    : sql<{ name: string }>`select name from sqlite_master
        where type = 'table' and name not like 'sqlite_%' order by 1`
  ).execute(db)
  return rows.map(({ name }) => name).filter((name) => !name.startsWith('kysely_'))
}

interface Column {
  name: string
  type: string
}

async function columnsOf({ db }: Store, engine: Engine, table: string): Promise<Column[]> {
  const { rows } = await (engine === 'postgres'
    ? sql<Column>`select column_name as name, data_type as type from information_schema.columns
        where table_schema = 'public' and table_name = ${table} order by 1`
    : sql<Column>`select name, lower(type) as type from pragma_table_info(${table}) order by 1`
  ).execute(db)
  return rows
}

/** Two rows a table, each of one letter and zeros, so that every foreign key finds its own. */
async function fill(store: Store, engine: Engine, tables: readonly string[]): Promise<void> {
  let pending = tables.flatMap((table) => ['a', 'b'].map((letter) => ({ table, letter })))
  while (pending.length > 0) {
    const left: typeof pending = []
    let reason: unknown
    for (const row of pending) {
      const columns = await columnsOf(store, engine, row.table)
      const values = columns.map((column) => sql`${cellOf(row.table, column, row.letter)}`)
      const names = columns.map(({ name }) => sql.ref(name))
      try {
        await sql`insert into ${sql.table(row.table)} (${sql.join(names)})
          values (${sql.join(values)})`.execute(store.db)
      } catch (error) {
        // What it refers to is not there yet.
        reason = error
        left.push(row)
      }
    }
    if (left.length === pending.length) throw reason
    pending = left
  }
}

function cellOf(table: string, { name, type }: Column, letter: string): unknown {
  if (table === 'fact' && name === 'type') return 'lead'
  if (/int/.test(type)) return 0
  return /blob|bytea/.test(type) ? Buffer.from(letter) : letter
}

async function countsOf({ db }: Store, tables: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const table of tables) {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from ${sql.table(table)}`.execute(db)
    counts[table] = Number(rows[0]?.count)
  }
  return counts
}

/** Columns of every table, and every index (on SQLite every trigger too) as it was made. */
async function schemaOf(store: Store, engine: Engine): Promise<unknown> {
  const tables = await tablesOf(store, engine)
  const columns: Record<string, Column[]> = {}
  for (const table of tables) columns[table] = await columnsOf(store, engine, table)
  const indexes = await (engine === 'postgres'
    ? sql`select indexdef as made from pg_indexes where schemaname = 'public' order by indexname`
    : sql`select name, sql as made from sqlite_master where type in ('index', 'trigger') order by name`
  ).execute(store.db)
  return { columns, indexes: indexes.rows }
}
