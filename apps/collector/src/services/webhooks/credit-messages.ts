/** Tells `credit.changed` when deciding gives a customer to another partner, or makes credit provisional or firm. */
import type { Decision } from '@sentby/domain'
import { creditsOfCustomers, type Tx } from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { hasOffers } from '../rewards/offer.ts'
import { enqueue, isWanted, type NewMessage } from './enqueue.ts'

/** A customer's credit as it stood before it was decided. */
export interface CreditBefore {
  partner: string
  provisional: string | null
  anchor: string | null
}

const NOTHING: ReadonlyMap<string, CreditBefore> = new Map()

/**
 * Whom customers are credited to now; read before the decisions are saved. Where nobody wants to be told and
 * nothing is offered, nothing is read: this stands on the way of every event.
 */
export async function creditsBefore(
  tx: Tx,
  program: ProgramConfig,
  customers: readonly string[],
): Promise<ReadonlyMap<string, CreditBefore>> {
  if (!isWanted(program, 'credit.changed') && !hasOffers(program)) return NOTHING
  const rows = await creditsOfCustomers(tx.db, program.row.id, customers)
  return new Map(
    rows.flatMap(({ id, partner_id, provisional, anchor }) =>
      partner_id === null ? [] : [[id, { partner: partner_id, provisional, anchor }] as const],
    ),
  )
}

/** Writes a message for every decision that differs from what {@link creditsBefore} read. */
export async function tellCredits(
  tx: Tx,
  program: ProgramConfig,
  before: ReadonlyMap<string, CreditBefore>,
  decisions: Iterable<Decision>,
  nowMs: number,
): Promise<void> {
  if (!isWanted(program, 'credit.changed')) return
  const messages: NewMessage[] = []
  for (const decision of decisions) {
    const previous = before.get(decision.customer) ?? null
    if (isSame(decision, previous)) continue
    messages.push({ type: 'credit.changed', data: toData(decision, previous) })
  }
  await enqueue(tx, program, messages, nowMs)
}

function isSame({ credited, provisional }: Decision, previous: CreditBefore | null): boolean {
  if (credited === null || previous === null) return credited === previous
  return credited.partner === previous.partner && provisional === previous.provisional
}

/** As `GET /v1/customers/{id}/credit` tells it, with the partner's id alone. */
function toData(decision: Decision, previous: CreditBefore | null): NewMessage['data'] {
  const { customer, credited, reason, provisional, anchor, policyVersion } = decision
  return {
    customer,
    credited: credited && {
      partner: { id: credited.partner },
      code: credited.code,
      evidence: credited.evidence,
    },
    reason,
    provisional,
    anchor,
    policy: { version: policyVersion },
    previous: previous && {
      partner: { id: previous.partner },
      provisional: previous.provisional,
    },
  }
}
