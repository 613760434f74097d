import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase } from '../../../test/harness/postgres.ts'
import { migrate } from '../src/migrate.ts'
import { openStore } from '../src/store.ts'
import type { Store } from '../src/store-types.ts'
import type { FactRow } from '../src/tables.ts'

export const ENGINES = ['sqlite', 'postgres'] as const
export type Engine = (typeof ENGINES)[number]

/** A migrated store over a fresh database. */
export async function openTestStore(
  engine: Engine,
): Promise<{ store: Store; url: string; close(): Promise<void> }> {
  const place = await makeDatabase(engine)
  const store = openStore(place.url)
  await migrate(store.db, engine === 'postgres')
  const close = async () => {
    await store.close()
    await place.drop()
  }
  return { store, url: place.url, close }
}

/** An empty database, and how to be rid of it. */
export async function makeDatabase(
  engine: Engine,
): Promise<{ url: string; drop(): Promise<void> }> {
  if (engine === 'postgres') return freshDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'sentby-store-'))
  const drop = async () => rmSync(folder, { recursive: true, force: true })
  return { url: `file:${join(folder, 'sentby.db')}`, drop }
}

export const NOW = '2026-11-22T10:00:00.000Z'

/** A program with nothing in it. */
export async function addProgram(store: Store, id: string): Promise<void> {
  await store.db
    .insertInto('program')
    .values({
      id,
      slug: id,
      name: id,
      currency: 'EUR',
      timezone: 'UTC',
      site: 'https://acme.test/',
      sites: '[]',
      hosts: '[]',
      settings: '{}',
      identity_secret: 'x',
      people_key: 'y',
      stamp_secret: 'z',
      revision: 1,
      decisions_revision: 0,
      created_at: NOW,
    })
    .execute()
}

/** A visit; `more` replaces columns. */
export function factRow(id: string, more: Partial<FactRow> = {}): FactRow {
  return {
    program_id: 'prg_1',
    trust: 'open',
    id,
    type: 'visit',
    at: NOW,
    received: NOW,
    visitor: 'v_1',
    install: null,
    customer: null,
    order_id: null,
    lead_id: null,
    email_hash: null,
    content: '{"type":"visit","visitor":"v_1","code":"JANE"}',
    verdict: 'accepted',
    bot: 0,
    signed: 0,
    stamps: null,
    ...more,
  }
}
