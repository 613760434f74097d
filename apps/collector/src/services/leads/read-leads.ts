/** Leads as the vendor reads them; what a partner may see of one is less (RULES S3). */
import type {
  DuplicateBy,
  LeadAnswer,
  LeadDetail,
  LeadsQuery,
  ListedLeadAnswer,
  Page,
} from '@sentby/contract'
import {
  customersByEmail,
  duplicatesOf,
  factsOfLeads,
  type LeadRow,
  type ListedLead,
  leadHorizon,
  leadsPage,
  listedLead,
  type SharedLeadKey,
  toldByLeads,
} from '@sentby/store'
import type { Deps } from '../../deps.ts'
import { freshProgram } from '../configuration/change.ts'
import { pageFrom, readCursor, writeCursor } from '../paging.ts'
import type { ProgramConfig } from '../program-config.ts'
import { partnerName } from '../reading/credit.ts'
import { Refusal } from '../refusal.ts'
import { type ToldOfLeads, toldOf } from './contact.ts'
import { leadFacts, readStaleLeads } from './settle-leads.ts'

const DUPLICATES_TOLD = 50
/** Leads that one page of duplicates looks through. */
const LOOKED_THROUGH = 2000

const KEYS: readonly (readonly [SharedLeadKey, DuplicateBy])[] = [
  ['email_hash', 'email'],
  ['domain_hash', 'domain'],
  ['company_hash', 'company'],
]

type ReadDeps = Pick<Deps, 'store' | 'directory'>

/**
 * Leads, the newest first. A page that is narrowed by `duplicate` may be shorter than asked, or empty, and have a next
 * one: the end is where `next` is null.
 */
export async function listLeads(
  deps: ReadDeps,
  programId: string,
  { partner, cursor, limit, status, duplicate }: LeadsQuery,
): Promise<Page<ListedLeadAnswer>> {
  const [createdAt, id] = readCursor(cursor, 2) ?? []
  const after = createdAt === undefined || id === undefined ? undefined : { createdAt, id }
  const program = await freshProgram(deps, programId)
  await readStaleLeads(deps, programId)
  const codes = partner === undefined ? undefined : codesOf(program, partner)
  const narrowed = { status, codes, after }
  const { db } = deps.store
  const until =
    duplicate === undefined ? undefined : await leadHorizon(db, programId, narrowed, LOOKED_THROUGH)
  const filter = { ...narrowed, duplicate, until, limit: limit + 1 }
  const rows = await leadsPage(db, programId, filter)
  const page = pageFrom(rows, limit, (row) => [row.created_at, row.id])
  const next = page.next ?? (until ? writeCursor([until.createdAt, until.id]) : null)
  return { data: await toListed(deps, program, page.data), next }
}

/**
 * One lead as a list has it, and the row that it was told from.
 *
 * @throws Refusal `not_found` when no event is about it.
 */
export async function readListedLead(
  deps: ReadDeps,
  programId: string,
  id: string,
): Promise<{ lead: ListedLeadAnswer; row: LeadRow }> {
  await readStaleLeads(deps, programId)
  const program = await freshProgram(deps, programId)
  const row = await listedLead(deps.store.db, programId, id)
  const [lead] = row ? await toListed(deps, program, [row]) : []
  if (!row || !lead) throw new Refusal('not_found')
  return { lead, row }
}

/**
 * One lead with its history, and with what else is known of its person or company.
 *
 * @throws Refusal `not_found` when no event is about it.
 */
export async function readLeadDetail(
  deps: ReadDeps,
  programId: string,
  id: string,
): Promise<LeadDetail> {
  await readStaleLeads(deps, programId)
  const program = await freshProgram(deps, programId)
  const { db } = deps.store
  const row = await listedLead(db, programId, id)
  if (!row) throw new Refusal('not_found')
  const told = toldOf(await toldByLeads(db, programId, [id]))
  const others = await duplicatesOf(db, programId, row, DUPLICATES_TOLD)
  const hashes = row.email_hash === null ? [] : [row.email_hash]
  const customers = await customersByEmail(db, programId, hashes)
  return {
    ...toListedLead(program, row, told),
    duplicates: others.map((other) => ({
      lead: other.id,
      by: KEYS.flatMap(([key, by]) => (row[key] !== null && row[key] === other[key] ? [by] : [])),
      status: other.status,
      partner: partnerOf(program, other),
      submittedAt: other.filed_at,
    })),
    knownCustomers: customers.sort().slice(0, DUPLICATES_TOLD),
    history: await historyOf(deps, programId, id, told),
  }
}

async function historyOf(
  { store }: Pick<Deps, 'store'>,
  programId: string,
  id: string,
  { reasons }: ToldOfLeads,
): Promise<LeadDetail['history']> {
  const facts = leadFacts(await factsOfLeads(store.db, programId, [id]))
  facts.sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1))
  return facts.map((fact) => ({
    event: fact.id,
    at: fact.at,
    received: fact.received,
    status: fact.status ?? null,
    code: fact.code ?? null,
    customer: fact.customer ?? null,
    reason: reasons.get(fact.id) ?? null,
  }))
}

async function toListed(
  { store }: ReadDeps,
  program: ProgramConfig,
  rows: readonly ListedLead[],
): Promise<ListedLeadAnswer[]> {
  const ids = rows.map((row) => row.id)
  const told = toldOf(await toldByLeads(store.db, program.row.id, ids))
  return rows.map((row) => toListedLead(program, row, told))
}

function toListedLead(
  program: ProgramConfig,
  row: ListedLead,
  told: ToldOfLeads,
): ListedLeadAnswer {
  return { ...toLead(program, row, told), duplicate: row.duplicate === 1 }
}

/** The lead without a word about others. */
export function toLead(program: ProgramConfig, row: LeadRow, told: ToldOfLeads): LeadAnswer {
  const { contacts, reasons } = told
  const { name = null, email = null, company = null, note = null } = contacts.get(row.id) ?? {}
  return {
    id: row.id,
    status: row.status,
    partner: partnerOf(program, row),
    code: row.code,
    ...{ name, email, company, note },
    customer: row.customer,
    reason: reasons.get(row.decision ?? '') ?? null,
    submittedAt: row.filed_at,
    decidedAt: row.decided_at,
  }
}

function partnerOf(program: ProgramConfig, { code }: LeadRow): LeadAnswer['partner'] {
  const owner = program.codes.get(code ?? '')?.partner_id
  return owner === undefined ? null : partnerName(program, owner)
}

function codesOf(program: ProgramConfig, partner: string): string[] {
  return [...program.codes.values()]
    .filter((row) => row.partner_id === partner)
    .map((row) => row.code)
}
