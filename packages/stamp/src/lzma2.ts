import { setImmediate } from 'node:timers/promises'
import { LzmaDecoder, type LzmaProperties, type LzmaWindow } from './lzma.ts'
import { StampError } from './types.ts'

/** Work between two turns for everything else that runs here, about the bytes read and written. */
const TURN = 256 * 1024
/** What forgetting the probabilities costs, in bytes of work. */
const RESET_COST = 8 * 1024

/**
 * Decodes LZMA2, the packing inside of .xz: chunks of at most 2 MiB, packed with LZMA or as they are. What it has
 * unpacked stands in one buffer, which grows with the chunks that come and never past `maxLength`.
 *
 * Source: the LZMA2 decoder of XZ Utils and XZ Embedded; LZMA2 has no other specification.
 */
export class Lzma2Decoder {
  private readonly input: Uint8Array
  private readonly maxLength: number
  private readonly lzma = new LzmaDecoder()
  private bytes = new Uint8Array(0)
  private done = 0
  private work = 0

  constructor(input: Uint8Array, maxLength: number) {
    this.input = input
    this.maxLength = maxLength
  }

  /** What was unpacked so far, of all blocks. */
  get output(): Uint8Array {
    return this.bytes.subarray(0, this.done)
  }

  /**
   * Unpacks the chunks from `start` on, up to the mark that ends them, and returns where that ends.
   *
   * @throws StampError `malformed`, `truncated`, or `too_large` past `maxLength`.
   */
  async decode(start: number, dictionarySize: number): Promise<number> {
    const window: LzmaWindow = { bytes: this.bytes, start: this.done, dictionarySize }
    let needsDictionary = true
    let needsProperties = true
    for (let at = start; ; ) {
      const control = this.byte(at)
      if (control === 0) {
        await this.spend(1)
        return at + 1
      }
      const isPacked = control >= 0x80
      if (control === 1 || control >= 0xe0) {
        window.start = this.done
        needsDictionary = false
        needsProperties = true
      }
      if (needsDictionary || (control > 2 && !isPacked)) throw malformed()
      const chunk = isPacked ? this.packedChunk(at, control) : this.storedChunk(at)
      if (chunk.end > this.input.length) throw cutShort()
      if (chunk.properties !== undefined) needsProperties = false
      if (isPacked && needsProperties) throw malformed()
      if (control >= 0xa0) {
        this.lzma.reset(chunk.properties)
        await this.spend(RESET_COST)
      }
      window.bytes = this.reserve(chunk.length)
      const to = this.done + chunk.length
      const { start: from, end } = chunk
      if (isPacked) this.lzma.decode(this.input, [from, end], window, [this.done, to])
      else this.bytes.set(this.input.subarray(from, end), this.done)
      this.done = to
      await this.spend(chunk.length + end - at)
      at = end
    }
  }

  private packedChunk(at: number, control: number): Chunk {
    const length = ((control & 0x1f) << 16) + this.word(at + 1) + 1
    const packedLength = this.word(at + 3) + 1
    if (control < 0xc0) return { start: at + 5, end: at + 5 + packedLength, length }
    const properties = readProperties(this.byte(at + 5))
    return { start: at + 6, end: at + 6 + packedLength, length, properties }
  }

  private storedChunk(at: number): Chunk {
    const length = this.word(at + 1) + 1
    return { start: at + 3, end: at + 3 + length, length }
  }

  /** Room for `length` bytes more. */
  private reserve(length: number): Uint8Array {
    const needed = this.done + length
    if (needed > this.maxLength) {
      throw new StampError('too_large', `xz data of more than ${this.maxLength} bytes`)
    }
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.min(this.maxLength, Math.max(needed, 2 * this.done)))
      grown.set(this.output)
      this.bytes = grown
    }
    return this.bytes
  }

  /** Counts work done; lets others have their turn when it is much. */
  async spend(work: number): Promise<void> {
    this.work += work
    if (this.work < TURN) return
    this.work = 0
    await setImmediate()
  }

  /** Two bytes, the high one first. */
  private word(at: number): number {
    return this.byte(at) * 256 + this.byte(at + 1)
  }

  private byte(at: number): number {
    const byte = this.input[at]
    if (byte === undefined) throw cutShort()
    return byte
  }
}

/** A chunk's content `[start, end)`, and the bytes that it unpacks to. */
interface Chunk {
  start: number
  end: number
  length: number
  /** Of a chunk that brings its own. */
  properties?: LzmaProperties
}

function readProperties(byte: number): LzmaProperties {
  const literalContextBits = byte % 9
  const literalPositionBits = Math.floor(byte / 9) % 5
  const positionBits = Math.floor(byte / 45)
  if (positionBits > 4 || literalContextBits + literalPositionBits > 4) throw malformed()
  return { literalContextBits, literalPositionBits, positionBits }
}

function malformed(): StampError {
  return new StampError('malformed', 'damaged LZMA2 data')
}

function cutShort(): StampError {
  return new StampError('truncated', 'the file ends inside its xz data')
}
