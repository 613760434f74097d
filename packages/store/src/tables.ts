/**
 * The tables as the drivers return them. Booleans are 0/1 and instants 24-character text on both engines,
 * so that text order is time order and one query layer serves both.
 */
import type { Selectable } from 'kysely'
import type { InstallTables } from './tables-installs.ts'
import type { LeadTables } from './tables-leads.ts'
import type { MoneyTables } from './tables-money.ts'
import type { SendingTables } from './tables-sending.ts'
import type { StripeTables } from './tables-stripe.ts'
import type { WebhookTables } from './tables-webhooks.ts'

export type * from './tables-installs.ts'
export type * from './tables-leads.ts'
export type * from './tables-money.ts'
export type * from './tables-sending.ts'
export type * from './tables-stripe.ts'
export type * from './tables-webhooks.ts'

export interface ProgramTable {
  id: string
  slug: string
  name: string
  currency: string
  timezone: string
  /** Where a code without a link leads. */
  site: string
  /** JSON: origins that a link may lead to. */
  sites: string
  /** JSON: hosts that this program answers on. */
  hosts: string
  /** JSON: what else the vendor set (review day and the like). */
  settings: string
  /** Signs customers (RULES S8). */
  identity_secret: string
  /** Keys the hashes of people's data (RULES F8). */
  people_key: string
  /** Signs stamps and receipts. */
  stamp_secret: string
  /** Grows with every change of configuration. */
  revision: number
  /** The last revision that can change decisions already made. */
  decisions_revision: number
  created_at: string
}

export interface ApiKeyTable {
  program_id: string
  id: string
  kind: 'publishable' | 'secret'
  /** SHA-256 of the key, hex. */
  hash: string
  /** The key's first characters, to tell keys apart. */
  hint: string
  created_at: string
  revoked_at: string | null
}

export interface PartnerGroupTable {
  program_id: string
  id: string
  slug: string
  name: string
  /** 1: its partners give first-line support to their customers. */
  support: number
  created_at: string
}

export interface PartnerTable {
  program_id: string
  id: string
  email: string
  name: string
  group_id: string
  /** The partner's own account as a customer of the vendor. */
  customer: string | null
  /** JSON: how the partner is paid. */
  payout: string | null
  /** 1: the name may be told to whoever knows the code (RULES S2). */
  shows_name: number
  created_at: string
  revision: number
}

/** Dated, append-only changes of a partner (RULES F5). */
export interface PartnerChangeTable {
  program_id: string
  partner_id: string
  id: string
  field: 'status' | 'group' | 'email'
  value: string
  /** null: from the beginning of time. */
  from_at: string | null
  created_at: string
  revision: number
}

export interface CodeTable {
  program_id: string
  code: string
  partner_id: string
  origin: 'generated' | 'vendor' | 'partner'
  is_primary: number
  from_at: string | null
  until_at: string | null
  created_at: string
  revision: number
}

export interface LinkTable {
  program_id: string
  id: string
  code: string
  partner_id: string
  to_url: string
  campaign: string | null
  created_at: string
  revision: number
}

export interface PolicyTable {
  program_id: string
  version: number
  from_at: string | null
  /** JSON: the policy's fields. */
  body: string
  created_at: string
}

export interface FactTable {
  program_id: string
  trust: 'secret' | 'open'
  id: string
  type: string
  /** Effective time (RULES F4). */
  at: string
  received: string
  visitor: string | null
  install: string | null
  customer: string | null
  order_id: string | null
  lead_id: string | null
  email_hash: string | null
  /** JSON: the event without id, at and people's data. */
  content: string
  /** The first verdict, as it was answered: `accepted`, `not_creditable:bot`, … */
  verdict: string | null
  bot: number
  signed: number
  /** JSON: what each stamp claim of an install held, judged once at receipt; null: no stamp claim. */
  stamps: string | null
}

/** People's data, apart from facts, so that a person can be erased (RULES F8). */
export interface PersonTable {
  program_id: string
  trust: 'secret' | 'open'
  event_id: string
  email: string | null
  name: string | null
  company: string | null
  note: string | null
}

/** What was refused or contradicted, kept where it can be replayed. */
export interface SetAsideTable {
  program_id: string
  id: string
  event_id: string | null
  type: string | null
  trust: 'secret' | 'open'
  outcome: 'conflict' | 'rejected'
  reason: string
  /** JSON: where it does not fit. */
  errors: string | null
  /** The event as received, cut at 64 KB. */
  body: string
  key_id: string
  received: string
  replayed_at: string | null
}

/** A customer with its present decision. */
export interface CustomerTable {
  program_id: string
  id: string
  /** Our own opaque id (RULES S3). */
  ref: string
  partner_id: string | null
  code: string | null
  evidence: string | null
  kind: string | null
  provisional: string | null
  verified: number
  anchor: string | null
  reason: string
  policy_version: number
  /** JSON: the whole decision. */
  decision: string
  /** The program's revision that the decision was made under; -1: to be decided again. */
  revision: number
  created_at: string
  decided_at: string
}

/** Facts whose code nobody had when they arrived; a code made later finds them here. */
export interface UnresolvedTable {
  program_id: string
  code: string
  trust: 'secret' | 'open'
  event_id: string
  received: string
}

export interface ClickTable {
  program_id: string
  id: string
  at: string
  code: string
  class: 'counted' | 'bot' | 'prefetch' | 'repeated'
}

export interface ClickCountTable {
  program_id: string
  code: string
  /** UTC day, `YYYY-MM-DD`. */
  day: string
  class: string
  clicks: number
}

export interface IdempotencyTable {
  program_id: string
  key: string
  request_hash: string
  status: number
  body: string
  created_at: string
}

export interface Tables
  extends InstallTables,
    LeadTables,
    MoneyTables,
    SendingTables,
    StripeTables,
    WebhookTables {
  program: ProgramTable
  api_key: ApiKeyTable
  partner_group: PartnerGroupTable
  partner: PartnerTable
  partner_change: PartnerChangeTable
  code: CodeTable
  link: LinkTable
  policy: PolicyTable
  fact: FactTable
  person: PersonTable
  set_aside: SetAsideTable
  customer: CustomerTable
  unresolved: UnresolvedTable
  click: ClickTable
  click_count: ClickCountTable
  idempotency: IdempotencyTable
}

export type ProgramRow = Selectable<ProgramTable>
export type ApiKeyRow = Selectable<ApiKeyTable>
export type PartnerGroupRow = Selectable<PartnerGroupTable>
export type PartnerRow = Selectable<PartnerTable>
export type PartnerChangeRow = Selectable<PartnerChangeTable>
export type CodeRow = Selectable<CodeTable>
export type LinkRow = Selectable<LinkTable>
export type PolicyRow = Selectable<PolicyTable>
export type FactRow = Selectable<FactTable>
export type PersonRow = Selectable<PersonTable>
export type SetAsideRow = Selectable<SetAsideTable>
export type CustomerRow = Selectable<CustomerTable>
export type ClickRow = Selectable<ClickTable>
