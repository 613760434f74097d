/** Bounds what the bodies of requests hold in memory, from their first byte to the answer. */
import { Refusal } from '../refusal.ts'

/** A body is held as bytes, as text and as parsed events: it may cost several times its size. */
const MAX_BYTES = 8 * 1024 * 1024
/** What senders without a known secret key may hold together: the vendor's backend always finds room. */
const MAX_BYTES_OF_STRANGERS = 6 * 1024 * 1024
/** What one network of them may hold, so that slow senders block themselves only. */
const MAX_BYTES_OF_NETWORK = 2 * 1024 * 1024

/** The room that one request holds. */
export interface Lease {
  /**
   * Takes room for bytes that have arrived; silent senders hold nothing.
   *
   * @throws Refusal `overloaded` when there is none.
   */
  take(bytes: number): void
  /** Gives the room back, when the request is answered. */
  leave(): void
}

export interface IntakeBounds {
  maxBytes: number
  maxBytesOfStrangers: number
  maxBytesOfNetwork: number
}

export class Intake {
  readonly #bounds: IntakeBounds
  readonly #ofNetworks = new Map<string, number>()
  #bytes = 0
  #ofStrangers = 0

  constructor(bounds: Partial<IntakeBounds> = {}) {
    this.#bounds = {
      maxBytes: MAX_BYTES,
      maxBytesOfStrangers: MAX_BYTES_OF_STRANGERS,
      maxBytesOfNetwork: MAX_BYTES_OF_NETWORK,
      ...bounds,
    }
  }

  /** @param network who sends; `null` for a sender whose secret key was recognised. */
  open(network: string | null): Lease {
    let held = 0
    return {
      take: (bytes) => {
        if (!this.#hasRoom(bytes, network))
          throw new Refusal('overloaded', { retryAfterSeconds: 2 })
        held += bytes
        this.#add(bytes, network)
      },
      leave: () => {
        this.#add(-held, network)
        held = 0
      },
    }
  }

  #hasRoom(bytes: number, network: string | null): boolean {
    const { maxBytes, maxBytesOfStrangers, maxBytesOfNetwork } = this.#bounds
    if (this.#bytes + bytes > maxBytes) return false
    if (network === null) return true
    const ofNetwork = this.#ofNetworks.get(network) ?? 0
    return (
      this.#ofStrangers + bytes <= maxBytesOfStrangers && ofNetwork + bytes <= maxBytesOfNetwork
    )
  }

  #add(bytes: number, network: string | null): void {
    if (bytes === 0) return
    this.#bytes += bytes
    if (network === null) return
    this.#ofStrangers += bytes
    const left = (this.#ofNetworks.get(network) ?? 0) + bytes
    if (left === 0) this.#ofNetworks.delete(network)
    else this.#ofNetworks.set(network, left)
  }
}
