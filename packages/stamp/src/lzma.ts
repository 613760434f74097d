import { RangeDecoder } from './range-decoder.ts'
import { StampError } from './types.ts'

/** How an LZMA stream was made: bits of the byte before, and of the position, that its probabilities depend on. */
export interface LzmaProperties {
  literalContextBits: number
  literalPositionBits: number
  positionBits: number
}

/** What was unpacked so far, and how far back a match may reach. */
export interface LzmaWindow {
  bytes: Uint8Array
  /** Where the dictionary begins: at its last reset. */
  start: number
  /** Bytes. */
  dictionarySize: number
}

// Where each kind of probability begins. The names are those of the LZMA specification, in words.
const IS_MATCH = 0
const IS_REP = 192
const IS_REP_FIRST = 204
const IS_REP_SECOND = 216
const IS_REP_THIRD = 228
const IS_REP_LONG = 240
const SLOT = 432
const DISTANCE = 688
const ALIGN = 803
const MATCH_LENGTH = 819
const REP_LENGTH = 1333
const LITERAL = 1847
const LITERAL_SIZE = 0x300

/** A length's own probabilities: two choices, then trees of 3, 3 (by position) and 8 bits. */
const LENGTH = { low: 2, middle: 130, high: 258 } as const
const MIN_MATCH = 2
/** LZMA2 allows no more bits of context than these four together. */
const MAX_PROBABILITIES = LITERAL + (LITERAL_SIZE << 4)

/** Decodes LZMA as it stands in the chunks of LZMA2: without an end mark, its unpacked length known. */
export class LzmaDecoder {
  private readonly coder = new RangeDecoder(MAX_PROBABILITIES)
  private properties: LzmaProperties = {
    literalContextBits: 0,
    literalPositionBits: 0,
    positionBits: 0,
  }
  /** The specification's state: what the last symbols were, 0 to 6 ending with a literal. */
  private state = 0
  /** The last four distances, each less one. */
  private reps: [number, number, number, number] = [0, 0, 0, 0]

  /** Forgets all that was learnt; `properties` absent: as they were. */
  reset(properties: LzmaProperties = this.properties): void {
    const { literalContextBits, literalPositionBits } = properties
    this.properties = properties
    this.state = 0
    this.reps = [0, 0, 0, 0]
    this.coder.reset(LITERAL + (LITERAL_SIZE << (literalContextBits + literalPositionBits)))
  }

  /**
   * Unpacks the chunk `[packedStart, packedEnd)` of `input` to the window's bytes `[from, to)`.
   *
   * @throws StampError `malformed` where it is not exactly that long, or reaches back too far.
   */
  decode(
    input: Uint8Array,
    [packedStart, packedEnd]: readonly [number, number],
    window: LzmaWindow,
    [from, to]: readonly [number, number],
  ): void {
    const { coder } = this
    coder.begin(input, packedStart, packedEnd)
    const positionMask = (1 << this.properties.positionBits) - 1
    for (let at = from; at < to; ) {
      const position = (at - window.start) & positionMask
      if (coder.bit(IS_MATCH + this.state * 16 + position) === 0) {
        window.bytes[at] = this.literal(window, at)
        at++
        continue
      }
      const length = this.match(position)
      const distance = this.reps[0] + 1
      const reach = Math.min(at - window.start, window.dictionarySize)
      if (distance > reach || at + length > to) throw outside()
      copyMatch(window.bytes, at, distance, length)
      at += length
    }
    coder.finish()
  }

  private literal({ bytes, start }: LzmaWindow, at: number): number {
    const { coder, state } = this
    const { literalContextBits, literalPositionBits } = this.properties
    const before = at > start ? (bytes[at - 1] ?? 0) : 0
    const position = (at - start) & ((1 << literalPositionBits) - 1)
    const context = (position << literalContextBits) + (before >>> (8 - literalContextBits))
    const base = LITERAL + LITERAL_SIZE * context
    let node = 1
    if (state >= 7) {
      // The byte that the last match would have gone on with is surely wrong: its bits are context until one differs.
      let expected = bytes[at - this.reps[0] - 1] ?? 0
      while (node < 0x100) {
        const expectedBit = (expected >>> 7) & 1
        expected <<= 1
        const bit = coder.bit(base + ((1 + expectedBit) << 8) + node)
        node = (node << 1) | bit
        if (bit !== expectedBit) break
      }
    }
    while (node < 0x100) node = (node << 1) | coder.bit(base + node)
    this.state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6
    return node & 0xff
  }

  /** Reads a match, puts its distance first among the last ones, and returns its length. */
  private match(position: number): number {
    const { coder, state } = this
    const [first, second, third, fourth] = this.reps
    if (coder.bit(IS_REP + state) === 0) {
      const length = this.length(MATCH_LENGTH, position)
      this.reps = [this.distance(length), first, second, third]
      this.state = state < 7 ? 7 : 10
      return length
    }
    if (coder.bit(IS_REP_FIRST + state) === 0) {
      if (coder.bit(IS_REP_LONG + state * 16 + position) === 0) {
        this.state = state < 7 ? 9 : 11
        return 1
      }
    } else if (coder.bit(IS_REP_SECOND + state) === 0) {
      this.reps = [second, first, third, fourth]
    } else if (coder.bit(IS_REP_THIRD + state) === 0) {
      this.reps = [third, first, second, fourth]
    } else {
      this.reps = [fourth, first, second, third]
    }
    this.state = state < 7 ? 8 : 11
    return this.length(REP_LENGTH, position)
  }

  private length(base: number, position: number): number {
    const { coder } = this
    if (coder.bit(base) === 0) return MIN_MATCH + coder.tree(base + LENGTH.low + position * 8, 3)
    if (coder.bit(base + 1) === 0) {
      return MIN_MATCH + 8 + coder.tree(base + LENGTH.middle + position * 8, 3)
    }
    return MIN_MATCH + 16 + coder.tree(base + LENGTH.high, 8)
  }

  /** A distance less one: a slot for its size and two highest bits, then the bits below. */
  private distance(length: number): number {
    const { coder } = this
    const slot = coder.tree(SLOT + Math.min(length - MIN_MATCH, 3) * 64, 6)
    if (slot < 4) return slot
    const bits = (slot >>> 1) - 1
    const high = (2 + (slot & 1)) * 2 ** bits
    if (slot < 14) return high + coder.reverseTree(DISTANCE + high - slot, bits)
    return high + coder.direct(bits - 4) * 16 + coder.reverseTree(ALIGN, 4)
  }
}

/** Copies from before, byte by byte: what is copied may be what this copy has just written. */
function copyMatch(bytes: Uint8Array, at: number, distance: number, length: number): void {
  for (let to = at; to < at + length; to++) bytes[to] = bytes[to - distance] ?? 0
}

function outside(): StampError {
  return new StampError('malformed', 'damaged LZMA data: a match leaves what is there')
}
