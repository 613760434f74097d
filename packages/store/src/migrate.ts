import { type Kysely, type Migration, Migrator } from 'kysely'
import { STEPS } from './migrations/index.ts'
import type { Tables } from './tables.ts'

/**
 * Brings the schema up to date; safe to run again and, on PostgreSQL, from several collectors at once.
 *
 * @returns the names of the steps that were run now.
 * @throws the database's error of the step that failed; what that step did is rolled back.
 */
export async function migrate(db: Kysely<Tables>, postgres: boolean): Promise<string[]> {
  const { error, results } = await migrator(db, postgres).migrateToLatest()
  if (error) throw error
  return (results ?? []).map((result) => result.migrationName)
}

/** Whether every step of this version has been run. */
export async function isMigrated(db: Kysely<Tables>, postgres: boolean): Promise<boolean> {
  const steps = await migrator(db, postgres).getMigrations()
  return steps.every((step) => step.executedAt !== undefined)
}

function migrator(db: Kysely<Tables>, postgres: boolean): Migrator {
  const migrations: Record<string, Migration> = {}
  for (const [name, step] of Object.entries(STEPS)) {
    migrations[name] = { up: (target: Kysely<unknown>) => step.up(target, postgres) }
  }
  return new Migrator({ db, provider: { getMigrations: async () => migrations } })
}
