/**
 * The configuration in memory: programs, keys, codes, links, partners. Redirects and key checks read it
 * without a database; a transaction asks for the exact revision that it runs under.
 */
import { createHash } from 'node:crypto'
import {
  type ConfigurationNews,
  configurationSince,
  programRevisions,
  type Store,
  type Tx,
} from '@sentby/store'
import { copyEntry, type Entry, merge, type ProgramConfig } from './program-config.ts'

/** A key that was found. */
export interface KnownKey {
  programId: string
  keyId: string
  kind: 'publishable' | 'secret'
}

export class Directory {
  readonly #store: Store
  readonly #entries = new Map<string, Entry>()
  readonly #bySlug = new Map<string, string>()
  readonly #keys = new Map<string, KnownKey>()
  /** Hashes of keys seen before; only real keys get in, so it stays small. */
  readonly #hashes = new Map<string, string>()
  #refreshing: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(store: Store) {
    this.#store = store
  }

  /**
   * Reads the programs whose revision changed. Calls at the same time share one look; none shares a look that
   * was begun before the call.
   */
  refresh(): Promise<void> {
    if (!this.#refreshing) {
      this.#refreshing = this.#refresh().finally(() => {
        this.#refreshing = undefined
      })
      return this.#refreshing
    }
    this.#next ??= this.#refreshing
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        return this.refresh()
      })
    return this.#next
  }

  async #refresh(): Promise<void> {
    for (const { id, revision } of await programRevisions(this.#store.db)) {
      const known = this.#entries.get(id)
      if (known && known.row.revision >= revision) continue
      const news = await configurationSince(this.#store.db, id, known?.row.revision ?? -1)
      if (news) this.#take(news)
    }
  }

  /**
   * The configuration exactly as the transaction sees it. Lock the program first, so that it stays so.
   *
   * @throws when there is no such program.
   */
  async within(tx: Tx, programId: string): Promise<ProgramConfig> {
    const known = this.#entries.get(programId)
    const revision = await tx.revision(programId)
    if (known && known.row.revision === revision) return known
    // A transaction that is rolled back must leave no trace here, so news are merged into a copy.
    const news = await configurationSince(tx.db, programId, known?.row.revision ?? -1)
    if (!news) throw new Error(`no program ${programId}`)
    return merge(known ? copyEntry(known) : undefined, news)
  }

  program(id: string): ProgramConfig | undefined {
    return this.#entries.get(id)
  }

  bySlug(slug: string): ProgramConfig | undefined {
    const id = this.#bySlug.get(slug)
    return id === undefined ? undefined : this.#entries.get(id)
  }

  /** The only program, where there is just one (CONTRACT §4.2). */
  only(): ProgramConfig | undefined {
    if (this.#entries.size !== 1) return undefined
    for (const entry of this.#entries.values()) return entry
    return undefined
  }

  /** The program that owns a host. */
  byHost(host: string): ProgramConfig | undefined {
    for (const entry of this.#entries.values()) if (entry.hosts.has(host)) return entry
    return undefined
  }

  programs(): Iterable<ProgramConfig> {
    return this.#entries.values()
  }

  /** The key, if it is known here and not revoked. */
  key(text: string): KnownKey | undefined {
    let hash = this.#hashes.get(text)
    if (hash === undefined) {
      hash = hashKey(text)
      if (this.#keys.has(hash)) this.#hashes.set(text, hash)
    }
    return this.#keys.get(hash)
  }

  #take(news: ConfigurationNews): void {
    const { id, slug } = news.program
    const before = this.#entries.get(id)
    for (const key of before?.keys ?? []) this.#keys.delete(key.hash)
    if (before) this.#bySlug.delete(before.row.slug)
    this.#entries.set(id, merge(before, news))
    this.#bySlug.set(slug, id)
    for (const key of news.keys) {
      if (key.revoked_at !== null) continue
      this.#keys.set(key.hash, { programId: id, keyId: key.id, kind: key.kind })
    }
  }
}

/** How a key is stored and looked up. */
export function hashKey(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
