import type { TestProject } from 'vitest/node'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

/**
 * Vitest's global setup of the projects that need PostgreSQL: they share one server for the whole run. A
 * person's own server is used instead when `SENTBY_TEST_POSTGRES` names it (a superuser's URL).
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const own = process.env['SENTBY_TEST_POSTGRES']
  if (own) {
    project.provide('postgresUrl', own)
    return async () => undefined
  }
  const shared = sharedServer()
  shared.users += 1
  shared.server ??= startPostgres()
  project.provide('postgresUrl', (await shared.server).url)
  return async () => {
    shared.users -= 1
    if (shared.users === 0) await (await shared.server)?.stop()
  }
}

type Shared = { users: number; server?: Promise<PostgresServer> }
const KEY = Symbol.for('sentby.test.postgres')

// Each project loads this file anew, all in one process: only the global object is common to them.
function sharedServer(): Shared {
  const home = globalThis as { [KEY]?: Shared }
  home[KEY] ??= { users: 0 }
  return home[KEY]
}

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
  }
}
