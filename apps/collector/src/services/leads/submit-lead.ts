/** A partner refers somebody by name: one `lead` event, once (CONTRACT §4.1, RULES E5, S3). */
import type { LeadAnswer, LeadInput } from '@sentby/contract'
import type { SentbyEventInput } from '@sentby/contract/events'
import { factsById, leadsById, newId, toldByLeads } from '@sentby/store'
import type { Deps } from '../../deps.ts'
import {
  type Answer,
  freshProgram,
  givenAnswer,
  keepGiven,
  type Retry,
} from '../configuration/change.ts'
import { hashPersonal } from '../people.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'
import { toldOf } from './contact.ts'
import { filingEventId } from './lead-event-id.ts'
import { toLead } from './read-leads.ts'
import { type LeadSender, sendLead } from './send-lead.ts'
import { readStaleLeads } from './settle-leads.ts'

/**
 * Files a lead. The answer is the same whether others filed the same person or not.
 *
 * @returns the lead, with 200 when it was there already.
 * @throws Refusal `invalid_request` for an unknown partner or code; `already_exists` when the id stands for another lead;
 *   `idempotency_key_reused`; those of `takeEvents`.
 */
export async function submitLead(
  deps: Deps,
  sender: LeadSender,
  input: LeadInput,
  retry: Retry | undefined,
): Promise<Answer<LeadAnswer>> {
  const programId = sender.program.row.id
  const program = await freshProgram(deps, programId)
  const code = codeOf(program, input)
  const { lead, isRetry } = await claimId(deps, program, input, retry)
  await readStaleLeads(deps, programId)
  const isThere = await isFiled(deps, programId, lead)
  if (isThere === 'elsewhere') throw taken()
  // Sent again under its key it is the lead of the first time, whatever the partner's primary code is by now.
  if (isThere === 'here' && isRetry)
    return { status: 201, body: await readLead(deps, program, lead) }
  const { outcome } = await sendLead(deps, { ...sender, program }, toEvent(lead, code, input))
  if (outcome === 'conflict') throw taken()
  const status = outcome === 'duplicate' && !isRetry ? 200 : 201
  return { status, body: await readLead(deps, program, lead) }
}

/** What a lead's event says, without the key of who refers: a code is what facts know of partners. */
function toEvent(lead: string, code: string, input: LeadInput): SentbyEventInput {
  const { name, email, company, note } = input
  return {
    id: filingEventId(lead),
    type: 'lead',
    ...{ lead, code, name, email },
    ...(company === undefined ? {} : { company }),
    ...(note === undefined ? {} : { note }),
  }
}

function codeOf(program: ProgramConfig, { partner, code }: LeadInput): string {
  if (code !== undefined) {
    if (program.codes.has(code)) return code
    throw unknown('/code', 'no partner has this code')
  }
  if (!program.partners.has(partner ?? '')) {
    throw unknown('/partner', 'no partner of the program has this id')
  }
  for (const row of program.codes.values()) {
    if (row.partner_id === partner && row.is_primary === 1) return row.code
  }
  throw unknown('/partner', 'the partner has no code')
}

/**
 * The id that the lead is filed under. Under an `Idempotency-Key` it is fixed by the first request, before anything is
 * stored: whenever that broke off, the next one files the same lead.
 */
async function claimId(
  deps: Deps,
  program: ProgramConfig,
  input: LeadInput,
  retry: Retry | undefined,
): Promise<{ lead: string; isRetry: boolean }> {
  const nowMs = deps.clock.now()
  const lead = input.lead ?? newId('lead', nowMs)
  if (!retry) return { lead, isRetry: false }
  const programId = program.row.id
  // The request holds a person's data: what is kept of it is a keyed hash (RULES F8).
  const requestHash = hashPersonal(program.row.people_key, retry.requestHash)
  const kept = { key: retry.key, requestHash }
  return deps.store.transaction(async (tx) => {
    await tx.lockProgram(programId, 'shared')
    await tx.lockSubjects(programId, [`idempotency:${retry.key}`])
    const given = await givenAnswer<{ lead: string }>(tx, programId, kept)
    if (given) return { lead: given.body.lead, isRetry: true }
    await keepGiven(
      tx,
      programId,
      kept,
      { status: 201, body: { lead } },
      new Date(nowMs).toISOString(),
    )
    return { lead, isRetry: false }
  })
}

/** Whether the lead was filed: by this route (or `@sentby/node`), or by an event under another id. */
async function isFiled(
  { store }: Pick<Deps, 'store'>,
  programId: string,
  lead: string,
): Promise<'here' | 'elsewhere' | 'no'> {
  const id = { trust: 'secret' as const, id: filingEventId(lead) }
  if ((await factsById(store.db, programId, [id])).length > 0) return 'here'
  const [row] = await leadsById(store.db, programId, [lead])
  return row && row.code !== null ? 'elsewhere' : 'no'
}

async function readLead(
  { store }: Pick<Deps, 'store'>,
  program: ProgramConfig,
  lead: string,
): Promise<LeadAnswer> {
  const [row] = await leadsById(store.db, program.row.id, [lead])
  if (!row) throw new Error('a filed lead without its row')
  return toLead(program, row, toldOf(await toldByLeads(store.db, program.row.id, [lead])))
}

function unknown(pointer: string, detail: string): Refusal {
  return new Refusal('invalid_request', { errors: [{ pointer, detail }] })
}

function taken(): Refusal {
  return new Refusal('already_exists', { detail: 'the id stands for another lead' })
}
