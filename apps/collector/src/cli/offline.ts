import { isMigrated, openStore, type Store } from '@sentby/store'
import type { Command } from 'commander'
import { systemClock } from '../services/clock.ts'
import type { ConfigureDeps } from '../services/configuration/change.ts'
import { Directory } from '../services/directory.ts'
import type { ProgramConfig } from '../services/program-config.ts'
import { Refusal } from '../services/refusal.ts'
import { type CliContext, configOf } from './io.ts'

/** What a command has that works on the database itself, beside a running collector or without one. */
export interface Offline extends ConfigureDeps {
  program: ProgramConfig
}

/**
 * Opens the database, finds the program, runs `work` and closes.
 *
 * @throws Refusal `not_found` when there is no such program.
 */
export function withProgram<T>(
  context: CliContext,
  command: Command,
  slug: string,
  work: (offline: Offline) => Promise<T>,
): Promise<T> {
  return withStore(context, command, async (store) => {
    if (!(await isMigrated(store.db, store.engine === 'postgres'))) {
      throw new Refusal('not_found', { detail: 'the database is empty or older; sentby migrate' })
    }
    const directory = new Directory(store)
    await directory.refresh()
    const program = directory.bySlug(slug)
    if (!program) throw new Refusal('not_found', { detail: `there is no program ${slug}` })
    const { publicUrl, host, port } = configOf(context, command)
    const url = publicUrl ?? `http://${host}:${port}`
    return work({ store, directory, clock: systemClock, publicUrl: () => url, program })
  })
}

/** Opens the database, runs `work` and closes. */
export async function withStore<T>(
  context: CliContext,
  command: Command,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = openStore(configOf(context, command).databaseUrl)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
