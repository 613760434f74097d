/** When a message that failed is tried again: ten attempts in a little over three days (Standard Webhooks). */

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Pauses after the first, second … failed attempt. */
export const PAUSES_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
]

/** A receiver may ask for a longer pause, not for more than this. */
const LONGEST_MS = 24 * HOUR
/** Pauses differ by a tenth either way, so that what failed together does not return together. */
const JITTER = 0.1

/**
 * The pause before the next attempt, or `undefined` when there is none.
 *
 * @param tries attempts made, 1 or more.
 * @param askedMs what the receiver asked for by `Retry-After`.
 * @param random 0 to 1.
 */
export function pauseAfter(tries: number, askedMs: number | undefined, random: number) {
  const planned = PAUSES_MS[tries - 1]
  if (planned === undefined) return undefined
  const spread = Math.round(planned * (1 - JITTER + 2 * JITTER * random))
  return Math.max(spread, Math.min(askedMs ?? 0, LONGEST_MS))
}

/**
 * Reads `Retry-After`: seconds, or a date (RFC 9110 §10.2.3).
 *
 * @param nowMs the clock that the receiver's date is compared with.
 * @returns milliseconds from now, or `undefined` where it says nothing.
 */
export function readRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined
  const text = header.trim()
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND
  if (!/^[A-Z][a-z]{2},/.test(text)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}
