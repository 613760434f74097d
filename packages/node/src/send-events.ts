import { readProblem, readResults, type WireResult } from './answer.ts'
import { ApiError, ConnectionError, SentbyError, TimeoutError } from './errors.ts'
import type { PreparedEvent } from './prepare-event.ts'
import { retryWaitMs } from './retry.ts'
import { VERSION } from './version.ts'

/** Where and how events are sent. */
export interface Wire {
  /** Address without a slash at its end. */
  endpoint: string
  key: string
  /** One try, its answer read to the end. */
  timeoutMs: number
  /** All tries and the waits between them. */
  deadlineMs: number
  /** Tries after the first. */
  maxRetries: number
  fetch: typeof globalThis.fetch
  /** Milliseconds since 1970. */
  now: () => number
  /** In [0, 1). */
  random: () => number
}

/** With less time left no further try begins. */
const SHORTEST_TRY_MS = 50

/**
 * Sends events in one request, and again until an answer comes: after network errors, 408, 425, 429, 5xx
 * and a 200 that is none. Events keep their ids, so a try whose answer was lost does no harm.
 *
 * @returns one result an event, in the order given.
 * @throws SentbyError of the last try; the signal's reason when it aborts.
 */
export async function sendEvents(
  wire: Wire,
  events: readonly PreparedEvent[],
  signal?: AbortSignal,
): Promise<WireResult[]> {
  const end = performance.now() + wire.deadlineMs
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted()
    const timeoutMs = Math.min(wire.timeoutMs, end - performance.now())
    const answer = await tryOnce(wire, events, timeoutMs, signal)
    if (!(answer instanceof SentbyError)) return answer
    if (!answer.retryable || attempt >= wire.maxRetries) throw answer
    const askedMs = answer instanceof ApiError ? answer.retryAfterMs : undefined
    const waitMs = retryWaitMs(attempt, wire.random(), askedMs)
    // A wait beyond the deadline helps nobody: the caller learns at once, and for how long.
    if (performance.now() + waitMs > end - SHORTEST_TRY_MS) throw answer
    await sleep(waitMs, signal)
  }
}

async function tryOnce(
  wire: Wire,
  events: readonly PreparedEvent[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<WireResult[] | SentbyError> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), timeoutMs)
  const abort = () => controller.abort()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    const sentAt = new Date(wire.now()).toISOString()
    const response = await wire.fetch(`${wire.endpoint}/v1/events`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${wire.key}`,
        'content-type': 'application/json',
        'user-agent': `sentby-node/${VERSION}`,
      },
      body: `{"sentAt":"${sentAt}","events":[${events.map(({ json }) => json).join(',')}]}`,
      // Followed, a 301 would turn the POST into a GET, and another host would get the events.
      redirect: 'manual',
      signal: controller.signal,
    })
    const { status, headers } = response
    const text = await response.text()
    if (status !== 200) return readProblem(status, headers, text, wire.now())
    const ids = events.map(({ id }) => id)
    return readResults(text, ids, headers.get('x-request-id') ?? undefined)
  } catch (cause) {
    signal?.throwIfAborted()
    if (controller.signal.aborted) {
      return new TimeoutError(`no answer from ${wire.endpoint} in ${Math.round(timeoutMs)} ms`)
    }
    return new ConnectionError(`no answer from ${wire.endpoint}: ${because(cause)}`, { cause })
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

/** `fetch failed` says nothing; its cause does (`connect ECONNREFUSED 127.0.0.1:8787`). */
function because(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  return cause.message || String('code' in cause ? cause.code : cause.name)
}

function sleep(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, waitMs)
    signal?.addEventListener('abort', abort, { once: true })
  })
}
