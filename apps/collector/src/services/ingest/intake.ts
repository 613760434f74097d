/** Bounds what requests hold in memory, from the first byte of a body to its answer. */
import { Refusal } from '../refusal.ts'

/** A body is held as bytes, as text and as parsed events: it may cost several times its size. */
const MAX_BYTES = 8 * 1024 * 1024

export class Intake {
  readonly #maxBytes: number
  #bytes = 0

  /** @param maxBytes what all bodies under way may announce together. */
  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  /**
   * Takes room for a body about to be read.
   *
   * @returns gives the room back; call it when the request is answered.
   * @throws Refusal `overloaded` when there is no room.
   */
  enter(bytes: number): () => void {
    if (this.#bytes + bytes > this.#maxBytes) {
      throw new Refusal('overloaded', { retryAfterSeconds: 2 })
    }
    this.#bytes += bytes
    return () => {
      this.#bytes -= bytes
    }
  }
}
