import { StampError } from './types.ts'

/** A probability of one half; they are 11-bit numbers. */
const HALF = 1024

/**
 * The range decoder of LZMA: bits with adaptive probabilities, each named by its index. It takes no byte from outside
 * of its chunk.
 */
export class RangeDecoder {
  private readonly probabilities: Uint16Array
  private input: Uint8Array = new Uint8Array(0)
  private at = 0
  private end = 0
  private range = 0
  private code = 0

  constructor(probabilities: number) {
    this.probabilities = new Uint16Array(probabilities)
  }

  /** Makes the first `count` probabilities even. */
  reset(count: number): void {
    this.probabilities.fill(HALF, 0, count)
  }

  /** Begins the packed bytes `[start, end)` of a chunk. @throws StampError `malformed`. */
  begin(input: Uint8Array, start: number, end: number): void {
    if (end - start < 5 || input[start] !== 0) throw damaged()
    this.input = input
    this.at = start + 1
    this.end = end
    this.range = 0xffffffff
    this.code = 0
    for (let i = 0; i < 4; i++) this.code = this.code * 256 + this.next()
  }

  /** Ends a chunk: all of its bytes were needed. @throws StampError `malformed`. */
  finish(): void {
    if (this.at !== this.end || this.code !== 0) throw damaged()
  }

  /** The next bit, by the probability at `index`, which learns from it. @throws StampError `malformed`. */
  bit(index: number): number {
    const probability = this.probabilities[index] ?? 0
    const bound = (this.range >>> 11) * probability
    let bit = 0
    if (this.code < bound) {
      this.range = bound
      this.probabilities[index] = probability + ((2048 - probability) >>> 5)
    } else {
      this.range -= bound
      this.code -= bound
      this.probabilities[index] = probability - (probability >>> 5)
      bit = 1
    }
    if (this.range < 0x1000000) this.normalize()
    return bit
  }

  /** A number of `count` bits (at most 26) of even probability, highest first. */
  direct(count: number): number {
    let value = 0
    for (let i = 0; i < count; i++) {
      this.range >>>= 1
      const bit = this.code >= this.range ? 1 : 0
      if (bit === 1) this.code -= this.range
      if (this.range < 0x1000000) this.normalize()
      value = value * 2 + bit
    }
    return value
  }

  /** A number of `count` bits, highest first, by the tree of probabilities from `base` on. */
  tree(base: number, count: number): number {
    let node = 1
    for (let i = 0; i < count; i++) node = (node << 1) | this.bit(base + node)
    return node - (1 << count)
  }

  /** The same, lowest bit first. */
  reverseTree(base: number, count: number): number {
    let node = 1
    let value = 0
    for (let i = 0; i < count; i++) {
      const bit = this.bit(base + node)
      node = (node << 1) | bit
      value |= bit << i
    }
    return value
  }

  private normalize(): void {
    this.range = (this.range << 8) >>> 0
    this.code = ((this.code << 8) | this.next()) >>> 0
  }

  private next(): number {
    if (this.at === this.end) throw damaged()
    return this.input[this.at++] ?? 0
  }
}

function damaged(): StampError {
  return new StampError('malformed', 'damaged LZMA data')
}
