import type { Instant, Trust } from './facts.ts'

export const MINUTE_MS = 60_000
export const DAY_MS = 86_400_000

/** The first and last moments that 24 characters can write. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z')
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')
/** How far a sender's clock may stray before its claims are shifted (RULES F4). */
const SKEW_MS = 60_000
/** How far back an open fact may claim to lie (RULES F4). */
const OPEN_PAST_MS = 30 * DAY_MS

/** Milliseconds since 1970 of an instant; throws `RangeError` for text that is none. */
export function epochMs(instant: Instant): number {
  const ms = Date.parse(instant)
  if (Number.isNaN(ms)) throw new RangeError(`not an instant: ${instant}`)
  return ms
}

/** What one commit says of time for all events of a request: worked out once, the inputs being the same. */
interface Arrival {
  received: Instant
  sentAt: Instant | undefined
  receivedMs: number
  /** How far the sender's clock is behind, in milliseconds. */
  skewMs: number
  openFloor: Instant
}

let lastArrival: Arrival | undefined

function arrivalOf(received: Instant, sentAt: Instant | undefined): Arrival {
  if (lastArrival?.received === received && lastArrival.sentAt === sentAt) return lastArrival
  const receivedMs = epochMs(received)
  const skewMs = sentAt === undefined ? 0 : receivedMs - epochMs(sentAt)
  const openFloor = instantOf(receivedMs - OPEN_PAST_MS)
  lastArrival = { received, sentAt, receivedMs, skewMs, openFloor }
  return lastArrival
}

/** The instant of 24 characters at so many milliseconds since 1970, clamped to the years 0000–9999. */
export function instantOf(ms: number): Instant {
  return new Date(Math.min(Math.max(ms, FIRST_MS), LAST_MS)).toISOString()
}

/** The instant so many days of 24 hours later (negative: earlier), clamped to the years 0000–9999. */
export function addDays(instant: Instant, days: number): Instant {
  return instantOf(epochMs(instant) + days * DAY_MS)
}

/** The instant so many minutes later (negative: earlier), clamped to the years 0000–9999. */
export function addMinutes(instant: Instant, minutes: number): Instant {
  return instantOf(epochMs(instant) + minutes * MINUTE_MS)
}

/** What a sender said about time, and when the collector took it. */
export interface Timing {
  /** The sender's claim; absent: the moment of receipt. */
  at?: Instant | undefined
  /** The sender's clock when it sent. */
  sentAt?: Instant | undefined
  received: Instant
  trust: Trust
}

/**
 * The moment a fact counts at (RULES F4): `at`, shifted by the sender's skew where that is more than
 * 60 s, then clamped to [received − 30 days, received] for open facts, to at most `received` for secret ones.
 */
export function effectiveTime({ at, sentAt, received, trust }: Timing): Instant {
  if (at === undefined) return received
  const { receivedMs, skewMs, openFloor } = arrivalOf(received, sentAt)
  const isShifted = Math.abs(skewMs) > SKEW_MS
  // Text order is time order: most claims stand as they are.
  if (!isShifted && at <= received && (trust === 'secret' || at >= openFloor)) return at
  const claimed = epochMs(at) + (isShifted ? skewMs : 0)
  const floor = trust === 'open' ? receivedMs - OPEN_PAST_MS : FIRST_MS
  return instantOf(Math.min(Math.max(claimed, floor), receivedMs))
}
