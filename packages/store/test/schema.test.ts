import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { isMigrated, migrate } from '../src/migrate.ts'
import { ENGINES, openTestStore } from './test-store.ts'

describe.each(ENGINES)('the schema on %s', (engine) => {
  test('is brought up once; a second run does nothing', async () => {
    const { store, close } = await openTestStore(engine)
    try {
      expect(await isMigrated(store.db, engine === 'postgres')).toBe(true)
      expect(await migrate(store.db, engine === 'postgres')).toEqual([])
    } finally {
      await close()
    }
  })

  test('every key begins with the program, so that it distributes by that column', async () => {
    const { store, close } = await openTestStore(engine)
    try {
      const keys = engine === 'postgres' ? await postgresKeys(store.db) : await sqliteKeys(store.db)
      expect(keys.length).toBeGreaterThan(20)
      const others = keys.filter(({ first }) => first !== 'program_id')
      // The table of programs itself is the one that every machine holds whole.
      expect(others.every(({ table }) => table === 'program')).toBe(true)
    } finally {
      await close()
    }
  })
})

test.each([
  ['customer', 'fact_customer'],
  ['visitor', 'fact_visitor'],
  ['install', 'fact_install'],
  ['order_id', 'fact_order'],
  ['lead_id', 'fact_lead'],
  ['email_hash', 'fact_email'],
])(
  'SQLite finds facts by %s through an index of that column, in an empty table too',
  async (column, index) => {
    const { store, close } = await openTestStore('sqlite')
    try {
      const { rows } = await sql<{ detail: string }>`explain query plan
      select * from fact where program_id = 'p' and ${sql.ref(column)} in ('a', 'b', 'c')
        and type in ('visit', 'code')`.execute(store.db)
      expect(rows.map((row) => row.detail).join()).toContain(`INDEX ${index}`)
    } finally {
      await close()
    }
  },
)

test('SQLite commits survive a power cut: WAL with synchronous=FULL', async () => {
  const { store, close } = await openTestStore('sqlite')
  try {
    expect((await sql`pragma journal_mode`.execute(store.db)).rows).toEqual([
      { journal_mode: 'wal' },
    ])
    expect((await sql`pragma synchronous`.execute(store.db)).rows).toEqual([{ synchronous: 2 }])
  } finally {
    await close()
  }
})

interface Key {
  table: string
  first: string
}

async function postgresKeys(db: Parameters<typeof migrate>[0]): Promise<Key[]> {
  const { rows } = await sql<Key>`
    select t.relname as "table", a.attname as "first"
    from pg_index i
    join pg_class t on t.oid = i.indrelid
    join pg_namespace n on n.oid = t.relnamespace and n.nspname = 'public'
    join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
    where t.relname not like 'kysely%'`.execute(db)
  return rows
}

async function sqliteKeys(db: Parameters<typeof migrate>[0]): Promise<Key[]> {
  const { rows } = await sql<Key>`
    select t.name as "table", c.name as "first"
    from sqlite_master t, pragma_index_list(t.name) l, pragma_index_info(l.name) c
    where t.type = 'table' and t.name not like 'kysely%' and c.seqno = 0`.execute(db)
  return rows
}
