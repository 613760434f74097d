/** Rows of leads in the commit that stores their facts: whoever got the answer reads what follows from it. */
import { type LeadFact, readLead } from '@sentby/domain'
import {
  type FactRow,
  factsOfLeads,
  type LeadRow,
  leadsById,
  saveLeads,
  staleLeads,
  type Tx,
  toldByLeads,
} from '@sentby/store'
import type { Deps } from '../../deps.ts'
import { fromRow } from '../credit/from-row.ts'
import { distinct } from '../credit/load-facts.ts'
import type { ProgramConfig } from '../program-config.ts'
import { contactsOf } from './contact.ts'
import { tellLeads } from './lead-messages.ts'
import { sharedKeys } from './shared-keys.ts'

/** Leads of one transaction that reads rows anew. */
const READ_AT_ONCE = 200

/**
 * Derives the rows of the leads that new facts are about, and tells what changed.
 *
 * @param inserted the commit's new facts, whose leads and people are stored and locked.
 */
export async function settleLeads(
  tx: Tx,
  program: ProgramConfig,
  inserted: readonly FactRow[],
  nowMs: number,
): Promise<void> {
  const ids = distinct(inserted, 'lead_id')
  if (ids.length === 0) return
  const before = await rowsBefore(tx, program, ids, inserted)
  const rows = await readRows(tx.db, program, ids)
  await saveLeads(tx.db, rows)
  const moved = rows.map((after) => ({ before: before.get(after.id), after }))
  await tellLeads(tx, program, moved, nowMs)
}

/** The rows as they were before these facts; of one that nobody has read yet as it would have been. */
async function rowsBefore(
  tx: Tx,
  program: ProgramConfig,
  ids: readonly string[],
  inserted: readonly FactRow[],
): Promise<Map<string, LeadRow>> {
  const known = await leadsById(tx.db, program.row.id, ids)
  const before = new Map(known.map((row) => [row.id, row]))
  const stale = known.filter((row) => row.stale === 1).map((row) => row.id)
  const news = new Set(inserted.map((row) => row.id))
  for (const row of await readRows(tx.db, program, stale, news)) before.set(row.id, row)
  return before
}

/** Reads leads that are older than their table from their facts; those are there once, after an update. */
export async function readStaleLeads(
  deps: Pick<Deps, 'store' | 'directory'>,
  programId: string,
): Promise<void> {
  for (;;) {
    const ids = await staleLeads(deps.store.db, programId, READ_AT_ONCE)
    if (ids.length === 0) return
    await deps.store.transaction(async (tx) => {
      await tx.lockProgram(programId, 'shared')
      const program = await deps.directory.within(tx, programId)
      await tx.lockSubjects(
        programId,
        ids.map((id) => `lead:${id}`),
      )
      await saveLeads(tx.db, await readRows(tx.db, program, ids))
    })
  }
}

async function readRows(
  db: Tx['db'],
  program: ProgramConfig,
  ids: readonly string[],
  without: ReadonlySet<string> = new Set(),
): Promise<LeadRow[]> {
  const byLead = new Map<string, FactRow[]>()
  for (const row of await factsOfLeads(db, program.row.id, ids)) {
    if (without.has(row.id)) continue
    const id = row.lead_id ?? ''
    const known = byLead.get(id)
    if (known) known.push(row)
    else byLead.set(id, [row])
  }
  const contacts = contactsOf(await toldByLeads(db, program.row.id, ids))
  return [...byLead].flatMap(([id, facts]) => {
    const { email = null, company = null } = contacts.get(id) ?? {}
    const keys = sharedKeys(program.row.people_key, { email, company })
    return toRow(program.row.id, id, facts, keys) ?? []
  })
}

function toRow(
  programId: string,
  id: string,
  rows: readonly FactRow[],
  keys: Pick<LeadRow, 'domain_hash' | 'company_hash'>,
): LeadRow | undefined {
  const facts = leadFacts(rows)
  const lead = readLead(facts)
  if (lead === null) return undefined
  const { filing, status, decision, code, customer, emailHash } = lead
  const [received = filing.received] = facts.map((fact) => fact.received).sort()
  return {
    program_id: programId,
    id,
    status,
    code: code ?? null,
    customer: customer ?? null,
    email_hash: emailHash ?? null,
    ...keys,
    filed_at: filing.at,
    created_at: received,
    decided_at: status === 'new' ? null : (decision?.at ?? null),
    decision: status === 'new' ? null : (decision?.id ?? null),
    decisions: facts.filter((fact) => fact.status !== undefined).length,
    stale: 0,
  }
}

/** The facts of one lead as the rules read them. */
export function leadFacts(rows: readonly FactRow[]): LeadFact[] {
  return rows.flatMap((row) => {
    const fact = fromRow(row)
    return fact?.type === 'lead' ? [fact] : []
  })
}
