import { resultOrError, type WireResult } from './answer.ts'
import { ApiError, SentbyError } from './errors.ts'
import type { PreparedEvent } from './prepare-event.ts'
import { queuePauseMs } from './retry.ts'
import { type WaitingEvent, WaitingEvents } from './waiting-events.ts'
import { warn } from './warn.ts'

/** Which events an error cost. None: they are still queued and are sent again. */
export interface DropReport {
  dropped: number
  /** The dropped events' ids. */
  ids: readonly string[]
}

/** Hears of every error of queued events. */
export type OnError = (error: SentbyError, report: DropReport) => void

/** What became of the events between the call of `flush` and its end. */
export interface FlushReport {
  sent: number
  dropped: number
  /** Still waiting, because the collector does not answer. */
  queued: number
}

export interface QueueOptions {
  send: (events: readonly PreparedEvent[], signal: AbortSignal) => Promise<WireResult[]>
  onError: OnError
  /** As many waiting events are sent at once. */
  flushAt: number
  flushIntervalMs: number
  maxQueueSize: number
}

/** CONTRACT §4.1, less the envelope. */
const BATCH_BYTES = 512 * 1024 - 256
const BATCH_EVENTS = 500

/**
 * Events on their way: bounded, one batch at a time, in memory only. A batch that the collector does not
 * answer goes to the end of the queue (the order of facts does not matter) and is sent again after a pause
 * that doubles up to a minute.
 */
export class EventQueue {
  readonly #options: QueueOptions
  readonly #stop = new AbortController()
  readonly #waiting: WaitingEvents
  #inFlight: { oldest: number; goOn: Promise<boolean> } | undefined
  #sequence = 0
  #sent = 0
  #dropped = 0
  #overflow: WaitingEvent[] = []
  #batchEvents = BATCH_EVENTS
  #failures = 0
  #retryAfterMs = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: QueueOptions) {
    this.#options = options
    this.#waiting = new WaitingEvents(options.maxQueueSize)
  }

  /** Takes an event; over the bound the ones at the head are dropped and reported. */
  add(event: PreparedEvent): void {
    this.#sequence += 1
    this.#put([{ ...event, sequence: this.#sequence }])
    if (this.#waiting.length >= this.#options.flushAt && this.#failures === 0 && !this.#inFlight) {
      void this.flush()
    } else {
      this.#schedule()
    }
  }

  /**
   * Sends what waits. Resolves when every event added before the call is sent or dropped, or when the
   * collector does not answer (they stay `queued`). Never rejects.
   */
  async flush(): Promise<FlushReport> {
    this.#unschedule()
    const { sent, dropped } = this.#counts()
    const mark = this.#sequence
    while (this.#isPending(mark)) {
      if (!(await this.#currentBatch())) break
    }
    this.#schedule()
    const now = this.#counts()
    return { sent: now.sent - sent, dropped: now.dropped - dropped, queued: this.#waiting.length }
  }

  /** Flushes, for `timeoutMs` at most, and drops what is left. */
  async close(timeoutMs: number): Promise<FlushReport> {
    const before = this.#counts()
    const timer = setTimeout(() => this.#stop.abort(), timeoutMs)
    await this.flush()
    clearTimeout(timer)
    this.#unschedule()
    const left = this.#waiting.takeAll()
    if (left.length > 0) {
      const message = `closed with ${left.length} events that the collector did not take`
      this.#drop(new SentbyError(message, { code: 'closed', retryable: true }), left)
    }
    const now = this.#counts()
    return { sent: now.sent - before.sent, dropped: now.dropped - before.dropped, queued: 0 }
  }

  /** Counts and reports events that were not taken. */
  refuse(error: SentbyError, events: readonly PreparedEvent[]): void {
    this.#drop(error, events)
  }

  #counts() {
    return { sent: this.#sent, dropped: this.#dropped }
  }

  #isPending(mark: number): boolean {
    if (this.#inFlight && this.#inFlight.oldest <= mark) return true
    return this.#waiting.hasUpTo(mark)
  }

  /** Joins the batch under way or sends the next; tells whether it makes sense to go on. */
  #currentBatch(): Promise<boolean> {
    if (!this.#inFlight) {
      const batch = this.#waiting.take(this.#batchEvents, BATCH_BYTES)
      const goOn = this.#send(batch).finally(() => {
        this.#inFlight = undefined
      })
      this.#inFlight = { oldest: Math.min(...batch.map(({ sequence }) => sequence)), goOn }
    }
    return this.#inFlight.goOn
  }

  async #send(batch: WaitingEvent[]): Promise<boolean> {
    try {
      const results = await this.#options.send(batch, this.#stop.signal)
      this.#failures = 0
      this.#retryAfterMs = 0
      batch.forEach((event, i) => {
        this.#settle(event, results[i])
      })
      return true
    } catch (error) {
      if (this.#stop.signal.aborted) {
        this.#put(batch)
        return false
      }
      if (!(error instanceof SentbyError)) throw error
      return this.#fail(error, batch)
    }
  }

  #settle(event: WaitingEvent, result: WireResult | undefined): void {
    if (!result) return
    const settled = resultOrError(event.id, result)
    if (settled instanceof SentbyError) this.#drop(settled, [event])
    else this.#sent += 1
  }

  #fail(error: SentbyError, batch: WaitingEvent[]): boolean {
    if (error instanceof ApiError && error.status === 413 && batch.length > 1) {
      // A proxy before the collector takes less than the collector does.
      this.#batchEvents = Math.ceil(batch.length / 2)
      this.#put(batch)
      return true
    }
    if (!error.retryable) {
      this.#drop(error, batch)
      return true
    }
    this.#failures += 1
    this.#retryAfterMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0
    this.#put(batch)
    this.#report(error, [])
    return false
  }

  #put(events: readonly WaitingEvent[]): void {
    const excess = this.#waiting.put(events)
    if (excess.length === 0) return
    // One report for a burst, not one an event.
    if (this.#overflow.length === 0) queueMicrotask(() => this.#reportOverflow())
    this.#overflow.push(...excess)
  }

  #reportOverflow(): void {
    const dropped = this.#overflow
    this.#overflow = []
    const message = `the queue is full (${this.#options.maxQueueSize}): ${dropped.length} dropped`
    this.#drop(new SentbyError(message, { code: 'queue_full', retryable: true }), dropped)
  }

  #drop(error: SentbyError, events: readonly PreparedEvent[]): void {
    this.#dropped += events.length
    this.#report(
      error,
      events.map(({ id }) => id),
    )
  }

  #report(error: SentbyError, ids: readonly string[]): void {
    try {
      this.#options.onError(error, { dropped: ids.length, ids })
    } catch (fault) {
      // A fault in the caller's own handler must not cost the events behind it.
      warn('onError threw', fault)
    }
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#waiting.length === 0 || this.#stop.signal.aborted) return
    const { flushIntervalMs } = this.#options
    const pauseMs = queuePauseMs(flushIntervalMs, this.#failures, this.#retryAfterMs)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.flush()
    }, pauseMs)
    // A queue must not keep a finished program alive; workers' timers are numbers.
    if (typeof this.#timer === 'object') this.#timer.unref()
  }

  #unschedule(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
