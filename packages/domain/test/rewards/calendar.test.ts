import { describe, expect, test } from 'vitest'
import {
  accrualMonth,
  addLocalDays,
  addLocalMonths,
  type LocalDay,
  localDayOf,
  midnightOf,
} from '../../src/rewards/calendar.ts'
import { daysOn, localDate, monthsOn, startOf } from './reference/calendar-naively.ts'

const day = (text: string): LocalDay => {
  const [year = 0, month = 0, date = 0] = text.split('-').map(Number)
  return { year, month, day: date }
}
const text = ({ year, month, day: date }: LocalDay) =>
  [String(year).padStart(4, '0'), ...[month, date].map((n) => String(n).padStart(2, '0'))].join('-')

describe('midnight of a local day', () => {
  test.each<[string, string, string, string]>([
    ['in UTC it is that of UTC', '2026-03-11', 'UTC', '2026-03-11T00:00:00.000Z'],
    ['before the clocks change', '2026-03-08', 'America/New_York', '2026-03-08T05:00:00.000Z'],
    ['after the clocks changed', '2026-03-09', 'America/New_York', '2026-03-09T04:00:00.000Z'],
    ['on the day of 25 hours', '2026-11-01', 'America/New_York', '2026-11-01T04:00:00.000Z'],
    ['after the day of 25 hours', '2026-11-02', 'America/New_York', '2026-11-02T05:00:00.000Z'],
    ['clocks leap from 00:00 to 01:00', '2026-04-24', 'Africa/Cairo', '2026-04-23T22:00:00.000Z'],
    ['00:00 comes twice', '2026-11-01', 'America/Havana', '2026-11-01T04:00:00.000Z'],
    ['00:00 and 00:01 come twice', '2010-11-07', 'America/St_Johns', '2010-11-07T02:30:00.000Z'],
    ['the zone left the day out', '2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
    ['the day after the one left out', '2011-12-31', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
    ['a quarter of an hour off', '2026-01-01', 'Asia/Kathmandu', '2025-12-31T18:15:00.000Z'],
    ['local mean time', '1850-01-01', 'America/New_York', '1850-01-01T04:56:02.000Z'],
    ['the first year', '0000-03-01', 'UTC', '0000-03-01T00:00:00.000Z'],
    ['the first year elsewhere', '0000-03-01', 'Asia/Tokyo', '0000-02-29T14:41:01.000Z'],
    ['past the last instant', '10000-03-01', 'UTC', '9999-12-31T23:59:59.999Z'],
  ])('%s', (_, date, zone, expected) => {
    expect(midnightOf(day(date), zone)).toBe(expected)
    expect(midnightOf(day(date), zone)).toBe(expected)
  })

  test.each(['America/New_York', 'Africa/Cairo', 'America/Havana', 'Asia/Beirut', 'Pacific/Apia'])(
    'is the first instant at which clocks in %s show it, around every change of two years',
    (zone) => {
      for (let n = 0; n < 730; n += 7) {
        // Of the other days one a week.
        const dates = [n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6].map((k) =>
          daysOn('2011-01-01', k),
        )
        for (const date of dates.filter((_, k) => k === 0 || isNearChange(dates[k] ?? '', zone))) {
          expect([date, midnightOf(day(date), zone)]).toEqual([date, startOf(date, zone)])
        }
      }
    },
  )

  test('an unknown zone is refused', () => {
    expect(() => midnightOf(day('2026-01-01'), 'Mars/Olympus')).toThrow(RangeError)
  })
})

function isNearChange(date: string, zone: string): boolean {
  const noons = [-1, 1].map((k) => new Date(`${daysOn(date, k)}T12:00:00.000Z`))
  const [before, after] = noons.map((noon) => noon.toLocaleTimeString('en-GB', { timeZone: zone }))
  return before !== after
}

describe('the local day of an instant', () => {
  test.each<[string, string, string]>([
    ['2026-03-08T04:59:59.999Z', 'America/New_York', '2026-03-07'],
    ['2026-03-08T05:00:00.000Z', 'America/New_York', '2026-03-08'],
    ['2026-11-02T04:59:59.999Z', 'America/New_York', '2026-11-01'],
    ['2026-11-02T05:00:00.000Z', 'America/New_York', '2026-11-02'],
    ['2026-04-23T21:59:59.999Z', 'Africa/Cairo', '2026-04-23'],
    ['2026-04-23T22:00:00.000Z', 'Africa/Cairo', '2026-04-24'],
    ['0000-01-01T00:00:00.000Z', 'UTC', '0000-01-01'],
    ['0099-12-31T23:59:59.999Z', 'UTC', '0099-12-31'],
  ])('%s in %s is %s', (instant, zone, date) => {
    expect(text(localDayOf(instant, zone))).toBe(date)
    if (instant > '1') expect(localDate(instant, zone)).toBe(date)
  })
})

describe('days and months on', () => {
  test.each<[string, number, string]>([
    ['2026-01-10', 60, '2026-03-11'],
    ['2028-02-28', 1, '2028-02-29'],
    ['2026-02-28', 1, '2026-03-01'],
    ['2026-12-31', 1, '2027-01-01'],
    ['2026-01-01', 0, '2026-01-01'],
  ])('%s and %d days is %s', (date, days, expected) => {
    expect(text(addLocalDays(day(date), days))).toBe(expected)
    expect(daysOn(date, days)).toBe(expected)
  })

  test.each<[string, number, string]>([
    ['2026-01-31', 1, '2026-02-28'],
    ['2028-01-31', 1, '2028-02-29'],
    ['2028-02-29', 12, '2029-02-28'],
    ['2028-02-29', 48, '2032-02-29'],
    ['2026-01-31', 3, '2026-04-30'],
    ['2026-12-31', 2, '2027-02-28'],
    ['2025-02-10', 12, '2026-02-10'],
    ['2026-05-31', 0, '2026-05-31'],
  ])('%s and %d months is %s', (date, months, expected) => {
    expect(text(addLocalMonths(day(date), months))).toBe(expected)
    expect(monthsOn(date, months)).toBe(expected)
  })
})

describe('the accrual month (M10)', () => {
  test.each<[string, string, string]>([
    ['2026-04-01T03:59:59.999Z', 'America/New_York', '2026-03'],
    ['2026-04-01T04:00:00.000Z', 'America/New_York', '2026-04'],
    ['2026-03-31T23:59:59.999Z', 'UTC', '2026-03'],
  ])('%s in %s counts to %s', (instant, zone, month) => {
    expect(accrualMonth(instant, zone)).toBe(month)
  })
})
