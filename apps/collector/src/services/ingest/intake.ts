/** Bounds what requests hold in memory, from the first byte of a body to its answer. */
import { Refusal } from '../refusal.ts'

/** A body is held as bytes, as text and as parsed events: it may cost several times its size. */
const MAX_BYTES = 8 * 1024 * 1024

/** What one network may hold without a known secret key, so that slow senders block themselves only. */
const MAX_BYTES_OF_NETWORK = 2 * 1024 * 1024

export class Intake {
  readonly #maxBytes: number
  readonly #maxBytesOfNetwork: number
  readonly #ofNetworks = new Map<string, number>()
  #bytes = 0

  /** @param maxBytes what all bodies under way may announce together. */
  constructor(maxBytes = MAX_BYTES, maxBytesOfNetwork = MAX_BYTES_OF_NETWORK) {
    this.#maxBytes = maxBytes
    this.#maxBytesOfNetwork = maxBytesOfNetwork
  }

  /**
   * Takes room for a body about to be read.
   *
   * @param network who sends; `null` for a sender whose secret key was recognised.
   * @returns gives the room back; call it when the request is answered.
   * @throws Refusal `overloaded` when there is no room.
   */
  enter(bytes: number, network: string | null): () => void {
    const ofNetwork = network === null ? 0 : (this.#ofNetworks.get(network) ?? 0)
    const isFull = this.#bytes + bytes > this.#maxBytes
    if (isFull || (network !== null && ofNetwork + bytes > this.#maxBytesOfNetwork)) {
      throw new Refusal('overloaded', { retryAfterSeconds: 2 })
    }
    this.#add(bytes, network)
    return () => this.#add(-bytes, network)
  }

  #add(bytes: number, network: string | null): void {
    this.#bytes += bytes
    if (network === null) return
    const left = (this.#ofNetworks.get(network) ?? 0) + bytes
    if (left === 0) this.#ofNetworks.delete(network)
    else this.#ofNetworks.set(network, left)
  }
}
