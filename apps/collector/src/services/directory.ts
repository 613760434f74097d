/**
 * The configuration in memory: programs, keys, codes, links, partners. Redirects and key checks read it
 * without a database; a transaction asks for the exact revision that it runs under.
 */
import { createHash } from 'node:crypto'
import type {
  CodeConfig,
  Configuration,
  EvidenceKind,
  PartnerConfig,
  Policy,
  StatusChange,
} from '@sentby/domain'
import { DEFAULT_POLICY } from '@sentby/domain'
import {
  type ApiKeyRow,
  type CodeRow,
  type ConfigurationNews,
  configurationSince,
  type LinkRow,
  type PartnerChangeRow,
  type PartnerGroupRow,
  type PartnerRow,
  type PolicyRow,
  type ProgramRow,
  programRevisions,
  type Store,
  type Tx,
} from '@sentby/store'
import { hashEmail } from './people.ts'

/** Where a code leads. */
export interface Destination {
  url: string
  campaign: string | null
}

/** A program as configured at one revision. */
export interface ProgramConfig {
  row: ProgramRow
  keys: readonly ApiKeyRow[]
  groups: readonly PartnerGroupRow[]
  partners: ReadonlyMap<string, PartnerRow>
  /** Dated changes by partner, in the order written. */
  changes: ReadonlyMap<string, readonly PartnerChangeRow[]>
  codes: ReadonlyMap<string, CodeRow>
  links: ReadonlyMap<string, LinkRow>
  policyRows: readonly PolicyRow[]
  /** Hosts that this program answers on, in lower case, with their port where it is not the usual one. */
  hosts: ReadonlySet<string>
  /** What `decide` reads. */
  domain: Configuration
}

interface Entry extends ProgramConfig {
  partners: Map<string, PartnerRow>
  changes: Map<string, PartnerChangeRow[]>
  codes: Map<string, CodeRow>
  links: Map<string, LinkRow>
  domain: Configuration & { partners: Map<string, PartnerConfig>; codes: Map<string, CodeConfig> }
}

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

  constructor(store: Store) {
    this.#store = store
  }

  /** Reads the programs whose revision changed; calls at the same time share one look. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
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

/** Where a code leads: its link, else the program's site. */
export function destinationOf(program: ProgramConfig, code: string): Destination | undefined {
  const link = program.links.get(code)
  if (link) return { url: link.to_url, campaign: link.campaign }
  return program.codes.has(code) ? { url: program.row.site, campaign: null } : undefined
}

function copyEntry(entry: Entry): Entry {
  return {
    ...entry,
    partners: new Map(entry.partners),
    changes: new Map(entry.changes),
    codes: new Map(entry.codes),
    links: new Map(entry.links),
    domain: {
      ...entry.domain,
      partners: new Map(entry.domain.partners),
      codes: new Map(entry.domain.codes),
    },
  }
}

function merge(known: Entry | undefined, news: ConfigurationNews): Entry {
  const entry: Entry = {
    row: news.program,
    keys: news.keys,
    groups: news.groups,
    policyRows: news.policies,
    hosts: new Set(JSON.parse(news.program.hosts) as string[]),
    partners: known?.partners ?? new Map(),
    changes: known?.changes ?? new Map(),
    codes: known?.codes ?? new Map(),
    links: known?.links ?? new Map(),
    domain: {
      partners: known?.domain.partners ?? new Map(),
      codes: known?.domain.codes ?? new Map(),
      revokedDownloads: new Map(),
      policies: news.policies.map(toPolicy),
    },
  }
  const touched = new Set<string>()
  for (const partner of news.partners) {
    entry.partners.set(partner.id, partner)
    touched.add(partner.id)
  }
  for (const change of news.changes) {
    const changes = entry.changes.get(change.partner_id) ?? []
    if (!changes.some((known) => known.id === change.id)) {
      entry.changes.set(change.partner_id, [...changes, change])
    }
    touched.add(change.partner_id)
  }
  for (const id of touched) {
    const partner = entry.partners.get(id)
    if (partner)
      entry.domain.partners.set(id, toPartner(news.program, partner, entry.changes.get(id) ?? []))
  }
  for (const code of news.codes) {
    entry.codes.set(code.code, code)
    entry.domain.codes.set(code.code, toCode(code))
  }
  for (const link of news.links) entry.links.set(link.code, link)
  return entry
}

function toPolicy(row: PolicyRow): Policy {
  const body = JSON.parse(row.body) as Partial<Policy> & {
    windowDays?: Partial<Record<EvidenceKind, number>>
  }
  return { ...DEFAULT_POLICY, ...body, version: row.version, from: row.from_at }
}

function toCode(row: CodeRow): CodeConfig {
  return {
    partner: row.partner_id,
    from: row.from_at,
    ...(row.until_at === null ? {} : { until: row.until_at }),
  }
}

function toPartner(
  program: ProgramRow,
  row: PartnerRow,
  changes: readonly PartnerChangeRow[],
): PartnerConfig {
  const statuses: StatusChange[] = changes
    .filter((change) => change.field === 'status')
    .map((change) => ({
      from: change.from_at,
      status: change.value === 'active' ? ('active' as const) : ('inactive' as const),
    }))
  // In order of `from`; the sort is stable, so of two with one `from` the later entry stays later.
  statuses.sort((a, b) => compareInstants(a.from, b.from))
  const emails = changes.filter((change) => change.field === 'email').map((change) => change.value)
  return {
    id: row.id,
    name: row.name,
    statuses,
    emailHashes: [row.email, ...emails].map((email) => hashEmail(program.people_key, email)),
    ...(row.customer === null ? {} : { customer: row.customer }),
  }
}

function compareInstants(a: string | null, b: string | null): number {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  return a < b ? -1 : 1
}
