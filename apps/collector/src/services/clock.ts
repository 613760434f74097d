/** Where the time comes from. Only tests and the test clock set it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/** A clock that can be set and then runs on (CONTRACT §2, `PUT /v1/test-clock`). */
export class TestClock implements Clock {
  #offsetMs = 0

  now(): number {
    return Date.now() + this.#offsetMs
  }

  set(nowMs: number): void {
    this.#offsetMs = nowMs - Date.now()
  }
}
