/** A program as configured at one revision, and how news are merged into it. */
import type {
  CodeConfig,
  Configuration,
  EvidenceKind,
  PartnerConfig,
  Policy,
  StatusChange,
  Terms,
  TermsVersion,
} from '@sentby/domain'
import { DEFAULT_POLICY } from '@sentby/domain'
import type {
  ApiKeyRow,
  ArtifactRow,
  CodeRow,
  ConfigurationNews,
  DownloadRevocationRow,
  LinkRow,
  PartnerChangeRow,
  PartnerGroupRow,
  PartnerRow,
  PolicyRow,
  ProductRow,
  ProgramRow,
  TermsRow,
  WantedWebhook,
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
  products: ReadonlyMap<string, ProductRow>
  /** By file name, of all products; in the order published. */
  artifacts: ReadonlyMap<string, readonly ArtifactRow[]>
  /** By download. */
  revocations: ReadonlyMap<string, DownloadRevocationRow>
  policyRows: readonly PolicyRow[]
  /** In the order they were put. */
  termsRows: readonly TermsRow[]
  /** By group, in the order they were put; empty: nobody earns anything, and nothing of money is read. */
  terms: ReadonlyMap<string, readonly TermsVersion[]>
  /** Webhooks that take messages now. */
  webhooks: readonly WantedWebhook[]
  /** Hosts that this program answers on, in lower case, with their port where it is not the usual one. */
  hosts: ReadonlySet<string>
  /** What `decide` reads. */
  domain: Configuration
}

/** The same while it is being made. */
export interface Entry extends ProgramConfig {
  partners: Map<string, PartnerRow>
  changes: Map<string, PartnerChangeRow[]>
  codes: Map<string, CodeRow>
  links: Map<string, LinkRow>
  products: Map<string, ProductRow>
  artifacts: Map<string, readonly ArtifactRow[]>
  revocations: Map<string, DownloadRevocationRow>
  domain: Configuration & {
    partners: Map<string, PartnerConfig>
    codes: Map<string, CodeConfig>
    revokedDownloads: Map<string, string>
  }
}

/** Where a code leads: its link, else the program's site. */
export function destinationOf(program: ProgramConfig, code: string): Destination | undefined {
  const link = program.links.get(code)
  if (link) return { url: link.to_url, campaign: link.campaign }
  return program.codes.has(code) ? { url: program.row.site, campaign: null } : undefined
}

/** Whether the stamps of a download count no more at a moment (RULES F5). */
export function isRevokedAt(program: ProgramConfig, download: string, at: string): boolean {
  const from = program.domain.revokedDownloads.get(download)
  return from !== undefined && from <= at
}

/** A copy whose maps can be changed. */
export function copyEntry(entry: Entry): Entry {
  return {
    ...entry,
    partners: new Map(entry.partners),
    changes: new Map(entry.changes),
    codes: new Map(entry.codes),
    links: new Map(entry.links),
    products: new Map(entry.products),
    artifacts: new Map(entry.artifacts),
    revocations: new Map(entry.revocations),
    domain: {
      ...entry.domain,
      partners: new Map(entry.domain.partners),
      codes: new Map(entry.domain.codes),
      revokedDownloads: new Map(entry.domain.revokedDownloads),
    },
  }
}

/** The program with the news; `known` is changed and not to be used any more. */
export function merge(known: Entry | undefined, news: ConfigurationNews): Entry {
  const entry: Entry = {
    row: news.program,
    keys: news.keys,
    groups: news.groups,
    policyRows: news.policies,
    termsRows: news.terms,
    terms: toTerms(news.terms),
    webhooks: news.webhooks,
    hosts: new Set(JSON.parse(news.program.hosts) as string[]),
    partners: known?.partners ?? new Map(),
    changes: known?.changes ?? new Map(),
    codes: known?.codes ?? new Map(),
    links: known?.links ?? new Map(),
    products: known?.products ?? new Map(),
    artifacts: known?.artifacts ?? new Map(),
    revocations: known?.revocations ?? new Map(),
    domain: {
      partners: known?.domain.partners ?? new Map(),
      codes: known?.domain.codes ?? new Map(),
      revokedDownloads: known?.domain.revokedDownloads ?? new Map(),
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
  mergeDownloads(entry, news)
  return entry
}

function mergeDownloads(entry: Entry, news: ConfigurationNews): void {
  for (const product of news.products) entry.products.set(product.id, product)
  for (const artifact of news.artifacts) {
    const known = entry.artifacts.get(artifact.file) ?? []
    if (known.some(({ id }) => id === artifact.id)) continue
    entry.artifacts.set(artifact.file, [...known, artifact])
  }
  for (const revocation of news.revocations) {
    entry.revocations.set(revocation.download_id, revocation)
    entry.domain.revokedDownloads.set(revocation.download_id, revocation.from_at)
  }
}

function toTerms(rows: readonly TermsRow[]): ReadonlyMap<string, readonly TermsVersion[]> {
  const terms = new Map<string, TermsVersion[]>()
  for (const { group_id, version, hash, from_at, body } of rows) {
    const versions = terms.get(group_id) ?? []
    versions.push({ version, hash, from: from_at, terms: JSON.parse(body) as Terms })
    terms.set(group_id, versions)
  }
  return terms
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
