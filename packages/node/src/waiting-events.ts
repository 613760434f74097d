import type { PreparedEvent } from './prepare-event.ts'

export interface WaitingEvent extends PreparedEvent {
  /** Counts up with every event that was queued. */
  sequence: number
}

/** A queue of few large events must not fill the memory either. */
const MOST_BYTES = 32 * 1024 * 1024

/** The events that wait to be sent: bounded by number and by bytes. */
export class WaitingEvents {
  readonly #mostEvents: number
  #events: WaitingEvent[] = []
  #bytes = 0

  constructor(mostEvents: number) {
    this.#mostEvents = mostEvents
  }

  get length(): number {
    return this.#events.length
  }

  /** Whether one waits that was queued no later than the one with this sequence. */
  hasUpTo(sequence: number): boolean {
    return this.#events.some((event) => event.sequence <= sequence)
  }

  /** Adds at the end. Over the bound, the events at the head make room and are returned. */
  put(events: readonly WaitingEvent[]): WaitingEvent[] {
    this.#events.push(...events)
    for (const event of events) this.#bytes += event.bytes
    let excess = 0
    for (let bytes = this.#bytes; this.#isOver(this.#events.length - excess, bytes); excess++) {
      bytes -= this.#events[excess]?.bytes ?? 0
    }
    return this.#shift(excess)
  }

  /** Takes from the head, at least one, as many as fit; a comma stands between two. */
  take(mostEvents: number, mostBytes: number): WaitingEvent[] {
    let bytes = 0
    let count = 0
    for (const event of this.#events) {
      bytes += event.bytes + 1
      if (count === mostEvents || (count > 0 && bytes > mostBytes)) break
      count += 1
    }
    return this.#shift(count)
  }

  takeAll(): WaitingEvent[] {
    return this.#shift(this.#events.length)
  }

  #isOver(count: number, bytes: number): boolean {
    return count > this.#mostEvents || (bytes > MOST_BYTES && count > 1)
  }

  #shift(count: number): WaitingEvent[] {
    if (count === 0) return []
    const taken = this.#events.splice(0, count)
    for (const event of taken) this.#bytes -= event.bytes
    return taken
  }
}
