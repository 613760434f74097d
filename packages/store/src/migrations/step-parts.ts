/** What steps of the schema share. As frozen as they are: a change here would change what was released. */
import { type Kysely, sql } from 'kysely'

/** An index with its rows in all, then rows per value of its first column, of the first two, and so on. */
export type ExpectedRows = readonly [table: string, index: string, rows: string]

/** The engine's types. Bytes decide the order of text on both (RULES F4). */
export function columnTypes(postgres: boolean): { text: string; whole: string; bytes: string } {
  return postgres
    ? { text: 'text collate "C"', whole: 'bigint', bytes: 'bytea' }
    : { text: 'text', whole: 'integer', bytes: 'blob' }
}

/**
 * SQLite knows nothing of a table until it is analysed, and takes "one program" for selective: it would read
 * every fact to find a customer's. So it is told what a grown table looks like.
 */
export async function expectRows(
  db: Kysely<unknown>,
  expected: readonly ExpectedRows[],
): Promise<void> {
  for (const [table, index, rows] of expected) {
    await sql`insert into sqlite_stat1 (tbl, idx, stat) values (${table}, ${index}, ${rows})`.execute(
      db,
    )
  }
  await sql`analyze sqlite_schema`.execute(db)
}

/** From now on the rows of these tables are never changed nor deleted. */
export async function makeAppendOnly(
  db: Kysely<unknown>,
  tables: readonly string[],
  postgres: boolean,
): Promise<void> {
  for (const table of tables) {
    for (const statement of postgres ? guardPostgres(table) : guardSqlite(table)) {
      await sql.raw(statement).execute(db)
    }
  }
}

function guardSqlite(table: string): string[] {
  return ['update', 'delete'].map(
    (verb) => `create trigger ${table}_no_${verb} before ${verb} on ${table}
      begin select raise(abort, '${table} is append-only'); end`,
  )
}

function guardPostgres(table: string): string[] {
  return [
    `create function ${table}_append_only() returns trigger language plpgsql as
      $$ begin raise exception '${table} is append-only'; end $$`,
    `create trigger ${table}_append_only before update or delete on ${table}
      for each row execute function ${table}_append_only()`,
    `create trigger ${table}_no_truncate before truncate on ${table}
      for each statement execute function ${table}_append_only()`,
  ]
}
