/** Tells `partner.created` and `partner.updated`: what is not a person's; the rest is read over the API. */
import type { PartnerAnswer, PartnerChange } from '@sentby/contract'
import type { Change } from '../configuration/change.ts'
import { enqueue } from './enqueue.ts'

/**
 * Writes the message about a partner as it is now.
 *
 * @param changed what was asked to change; absent: the partner was made.
 */
export async function tellPartner(
  { tx, program, nowMs }: Pick<Change, 'tx' | 'program' | 'nowMs'>,
  partner: PartnerAnswer,
  changed?: PartnerChange,
): Promise<void> {
  const { id, group, status, code, link, createdAt } = partner
  const told = { partner: { id, group, status, code, link, createdAt } }
  if (changed === undefined) {
    return enqueue(tx, program, [{ type: 'partner.created', data: told }], nowMs)
  }
  const fields = Object.keys(changed).filter((field) => field !== 'from')
  // A dated change may lie ahead: the partner is told as it is now.
  const data = { ...told, changed: fields, from: changed.from ?? null }
  return enqueue(tx, program, [{ type: 'partner.updated', data }], nowMs)
}
