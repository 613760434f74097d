import { describe, expect, test } from 'vitest'
import { isRetryableStatus, queuePauseMs, retryAfterMs, retryWaitMs } from '../src/retry.ts'

describe('the wait before the next try', () => {
  test.each([
    [0, 0, undefined, 0],
    [0, 1, undefined, 500],
    [1, 1, undefined, 1_000],
    [4, 1, undefined, 8_000],
    [5, 1, undefined, 8_000],
    [2_000, 0.5, undefined, 4_000],
    [0, 0, 700, 700],
    [4, 1, 700, 8_000],
  ])('after try %i, random %d and asked for %s is %i ms', (attempt, random, asked, expected) => {
    expect(retryWaitMs(attempt, random, asked)).toBe(expected)
  })

  const NOW = Date.parse('2026-11-22T10:00:00Z')
  test.each([
    [null, undefined],
    ['', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['0', 0],
    ['1', 1_000],
    ['1.5', 1_500],
    [' 120 ', 120_000],
    ['999999999', 86_400_000],
    ['Sun, 22 Nov 2026 10:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 09:59:00 GMT', 0],
    ['Tue, 22 Nov 2050 10:00:00 GMT', 86_400_000],
  ])('Retry-After %j means %s ms', (header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected)
  })

  test.each([
    [200, false],
    [307, false],
    [400, false],
    [401, false],
    [404, false],
    [408, true],
    [409, false],
    [410, false],
    [422, false],
    [425, true],
    [429, true],
    [431, false],
    [500, true],
    [599, true],
  ])('status %i may be tried again: %s', (code, expected) => {
    expect(isRetryableStatus(code)).toBe(expected)
  })

  test.each([
    [5_000, 0, 0, 5_000],
    [5_000, 1, 0, 10_000],
    [5_000, 3, 0, 40_000],
    [5_000, 4, 0, 60_000],
    [5_000, 5_000, 0, 60_000],
    [90_000, 2, 0, 90_000],
    [5_000, 1, 120_000, 120_000],
    [5_000, 1, 3_600_000, 300_000],
    [5_000, 4, 1_000, 60_000],
  ])('a queue of %i ms waits after %i failures, asked for %i ms: %i ms', (...row) => {
    const [interval, failures, asked, expected] = row
    expect(queuePauseMs(interval, failures, asked)).toBe(expected)
  })
})
