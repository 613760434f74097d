/** The calendar by looking at the clock again and again; nothing is shared with the product's. */
const HOUR_MS = 3_600_000

const formatters = new Map<string, Intl.DateTimeFormat>()
/** What was found before: the worlds repeat their instants. */
const found = new Map<string, string>()

function once(name: string, find: () => string): string {
  const known = found.get(name) ?? find()
  found.set(name, known)
  return known
}

/** `2026-03-08` as the zone's calendars show it. */
export function localDate(instant: string, zone: string): string {
  return once(`${instant} ${zone}`, () => dateAt(Date.parse(instant), zone))
}

function dateAt(ms: number, zone: string): string {
  const formatter =
    formatters.get(zone) ??
    new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short', calendar: 'iso8601' })
  formatters.set(zone, formatter)
  return formatter.format(ms)
}

export function daysOn(date: string, days: number): string {
  const noon = new Date(`${date}T12:00:00.000Z`)
  noon.setUTCDate(noon.getUTCDate() + days)
  return noon.toISOString().slice(0, 10)
}

/** Counts months one by one, and days back from a day that there is not. */
export function monthsOn(date: string, months: number): string {
  let [year = 0, month = 0] = date.split('-').map(Number)
  for (let passed = 0; passed < months; passed++) {
    month = month === 12 ? 1 : month + 1
    if (month === 1) year++
  }
  for (let day = Number(date.slice(8)); ; day--) {
    const tried = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
    const read = new Date(`${tried}T12:00:00.000Z`)
    if (!Number.isNaN(read.getTime()) && read.toISOString().startsWith(tried)) return tried
  }
}

/** The first instant at which the zone shows that date or a later one: by hours, then minutes, seconds. */
export function startOf(date: string, zone: string): string {
  return once(`start of ${date} ${zone}`, () => {
    let ms = Date.parse(`${date}T00:00:00.000Z`) - 30 * HOUR_MS
    for (const step of [HOUR_MS, 60_000, 1000]) {
      while (dateAt(ms + step, zone) < date) ms += step
    }
    return new Date(ms + 1000).toISOString()
  })
}
