/** Closes the batches whose day has come, once a period on however many collectors (reliability M8). */
import type { PayoutMethod } from '@sentby/contract'
import { approvedBalances, periodRuns, recordPeriod, unpublishedBalances } from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import type { SettleDeps } from '../rewards/in-locks.ts'
import { closeLocked } from './close-batches.ts'
import { calendarOf, periodKind, periodOf } from './payout-days.ts'
import { planPayouts } from './plan-payouts.ts'

/** As batches name who closed them. */
const ACTOR = 'sentby'

/**
 * Closes what is due in a program by its calendar.
 *
 * @returns how many payouts were closed.
 */
export async function closeDue(deps: SettleDeps, { row }: ProgramConfig): Promise<number> {
  let closed = 0
  const now = new Date(deps.clock.now()).toISOString()
  for (const [method, rule] of Object.entries(calendarOf(row))) {
    const period = periodOf(rule, now, row.timezone)
    if (rule !== 'threshold') {
      if (period === null) continue
      const done = await periodRuns(deps.store.db, row.id, periodKind(method))
      if (done.includes(period)) continue
    }
    closed += await closeMethod(deps, row.id, method as PayoutMethod, period)
  }
  return closed
}

/** @param period `null`: whoever has reached the minimum is paid, whatever day it is. */
async function closeMethod(
  deps: SettleDeps,
  programId: string,
  method: PayoutMethod,
  period: string | null,
): Promise<number> {
  return deps.store.transaction(async (tx) => {
    await tx.lockProgram(programId, 'shared')
    const program = await deps.directory.within(tx, programId)
    const nowMs = deps.clock.now()
    const now = new Date(nowMs).toISOString()
    // Only who would be paid is locked: most of the time nobody.
    const approved = await approvedBalances(tx.db, programId, {})
    const unpublished = await unpublishedBalances(tx.db, programId, {})
    const seen = planPayouts(program, { approved, unpublished }, { method }, now)
    const partners = [...new Set(seen.batches.flatMap(({ payouts }) => payouts.map(partnerOf)))]
    const subjects = partners.map((id) => `partner:${id}`)
    await tx.lockSubjects(programId, [...subjects, periodKind(method)])
    if (period !== null) {
      const isFirst = await recordPeriod(tx.db, programId, periodKind(method), period, now)
      if (!isFirst) return 0
    }
    const closing = { actor: ACTOR, nowMs, now }
    const asked = { method, partners, ...(period === null ? {} : { period }) }
    let closed = 0
    for (;;) {
      const { payouts, left } = await closeLocked(tx, program, asked, closing)
      closed += payouts.length
      if (left === 0 || payouts.length === 0) return closed
    }
  })
}

function partnerOf({ partner }: { partner: string }): string {
  return partner
}
