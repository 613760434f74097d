import pg from 'pg'
import { expect, test } from 'vitest'
import { freshDatabase } from '../harness/postgres.ts'

test('each fresh database is empty, on a PostgreSQL of today, and gone after drop', async () => {
  const [first, second] = [await freshDatabase(), await freshDatabase()]
  expect(await rows(first.url, 'SELECT version()')).toMatch(/PostgreSQL (1[5-9]|[2-9]\d)/)
  await rows(first.url, 'CREATE TABLE facts (id text)')
  expect(await rows(second.url, `SELECT to_regclass('facts')`)).toBe('[{"to_regclass":null}]')
  await first.drop()
  await second.drop()
  await expect(rows(first.url, 'SELECT 1')).rejects.toThrow(/does not exist/)
})

async function rows(url: string, statement: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return JSON.stringify((await client.query(statement)).rows)
  } finally {
    await client.end()
  }
}
