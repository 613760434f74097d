/** The vendor accepts or declines a lead: one more `lead` event, the last of which counts (RULES E5). */
import type { LeadAcceptance, LeadRefusal, ListedLeadAnswer } from '@sentby/contract'
import type { SentbyEventInput } from '@sentby/contract/events'
import type { Deps } from '../../deps.ts'
import { Refusal } from '../refusal.ts'
import { decisionEventId } from './lead-event-id.ts'
import { readListedLead } from './read-leads.ts'
import { type LeadSender, sendLead } from './send-lead.ts'

/** A decision as it is asked for; `seen` is the status that it rests on. */
export type LeadDecision =
  | ({ status: 'accepted' } & LeadAcceptance)
  | ({ status: 'declined'; customer?: undefined } & LeadRefusal)

/**
 * Decides about a lead. The same decision again changes nothing.
 *
 * @returns the lead as it stands then.
 * @throws Refusal `not_found`; `stale` when the lead's status is not the one seen, or was changed meanwhile; those of
 *   `takeEvents`.
 */
export async function decideLead(
  deps: Deps,
  sender: LeadSender,
  id: string,
  decision: LeadDecision,
): Promise<ListedLeadAnswer> {
  const programId = sender.program.row.id
  const before = await readListedLead(deps, programId, id)
  if (isSame(before.lead, decision)) return before.lead
  if (before.lead.status !== decision.seen) throw stale()
  const event = decisionEventId(id, before.row.decisions)
  await sendLead(deps, sender, toEvent(event, id, decision))
  const { lead } = await readListedLead(deps, programId, id)
  // Somebody else decided on the same history, or a fact with a later time says otherwise.
  if (!isSame(lead, decision)) throw stale()
  return lead
}

function toEvent(event: string, lead: string, decision: LeadDecision): SentbyEventInput {
  const { status, customer, reason } = decision
  return {
    id: event,
    type: 'lead',
    ...{ lead, status },
    ...(customer === undefined ? {} : { customer }),
    ...(reason === undefined ? {} : { note: reason }),
  }
}

function isSame(lead: ListedLeadAnswer, { status, customer, reason }: LeadDecision): boolean {
  return (
    lead.status === status &&
    lead.customer === (customer ?? null) &&
    lead.reason === (reason ?? null)
  )
}

function stale(): Refusal {
  return new Refusal('stale', { detail: 'the lead has another status or customer by now' })
}
