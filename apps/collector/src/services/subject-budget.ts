/**
 * How many open facts a day may name one visitor, installation or customer (RULES S1): who is named by thousands
 * makes every later decision about them dear. In fixed memory, whatever strangers send.
 */
import { randomBytes } from 'node:crypto'

/** Somebody whom open facts name, and how many a day may do so. */
export interface Subject {
  name: string
  most: number
}

const DAY_MS = 24 * 60 * 60 * 1000
const PLACES = 1 << 20
/** A subject has a place in each row: two that share one in the first rarely share one in the second. */
const ROWS = 2

/** Counts never too low, and too high only where a subject shares its places in all rows. */
export class SubjectBudget {
  readonly #counts = new Uint16Array(ROWS * PLACES)
  /** Nobody outside knows who shares a place with whom. */
  readonly #salts = Array.from({ length: ROWS }, () => randomBytes(8).toString('hex'))
  #day = Number.NaN

  /**
   * Takes one place for each subject, or none for any; a subject may be there several times.
   *
   * @returns whether the day (UTC) had place for all of them.
   */
  take(nowMs: number, subjects: readonly Subject[]): boolean {
    this.#startDay(Math.floor(nowMs / DAY_MS))
    for (const [index, subject] of subjects.entries()) {
      const places = this.#placesOf(subject)
      if (this.#lowest(places) >= subject.most) {
        for (const taken of subjects.slice(0, index)) this.#add(this.#placesOf(taken), -1)
        return false
      }
      this.#add(places, 1)
    }
    return true
  }

  #startDay(day: number): void {
    if (day === this.#day) return
    this.#counts.fill(0)
    this.#day = day
  }

  #placesOf({ name }: Subject): number[] {
    return this.#salts.map((salt, row) => row * PLACES + (hash(salt + name) % PLACES))
  }

  #lowest(places: readonly number[]): number {
    return Math.min(...places.map((place) => this.#counts[place] ?? 0))
  }

  #add(places: readonly number[], count: number): void {
    for (const place of places) this.#counts[place] = (this.#counts[place] ?? 0) + count
  }
}

/** FNV-1a, 32 bits, the high ones folded into the low. */
function hash(text: string): number {
  let state = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193)
  }
  return (state ^ (state >>> 16)) >>> 0
}
