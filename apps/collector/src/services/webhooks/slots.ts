/** How many attempts may be under way, so that no receiver takes them all. */

export interface SlotLimits {
  /** Of all webhooks together. */
  total: number
  /** Of one webhook. */
  each: number
  /** Of all slow webhooks together; each of them has one at a time. */
  slow: number
  /** An attempt that takes longer makes its webhook a slow one, until a quicker one. */
  slowMs: number
}

export const SLOT_LIMITS: SlotLimits = { total: 64, each: 16, slow: 32, slowMs: 2000 }

export class Slots {
  readonly #limits: SlotLimits
  readonly #busy = new Map<string, number>()
  readonly #slow = new Set<string>()
  #total = 0

  constructor(limits: SlotLimits = SLOT_LIMITS) {
    this.#limits = limits
  }

  /** How many attempts a webhook may begin now. */
  free(webhook: string): number {
    const { total, each, slow } = this.#limits
    const busy = this.#busy.get(webhook) ?? 0
    const left = total - this.#total
    if (!this.#slow.has(webhook)) return Math.max(0, Math.min(left, each - busy))
    return Math.max(0, Math.min(left, slow - this.#busyWithSlow(), 1 - busy))
  }

  take(webhook: string): void {
    this.#busy.set(webhook, (this.#busy.get(webhook) ?? 0) + 1)
    this.#total++
  }

  /** Ends an attempt that took so long. */
  giveBack(webhook: string, durationMs: number): void {
    const busy = (this.#busy.get(webhook) ?? 0) - 1
    if (busy > 0) this.#busy.set(webhook, busy)
    else this.#busy.delete(webhook)
    this.#total--
    if (durationMs > this.#limits.slowMs) this.#slow.add(webhook)
    else this.#slow.delete(webhook)
  }

  #busyWithSlow(): number {
    let busy = 0
    for (const [webhook, count] of this.#busy) if (this.#slow.has(webhook)) busy += count
    return busy
  }
}
