import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
// Tells the type of what the setup provides.
import type {} from './postgres-setup.ts'

/** A database of one test file: `url` connects to it, `drop` ends its connections and removes it. */
export type FreshDatabase = { url: string; drop: () => Promise<void> }

/**
 * Makes an empty PostgreSQL database with a random name on the run's server. Only for tests of the projects
 * store, collector and e2e: the others start no server.
 *
 * @example
 * const database = await freshDatabase()
 * afterAll(database.drop)
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = inject('postgresUrl')
  const name = `sentby_${randomBytes(8).toString('hex')}`
  await execute(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: () => execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
