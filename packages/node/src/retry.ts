const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 8_000
/** No collector asks for more in earnest; a date in a far year is a broken clock. */
const LONGEST_RETRY_AFTER_MS = 24 * 60 * 60 * 1000
const LONGEST_PAUSE_MS = 60_000
const LONGEST_ASKED_PAUSE_MS = 300_000

/** Whether an HTTP status may be answered otherwise the next time: 408, 425, 429 and 5xx. */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500
}

/**
 * Reads `Retry-After` (RFC 9110 §10.2.3): seconds, or an HTTP date.
 *
 * @returns milliseconds from `now`, 0 to one day; `undefined` when absent or unreadable.
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (text === '') return undefined
  // A fraction is no valid form, yet some proxies send it; Date.parse would take it, and `-5`, for dates.
  const isNumber = /^\d+(\.\d+)?$/.test(text)
  const isDate = /^[A-Za-z]/.test(text)
  const wait = isNumber ? Number(text) * 1000 : isDate ? Date.parse(text) - now : Number.NaN
  if (Number.isNaN(wait)) return undefined
  return Math.min(Math.max(wait, 0), LONGEST_RETRY_AFTER_MS)
}

/**
 * How long to wait before the next try: full jitter (a random part of 0.5, 1, 2, 4, 8, 8 … seconds), and
 * never less than the collector asked for.
 *
 * @param attempt 0 after the first try.
 * @param random a number in [0, 1).
 */
export function retryWaitMs(attempt: number, random: number, askedMs: number | undefined): number {
  const jittered = random * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt)
  return Math.max(jittered, askedMs ?? 0)
}

/**
 * How long queued events wait for their next flush: the interval, doubled with every flush in a row that
 * got no answer, up to a minute (or the interval, where it is longer); not less than the collector asked
 * for, up to five minutes.
 */
export function queuePauseMs(intervalMs: number, failures: number, askedMs: number): number {
  const doubled = Math.min(intervalMs * 2 ** failures, Math.max(LONGEST_PAUSE_MS, intervalMs))
  return Math.max(doubled, Math.min(askedMs, LONGEST_ASKED_PAUSE_MS))
}
