/** Tells `lead.created` and `lead.changed` (docs/webhooks.md): ids and states, no people's data. */
import { duplicatedLeads, type LeadRow, type Tx } from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { enqueue, isWanted, type NewMessage } from '../webhooks/enqueue.ts'

/** A lead as it was before a commit, if there was one, and as it is after. */
export interface MovedLead {
  before: LeadRow | undefined
  after: LeadRow
}

/** Writes a message for every lead that a partner is known of by now, or whose status or customer changed. */
export async function tellLeads(
  tx: Tx,
  program: ProgramConfig,
  moved: readonly MovedLead[],
  nowMs: number,
): Promise<void> {
  if (!isWanted(program, 'lead.created') && !isWanted(program, 'lead.changed')) return
  // Before the first event with a code there is nothing that a partner did.
  const told = moved.filter(({ after }) => after.code !== null)
  const created = isWanted(program, 'lead.created') ? told.filter(isCreated) : []
  const ids = created.map(({ after }) => after.id)
  const duplicates = await duplicatedLeads(tx.db, program.row.id, ids)
  const messages: NewMessage[] = created.map(({ after }) => ({
    type: 'lead.created',
    data: { lead: toData(program, after), duplicate: duplicates.has(after.id) },
  }))
  for (const { before, after } of told) {
    if (!before || before.code === null) continue
    if (before.status === after.status && before.customer === after.customer) continue
    const previous = { status: before.status, customer: before.customer }
    messages.push({ type: 'lead.changed', data: { lead: toData(program, after), previous } })
  }
  await enqueue(tx, program, messages, nowMs)
}

function isCreated({ before }: MovedLead): boolean {
  return !before || before.code === null
}

function toData(program: ProgramConfig, row: LeadRow): object {
  const partner = program.codes.get(row.code ?? '')?.partner_id
  return {
    id: row.id,
    status: row.status,
    partner: partner === undefined ? null : { id: partner },
    code: row.code,
    customer: row.customer,
    submittedAt: row.filed_at,
    decidedAt: row.decided_at,
  }
}
