/** The orders that everything is sorted by: ids as bytes, and time (docs/rewards-rules.md). */
import type { Instant } from '../facts.ts'

/** Compares as UTF-8 bytes do, which is by code points; JavaScript compares UTF-16. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const [one, other] = [a.charCodeAt(index), b.charCodeAt(index)]
    if (one === other) continue
    // The halves of code points above U+FFFF stand below U+E000 in UTF-16 and above everything in UTF-8.
    const [oneHalf, otherHalf] = [isSurrogate(one), isSurrogate(other)]
    return oneHalf === otherHalf ? one - other : oneHalf ? 1 : -1
  }
  return a.length - b.length
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}

/** Text order is time order; what has no time comes last. */
export function compareInstants(a: Instant | null, b: Instant | null): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? 1 : -1
  return a < b ? -1 : 1
}
