import { describe, expect, it } from 'vitest'
import { addDays, addMinutes, effectiveTime, epochMs, instantOf } from '../src/index.ts'

const RECEIVED = '2026-06-01T12:00:00.000Z'
const FIRST = '0000-01-01T00:00:00.000Z'
const LAST = '9999-12-31T23:59:59.999Z'

describe('F4: the effective time', () => {
  const open = { received: RECEIVED, trust: 'open' } as const
  const secret = { received: RECEIVED, trust: 'secret' } as const
  it.each([
    ['is the receipt where the sender claims none', open, RECEIVED],
    [
      'is the receipt where only the sending is claimed',
      { ...open, sentAt: '2020-01-01T00:00:00.000Z' },
      RECEIVED,
    ],
    [
      'is what the sender says',
      { ...open, at: '2026-06-01T11:59:58.120Z' },
      '2026-06-01T11:59:58.120Z',
    ],
    [
      'ignores a skew of 60 s',
      { ...open, at: '2026-06-01T11:00:00.000Z', sentAt: '2026-06-01T11:59:00.000Z' },
      '2026-06-01T11:00:00.000Z',
    ],
    [
      'shifts by a skew one millisecond larger',
      { ...open, at: '2026-06-01T11:00:00.000Z', sentAt: '2026-06-01T11:58:59.999Z' },
      '2026-06-01T11:01:00.001Z',
    ],
    [
      'ignores a clock 60 s ahead, but never lies after the receipt',
      { ...open, at: '2026-06-01T12:00:59.000Z', sentAt: '2026-06-01T12:01:00.000Z' },
      RECEIVED,
    ],
    [
      'shifts back from a clock further ahead',
      { ...open, at: '2026-06-02T11:00:00.000Z', sentAt: '2026-06-02T12:00:00.000Z' },
      '2026-06-01T11:00:00.000Z',
    ],
    [
      'of an open fact is at most 30 days old',
      { ...open, at: '2026-05-02T12:00:00.000Z' },
      '2026-05-02T12:00:00.000Z',
    ],
    [
      'of an older open fact is 30 days before the receipt',
      { ...open, at: '2026-05-02T11:59:59.999Z' },
      '2026-05-02T12:00:00.000Z',
    ],
    [
      'of an open fact is not after the receipt',
      { ...open, at: '2026-06-01T12:00:00.001Z' },
      RECEIVED,
    ],
    [
      'of a secret fact may be of any age',
      { ...secret, at: '1999-01-01T00:00:00.000Z' },
      '1999-01-01T00:00:00.000Z',
    ],
    ['of a secret fact is not after the receipt', { ...secret, at: LAST }, RECEIVED],
    [
      'of a secret fact is never before the first year',
      { ...secret, at: FIRST, sentAt: LAST },
      FIRST,
    ],
    [
      'of a secret fact is shifted, too',
      { ...secret, at: '2026-06-01T10:00:00.000Z', sentAt: '2026-06-01T11:00:00.000Z' },
      '2026-06-01T11:00:00.000Z',
    ],
  ])('%s', (_name, timing, expected) => {
    expect(effectiveTime(timing)).toBe(expected)
  })
})

describe('instants', () => {
  it.each([
    ['2026-02-28T12:00:00.000Z', 1, '2026-03-01T12:00:00.000Z'],
    ['2028-02-28T12:00:00.000Z', 1, '2028-02-29T12:00:00.000Z'],
    // A day is 24 hours, whatever a clock on the wall does.
    ['2026-03-29T00:30:00.000Z', 1, '2026-03-30T00:30:00.000Z'],
    ['2026-01-01T00:00:00.000Z', -1, '2025-12-31T00:00:00.000Z'],
    ['2026-01-01T00:00:00.000Z', 0, '2026-01-01T00:00:00.000Z'],
    [FIRST, -1, FIRST],
    [LAST, 1, LAST],
    [LAST, 1e12, LAST],
  ])('%s and %d days is %s', (instant, days, expected) => {
    expect(addDays(instant, days)).toBe(expected)
  })

  it('moves by minutes', () => {
    expect(addMinutes(RECEIVED, 60)).toBe('2026-06-01T13:00:00.000Z')
    expect(addMinutes(RECEIVED, -1)).toBe('2026-06-01T11:59:00.000Z')
  })

  it.each([FIRST, '0099-12-31T23:59:59.999Z', '1970-01-01T00:00:00.000Z', RECEIVED, LAST])(
    '%s comes back from its milliseconds in 24 characters',
    (instant) => {
      expect(instantOf(epochMs(instant))).toBe(instant)
    },
  )

  it('refuses text that is no instant', () => {
    expect(() => epochMs('yesterday')).toThrow(RangeError)
    expect(() => effectiveTime({ at: 'soon', received: RECEIVED, trust: 'open' })).toThrow(
      RangeError,
    )
  })
})
