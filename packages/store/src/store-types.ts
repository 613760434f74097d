import type { Kysely } from 'kysely'
import type { ClickCount } from './hot-rows.ts'
import type { ClickRow, FactRow, Tables } from './tables.ts'

/** A customer or an installation that facts join to a visitor; one of the two is null. */
export interface VisitorJoin {
  visitor: string
  customer: string | null
  install: string | null
}

/** What runs inside one transaction. Never use the store's own `db` in there: on SQLite it waits for ever. */
export interface Tx {
  db: Kysely<Tables>
  /**
   * Inserts facts whose id is free.
   *
   * @returns the keys (`factKey`) of those that were inserted; the others existed.
   */
  insertFacts(rows: readonly FactRow[]): Promise<Set<string>>
  /** What facts join these visitors to: customers, and installations. */
  joinedToVisitors(programId: string, visitors: readonly string[]): Promise<VisitorJoin[]>
  /** The program's revision as this transaction sees it, or `undefined` when there is no such program. */
  revision(programId: string): Promise<number | undefined>
  /** Nobody else writes while this transaction lasts (SQLite): no subject needs a lock. */
  isSoleWriter: boolean
  /** Makes this transaction the one writer of these subjects until it ends (RULES F6). */
  lockSubjects(programId: string, subjects: Iterable<string>): Promise<void>
  /** `shared`: configuration stays as it is; `exclusive`: nobody ingests meanwhile. Before any subject. */
  lockProgram(programId: string, mode: 'shared' | 'exclusive'): Promise<void>
}

export interface StoreOptions {
  /** How long a transaction waits for a lock, unless it says otherwise. */
  deadlineMs: number
  /** Connections to PostgreSQL. */
  poolSize?: number
  /** How long one query to PostgreSQL may take before its caller gives up; nothing is cancelled. */
  queryTimeoutMs?: number
}

/** The database behind one door; SQLite and PostgreSQL keep the same promises. */
export interface Store {
  engine: 'sqlite' | 'postgres'
  /** For reads outside a transaction. */
  db: Kysely<Tables>
  /**
   * Runs `work` in one transaction and commits; answered facts are durable after that.
   *
   * @throws StoreBusyError when the lock was not had by the deadline; nothing was written then.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>, deadlineMs?: number): Promise<T>
  /**
   * Stores clicks and their counts in one commit of its own. It is not flushed to the disk: kill -9 loses
   * nothing, a power cut the last clicks (RULES F7).
   *
   * @throws StoreBusyError when somebody else writes; try again later.
   */
  storeClicks(rows: readonly ClickRow[], counts: readonly ClickCount[]): Promise<void>
  /** Copies the database into a file while it is in use (SQLite; PostgreSQL has its own tools). */
  backup(target: string, onProgress?: (done: number, total: number) => void): Promise<void>
  /** Asks the engine to check its own pages. */
  integrity(): Promise<boolean>
  close(): Promise<void>
}
