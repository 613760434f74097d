/** The days on which batches close by themselves, in the program's zone. */
import type { PayoutCalendar, PayoutMethod } from '@sentby/contract'
import { accrualMonth, localDayOf } from '@sentby/domain'
import { type ProgramRow, recordPeriod, type Tx } from '@sentby/store'

type Rule = PayoutCalendar[PayoutMethod] & string

/** As a job's period is noted. */
export function periodKind(method: string): string {
  return `payouts ${method}`
}

/** The calendar of a program; empty: nothing closes by itself. */
export function calendarOf({ settings }: Pick<ProgramRow, 'settings'>): PayoutCalendar {
  return (JSON.parse(settings) as { payouts?: PayoutCalendar }).payouts ?? {}
}

/**
 * The period whose day has come, `2026-11` or `2026-Q4`.
 *
 * @returns null where the month's day is still ahead, or the rule has no days (`threshold`).
 */
export function periodOf(rule: Rule, now: string, zone: string): string | null {
  const { year, month, day } = localDayOf(now, zone)
  if (rule === 'quarterly') return `${year}-Q${Math.ceil(month / 3)}`
  const [, from] = /^monthly:(\d+)$/.exec(rule) ?? []
  return from !== undefined && day >= Number(from) ? accrualMonth(now, zone) : null
}

/** A calendar begins with its next day: what is under way when it is set is not paid at once. */
export async function startCalendar(
  { tx, program, now }: { tx: Tx; program: { row: ProgramRow }; now: string },
  calendar: PayoutCalendar,
  zone: string,
): Promise<void> {
  const before = calendarOf(program.row)
  for (const [method, rule] of Object.entries(calendar)) {
    if (before[method as PayoutMethod] === rule) continue
    const period = periodOf(rule, now, zone)
    if (period === null) continue
    await recordPeriod(tx.db, program.row.id, periodKind(method), period, now)
  }
}
