import { type Kysely, sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { leadsById, staleLeads } from '../src/index.ts'
import { up } from '../src/migrations/2026-11-28-leads.ts'
import { addProgram, ENGINES, factRow, openTestStore } from './test-store.ts'

describe.each(ENGINES)('leads on %s', (engine) => {
  test('the step that makes their table notes those that facts know, to be read', async () => {
    const { store, close } = await openTestStore(engine)
    try {
      await addProgram(store, 'p')
      const fact = (id: string, lead_id: string, at: string) => {
        const about = { type: 'lead', visitor: null, lead_id, at, received: at }
        return factRow(id, { program_id: 'p', trust: 'secret', ...about })
      }
      const [first, later] = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'] as const
      await store.transaction((tx) =>
        tx.insertFacts([fact('b', 'l1', later), fact('a', 'l1', first), fact('c', 'l2', later)]),
      )
      await sql`drop table lead`.execute(store.db)
      // A step knows no tables: it comes before what the program knows.
      const db: unknown = store.db
      await up(db as Kysely<unknown>, engine === 'postgres')
      const rows = await leadsById(store.db, 'p', ['l1', 'l2', 'l3'])
      expect(rows.map((row) => [row.id, row.created_at, row.stale]).sort()).toEqual([
        ['l1', first, 1],
        ['l2', later, 1],
      ])
      expect((await staleLeads(store.db, 'p', 10)).sort()).toEqual(['l1', 'l2'])
      expect(await staleLeads(store.db, 'p', 1)).toHaveLength(1)
    } finally {
      await close()
    }
  })
})

test('SQLite finds lists, duplicates and stale leads through their indexes', async () => {
  const { store, close } = await openTestStore('sqlite')
  try {
    const plan = async (query: ReturnType<typeof sql>) => {
      const { rows } = await sql<{ detail: string }>`explain query plan ${query}`.execute(store.db)
      return rows.map(({ detail }) => detail).join('\n')
    }
    expect(
      await plan(sql`select * from lead where program_id = 'p' and status = 'new'
        order by created_at desc, id desc limit 50`),
    ).toMatch(/INDEX lead_status \(program_id=\? AND status=\?\)$/)
    expect(
      await plan(sql`select * from lead where program_id = 'p'
        order by created_at desc, id desc limit 50`),
    ).toMatch(/INDEX lead_created \(program_id=\?\)$/)
    expect(await plan(sql`select id from lead where program_id = 'p' and stale = 1`)).toContain(
      'INDEX lead_stale',
    )
    const shared = await plan(sql`select * from lead where program_id = 'p' and exists (
      select 1 from lead as other where other.program_id = lead.program_id
        and other.domain_hash = lead.domain_hash and other.id <> lead.id)`)
    expect(shared).toMatch(/other .*INDEX lead_domain \(program_id=\? AND domain_hash=\?\)/)
  } finally {
    await close()
  }
})
