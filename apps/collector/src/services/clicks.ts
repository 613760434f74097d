/**
 * Clicks: counted redirects, never evidence (RULES F7). The redirect puts them into a bounded queue; they are
 * stored within 2 s in commits small enough not to hold a redirect up.
 */
import { createHash } from 'node:crypto'
import { type ClickCount, type ClickRow, idBatch, type Store } from '@sentby/store'
import type { Clock } from './clock.ts'

const MAX_QUEUED = 200_000
const FLUSH_MS = 250
/** Counts of many codes lie on the same pages: one large commit writes each page once. */
const ROWS_PER_COMMIT = 2500
/** The same network and browser on the same code within an hour is a repeated click. */
const REPEAT_MS = 60 * 60 * 1000
const MAX_REMEMBERED = 200_000
/** Longer descriptions of a click are remembered by their digest. */
const MAX_KEY_LENGTH = 300

export type ClickClass = ClickRow['class']

/** A click that waits to be stored. */
interface Click {
  programId: string
  code: string
  atMs: number
  class: ClickClass
}

export class Clicks {
  readonly #store: Store
  readonly #clock: Clock
  readonly #onDropped: (clicks: number) => void
  #queue: Click[] = []
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> | undefined
  /** In memory only: raw addresses are never stored. Two generations, so that forgetting is cheap. */
  #recent = new Map<string, number>()
  #older = new Map<string, number>()

  constructor(deps: { store: Store; clock: Clock; onDropped?: (clicks: number) => void }) {
    this.#store = deps.store
    this.#clock = deps.clock
    this.#onDropped = deps.onDropped ?? (() => {})
  }

  get queued(): number {
    return this.#queue.length
  }

  /** Whether this network and browser clicked on the code less than an hour ago; remembers this click. */
  isRepeated(programId: string, code: string, network: string, userAgent: string): boolean {
    const now = this.#clock.now()
    const whole = `${programId} ${code} ${network} ${userAgent}`
    // Of bounded size: a User-Agent may have 16 KB.
    const key = whole.length > MAX_KEY_LENGTH ? digest(whole) : whole
    const last = this.#recent.get(key) ?? this.#older.get(key)
    if (last !== undefined && now - last < REPEAT_MS) return true
    this.#recent.set(key, now)
    if (this.#recent.size > MAX_REMEMBERED) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    return false
  }

  /** Queues a click; when the queue is full it is dropped and counted as such. */
  add(programId: string, code: string, clickClass: ClickClass): void {
    if (this.#queue.length >= MAX_QUEUED) {
      this.#onDropped(1)
      return
    }
    this.#queue.push({ programId, code, atMs: this.#clock.now(), class: clickClass })
    this.#timer ??= setTimeout(() => this.#tick(), FLUSH_MS)
  }

  /** Stores everything that is queued now. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    // A flush under way took what was queued when it began, not what came since.
    await this.#flushing?.catch(() => {})
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined
    })
    await this.#flushing
  }

  #tick(): void {
    this.#timer = undefined
    // A failure keeps the rows; the next tick tries again.
    this.flush()
      .catch(() => {})
      .finally(() => {
        if (this.#queue.length > 0) this.#timer ??= setTimeout(() => this.#tick(), FLUSH_MS)
      })
  }

  async #flush(): Promise<void> {
    let left = this.#queue.length
    while (left > 0) {
      const rows = toRows(this.#queue.slice(0, Math.min(left, ROWS_PER_COMMIT)))
      await this.#store.storeClicks(rows, countClicks(rows))
      this.#queue = this.#queue.slice(rows.length)
      left -= rows.length
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function toRows(clicks: readonly Click[]): ClickRow[] {
  const id = idBatch('click')
  return clicks.map(({ programId, code, atMs, class: clickClass }) => ({
    program_id: programId,
    id: id(atMs),
    at: new Date(atMs).toISOString(),
    code,
    class: clickClass,
  }))
}

function countClicks(rows: readonly ClickRow[]): ClickCount[] {
  const counts = new Map<string, ClickCount>()
  for (const { program_id, code, at, class: clickClass } of rows) {
    const day = at.slice(0, 10)
    const key = `${program_id} ${code} ${day} ${clickClass}`
    const count = counts.get(key)
    if (count) count.clicks++
    else counts.set(key, { program_id, code, day, class: clickClass, clicks: 1 })
  }
  // In the order of the table: neighbours share a page.
  return [...counts.values()].sort((a, b) => (a.code < b.code ? -1 : 1))
}
