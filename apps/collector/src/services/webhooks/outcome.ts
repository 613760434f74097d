/** What an attempt makes of a delivery. */
import type { AttemptAnswer } from '@sentby/contract'
import type { WebhookDeliveryRow } from '@sentby/store'
import { pauseAfter } from './backoff.ts'
import type { Sent } from './send.ts'

/** Attempts that the log keeps of a delivery. */
const KEPT_ATTEMPTS = 30

/** The columns of a delivery that an attempt changes. */
export type Outcome = Pick<WebhookDeliveryRow, 'status' | 'tries' | 'due_at' | 'attempts'>

/**
 * A 2xx delivers, 410 and the last failed attempt give up, anything else waits for its next attempt. One that we
 * stopped ourselves is due at once and was no attempt.
 *
 * @param startedAt when the attempt began.
 * @param random 0 to 1, for the pause.
 */
export function outcomeOf(
  row: WebhookDeliveryRow,
  sent: Sent,
  { startedAt, nowMs, random }: { startedAt: string; nowMs: number; random: number },
): Outcome {
  const { reason } = sent
  if (reason === 'stopped') {
    const { status, tries, attempts } = row
    return { status, tries, attempts, due_at: new Date(nowMs).toISOString() }
  }
  const tries = row.tries + 1
  const { status, durationMs } = sent
  const attempt: AttemptAnswer = { at: startedAt, status, durationMs, reason }
  const known = JSON.parse(row.attempts) as AttemptAnswer[]
  const attempts = JSON.stringify([...known, attempt].slice(-KEPT_ATTEMPTS))
  if (reason === null) return { status: 'delivered', tries, due_at: null, attempts }
  const pauseMs = reason === 'gone' ? undefined : pauseAfter(tries, sent.retryAfterMs, random)
  if (pauseMs === undefined) return { status: 'exhausted', tries, due_at: null, attempts }
  const due = new Date(nowMs + pauseMs).toISOString()
  return { status: 'pending', tries, due_at: due, attempts }
}
