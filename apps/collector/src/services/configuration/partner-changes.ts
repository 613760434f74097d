/** What a change of a partner writes: dated entries, and the partner's present values. */
import type { PartnerChange } from '@sentby/contract'
import {
  insertPartnerChanges,
  newId,
  type PartnerChangeRow,
  type PartnerRow,
  updatePartner,
} from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { leavePartnersStale } from '../rewards/leave-stale.ts'
import type { Change } from './change.ts'
import { groupOf } from './groups.ts'

/** One dated entry of a partner. */
export type DatedChange = Pick<PartnerChangeRow, 'field' | 'value' | 'from_at'>

/**
 * The dated entries of a change, in order. The first change of a group or an e-mail also keeps the value before
 * it, from the beginning of time (RULES E7, M6).
 */
export function datedChanges(
  program: ProgramConfig,
  before: PartnerRow,
  input: PartnerChange,
  now: string,
): DatedChange[] {
  const from = input.from ?? now
  const known = program.changes.get(before.id) ?? []
  const changes: DatedChange[] = []
  const replace = (field: 'group' | 'email', old: string, value: string) => {
    if (value === old && !known.some((change) => change.field === field)) return
    if (!known.some((change) => change.field === field)) {
      changes.push({ field, value: old, from_at: null })
    }
    changes.push({ field, value, from_at: from })
  }
  if (input.status !== undefined) {
    changes.push({ field: 'status', value: input.status, from_at: from })
  }
  if (input.group !== undefined) {
    replace('group', before.group_id, groupOf(program, input.group).id)
  }
  if (input.email !== undefined) replace('email', before.email, input.email)
  return changes
}

/** Writes the entries and the present values; decisions are made anew where they can change. */
export async function writePartner(
  change: Change,
  before: PartnerRow,
  input: PartnerChange,
  changes: readonly DatedChange[],
): Promise<PartnerRow> {
  const { tx, now, nowMs } = change
  const { program_id, id } = before
  const row = presentValues(before, input, changes, now)
  const revision = await change.revise(isReadByDecide(before, row, changes))
  row.revision = revision
  await updatePartner(tx.db, row)
  await insertPartnerChanges(
    tx.db,
    changes.map((entry, index) => ({
      program_id,
      partner_id: id,
      // Entries of one change stay in order: the first ids are of an earlier millisecond.
      id: newId('change', nowMs - changes.length + index),
      ...entry,
      created_at: now,
      revision,
    })),
  )
  const isPaidOtherwise = changes.some(({ field }) => field === 'group' || field === 'status')
  if (change.program.terms.size > 0 && isPaidOtherwise) {
    await leavePartnersStale(tx, program_id, [id])
  }
  return row
}

function presentValues(
  before: PartnerRow,
  input: PartnerChange,
  changes: readonly DatedChange[],
  now: string,
): PartnerRow {
  const group = changes.findLast(
    ({ field, from_at }) => field === 'group' && (from_at ?? '') <= now,
  )
  return {
    ...before,
    name: input.name ?? before.name,
    email: input.email ?? before.email,
    group_id: group?.value ?? before.group_id,
    customer: input.customer === undefined ? before.customer : input.customer,
    payout:
      input.payout === undefined
        ? before.payout
        : input.payout === null
          ? null
          : JSON.stringify(input.payout),
    shows_name: input.showsName === undefined ? before.shows_name : input.showsName ? 1 : 0,
  }
}

/** Status, e-mail and own customer account can change decisions already made; the rest cannot (RULES E6, E7). */
function isReadByDecide(
  before: PartnerRow,
  after: PartnerRow,
  changes: readonly DatedChange[],
): boolean {
  const isDated = changes.some(({ field }) => field === 'status' || field === 'email')
  return isDated || before.customer !== after.customer
}
