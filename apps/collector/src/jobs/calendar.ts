/** The program's calendar: months are closed, decisions are published (RULES M10). Safe on any number of collectors. */
import { accrualMonth, addLocalMonths, localDayOf, midnightOf } from '@sentby/domain'
import { periodRuns, publishDecisions, recordPeriod } from '@sentby/store'
import type { ProgramConfig } from '../services/program-config.ts'
import type { SettleDeps } from '../services/rewards/in-locks.ts'

export interface CalendarRun {
  /** Decisions that partners see from now on. */
  published: number
  /** Months closed. */
  closed: number
}

/** Does what the calendar asks for by now, once, however often and on however many collectors it is called. */
export async function runCalendar(deps: SettleDeps): Promise<CalendarRun> {
  const run: CalendarRun = { published: 0, closed: 0 }
  for (const program of [...deps.directory.programs()]) {
    if (program.terms.size === 0) continue
    run.closed += await closeMonths(deps, program)
    run.published += await publish(deps, program)
  }
  return run
}

/**
 * Publishes what was decided before the month of the last publish day: what is decided on Mar 31 is seen on Apr 13.
 * Without a publish day decisions are seen at once, those that waited for one too.
 */
async function publish({ store, clock }: SettleDeps, program: ProgramConfig): Promise<number> {
  const { id, timezone: zone, settings } = program.row
  const now = new Date(clock.now()).toISOString()
  const { publishDay = null } = JSON.parse(settings) as { publishDay?: number | null }
  const before = publishDay === null ? LAST_INSTANT : lastPublished(publishDay, now, zone)
  return store.transaction(({ db }) => publishDecisions(db, id, before, now))
}

const LAST_INSTANT = '9999-12-31T23:59:59.999Z'

/** The beginning of the month in which the last publish day was: what was decided before it is seen. */
function lastPublished(publishDay: number, now: string, zone: string): string {
  const today = localDayOf(now, zone)
  const isPast = today.day >= Math.min(publishDay, lastDayOf(today))
  const month = addLocalMonths({ ...today, day: 1 }, isPast ? 0 : -1)
  return midnightOf(month, zone)
}

function lastDayOf(day: { year: number; month: number; day: number }): number {
  return addLocalMonths({ ...day, day: 31 }, 0).day
}

/**
 * Closes every month that is over since the program was made: what is earned in one later accrues in the month in which
 * it is posted.
 */
async function closeMonths({ store, clock }: SettleDeps, program: ProgramConfig): Promise<number> {
  const { id, timezone: zone, created_at } = program.row
  const now = new Date(clock.now()).toISOString()
  const current = accrualMonth(now, zone)
  const last = (await periodRuns(store.db, id, 'close')).sort().at(-1)
  let month = last === undefined ? accrualMonth(created_at, zone) : monthAfter(last)
  let done = 0
  while (month < current) {
    const period = month
    const isFirst = await store.transaction(({ db }) => recordPeriod(db, id, 'close', period, now))
    if (isFirst) done++
    month = monthAfter(month)
  }
  return done
}

function monthAfter(period: string): string {
  const [year = 0, month = 0] = period.split('-').map(Number)
  const next = addLocalMonths({ year, month, day: 1 }, 1)
  return `${next.year}-${String(next.month).padStart(2, '0')}`
}
