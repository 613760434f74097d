/** Calendar days and months of a zone, over `Intl` alone. */
import type { Instant } from '../facts.ts'
import { DAY_MS, epochMs, instantOf } from '../time.ts'

/** A day of the calendar as a zone's clocks show it. */
export interface LocalDay {
  year: number
  /** 1–12. */
  month: number
  day: number
}

/** The local day of an instant in a zone; throws `RangeError` for a zone that is none. */
export function localDayOf(instant: Instant, zone: string): LocalDay {
  return remembered(days, zone, instant, () => {
    const shown = new Date(wallMs(epochMs(instant), zone))
    return {
      year: shown.getUTCFullYear(),
      month: shown.getUTCMonth() + 1,
      day: shown.getUTCDate(),
    }
  })
}

export function addLocalDays({ year, month, day }: LocalDay, days: number): LocalDay {
  const shown = new Date(dayMs({ year, month, day }) + days * DAY_MS)
  return { year: shown.getUTCFullYear(), month: shown.getUTCMonth() + 1, day: shown.getUTCDate() }
}

/** The same day so many months on, or the month's last one where there is none such (RULES M6). */
export function addLocalMonths({ year, month, day }: LocalDay, months: number): LocalDay {
  const first = new Date(dayMs({ year, month: 1, day: 1 }))
  first.setUTCMonth(month - 1 + months)
  const there = { year: first.getUTCFullYear(), month: first.getUTCMonth() + 1 }
  const last = new Date(dayMs({ ...there, month: there.month + 1, day: 0 })).getUTCDate()
  return { ...there, day: Math.min(day, last) }
}

/** The calendar month of an instant in a zone, `2026-03`: where a reward accrues (RULES M10). */
export function accrualMonth(instant: Instant, zone: string): string {
  const { year, month } = localDayOf(instant, zone)
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`
}

/**
 * 00:00 of a local day: the earlier where clocks show it twice; where they leap over it, the day's first instant (the
 * next day's, where the zone left out all of it).
 */
export function midnightOf(day: LocalDay, zone: string): Instant {
  const wall = dayMs(day)
  return remembered(midnights, zone, wall, () => instantOf(midnightMs(wall, zone)))
}

/** What was found before, by zone: whoever looks at a customer again asks for the same instants. It never changes. */
type Memory<Key, Value> = Map<string, Map<Key, Value>>

const days: Memory<Instant, LocalDay> = new Map()
const midnights: Memory<number, Instant> = new Map()
/** Entries of one zone. */
const REMEMBERED = 8192

function remembered<Key, Value>(
  memory: Memory<Key, Value>,
  zone: string,
  key: Key,
  find: () => Value,
): Value {
  const ofZone = memory.get(zone) ?? new Map<Key, Value>()
  const known = ofZone.get(key)
  if (known !== undefined) return known
  const found = find()
  if (ofZone.size >= REMEMBERED) ofZone.clear()
  memory.set(zone, ofZone.set(key, found))
  return found
}

function midnightMs(wall: number, zone: string): number {
  const before = offsetMs(wall - DAY_MS, zone)
  const after = offsetMs(wall + DAY_MS, zone)
  // The larger offset gives the earlier instant.
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    if (wallMs(wall - offset, zone) === wall) return wall - offset
  }
  // Clocks leap over it: the leap lies between the instants at which either offset would show it.
  let [low, high] = [wall - Math.max(before, after) - 1, wall - Math.min(before, after)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (wallMs(middle, zone) < wall) low = middle
    else high = middle
  }
  return high
}

/** What the zone's clocks show, as if it were UTC. */
function wallMs(ms: number, zone: string): number {
  return ms + offsetMs(ms, zone)
}

function offsetMs(ms: number, zone: string): number {
  if (zone === 'UTC') return 0
  const second = Math.floor(ms / 1000) * 1000
  const [, month, day, year, era, hour, minute, sec] =
    SHOWN.exec(formatterOf(zone).format(second)) ?? []
  const shownYear = era === 'B' ? 1 - Number(year) : Number(year)
  const midnight = dayMs({ year: shownYear, month: Number(month), day: Number(day) })
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(sec)
  return midnight + seconds * 1000 - second
}

const SHOWN = /^(\d+)\/(\d+)\/(\d+) ([AB])\D* (\d+):(\d+):(\d+)$/
const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formatters.set(zone, made)
  return made
}

/** Not `Date.UTC`, which reads the years 0–99 as 1900–1999. */
function dayMs({ year, month, day }: LocalDay): number {
  return new Date(0).setUTCFullYear(year, month - 1, day)
}
