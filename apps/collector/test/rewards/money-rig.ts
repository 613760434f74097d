/** Databases on which thousands of small programs live one after the other, without a listener. */
import { migrate, openStore, type Store } from '@sentby/store'
import { freshDatabase } from '../../../../test/harness/postgres.ts'
import { Directory } from '../../src/services/directory.ts'
import { Committer } from '../../src/services/ingest/committer.ts'
import type { ProgramConfig } from '../../src/services/program-config.ts'
import type { Engine } from '../test-collector.ts'

/** A collector looks at every program of its database; after so many a fresh one costs less. */
const PROGRAMS_AT_ONCE = 80

/** A collector's services on one database, as far as money goes, with a clock that its user sets. */
export interface Services {
  store: Store
  directory: OwnDirectory
  committer: Committer
  clock: { now(): number; set(ms: number): void }
  publicUrl: () => string
}

/** Jobs go through all programs of a directory; here through the one that is at work. */
export class OwnDirectory extends Directory {
  own = ''

  override programs(): Iterable<ProgramConfig> {
    const program = this.program(this.own)
    return program ? [program] : []
  }
}

/** Gives services on a database that is never too full. */
export class MoneyRig {
  readonly #engine: Engine
  #services: Services | undefined
  #drop: () => Promise<void> = async () => {}
  #programs = 0

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** @param programs that are about to be made. */
  async take(programs: number): Promise<Services> {
    this.#programs += programs
    if (this.#services && this.#programs <= PROGRAMS_AT_ONCE) return this.#services
    await this.close()
    this.#programs = programs
    const { url, drop } = await makeDatabase(this.#engine)
    this.#drop = drop
    const store = openStore(url)
    await migrate(store.db, this.#engine === 'postgres')
    this.#services = servicesOn(store)
    return this.#services
  }

  async close(): Promise<void> {
    await this.#services?.store.close()
    await this.#drop()
    this.#services = undefined
    this.#drop = async () => {}
  }
}

function servicesOn(store: Store): Services {
  const directory = new OwnDirectory(store)
  let nowMs = 0
  const clock = {
    now: () => nowMs,
    set(ms: number) {
      nowMs = ms
    },
  }
  const committer = new Committer({ store, directory, clock, config: { secrets: [] } })
  return { store, directory, committer, clock, publicUrl: () => 'http://go.acme.test' }
}

async function makeDatabase(engine: Engine): Promise<{ url: string; drop(): Promise<void> }> {
  if (engine === 'postgres') return freshDatabase()
  return { url: 'file::memory:', drop: async () => {} }
}
