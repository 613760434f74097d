import { createHash } from 'node:crypto'
import { crc32ByTable } from '../../src/crc32.ts'

/** A block to be made: LZMA2 data and what it unpacks to. */
export interface XzBlock {
  data: Buffer
  content: Buffer
}

/** What {@link makeXz} is told to do otherwise: to be as hostile as asked, with every CRC right. */
export interface XzShape {
  /** The kind of check; absent: 1, CRC32. */
  check?: number
  /** The block header between its size and its CRC; absent: LZMA2 with 4 KiB of dictionary. */
  header?: readonly number[]
  /** The numbers of the index: of blocks, then of each its size and that of its content. */
  index?: (numbers: readonly number[]) => readonly number[]
  /** Bytes of the index, as the footer tells them. */
  backwardSize?: number
}

const CRC_LENGTH = 4

/** An .xz file as its format says, not with the code under test. */
export function makeXz(blocks: readonly XzBlock[], shape: XzShape = {}): Buffer {
  const { check = 1, header = [0, 0x21, 1, 0] } = shape
  const flags = Buffer.from([0, check])
  const numbers = [blocks.length]
  const parts = blocks.map(({ data, content }) => {
    const fields = Buffer.from([0, ...header])
    const padded = pad(fields)
    padded[0] = (padded.length + CRC_LENGTH) / 4 - 1
    const sum = sumOf(content, check)
    const head = withCrc(padded)
    numbers.push(head.length + data.length + sum.length, content.length)
    return Buffer.concat([head, pad(data), sum])
  })
  const told = shape.index?.(numbers) ?? numbers
  const index = withCrc(pad(Buffer.from([0, ...told.flatMap(numberBytes)])))
  const backward = Buffer.alloc(4)
  backward.writeUInt32LE((shape.backwardSize ?? index.length) / 4 - 1)
  const end = Buffer.concat([backward, flags])
  return Buffer.concat([
    Buffer.from('\xfd7zXZ\0', 'latin1'),
    withCrc(flags),
    ...parts,
    index,
    crc(end),
    end,
    Buffer.from('YZ'),
  ])
}

/** An .xz file that packs nothing: stored chunks alone. */
export function storedXz(content: Uint8Array, shape: XzShape = {}): Buffer {
  return makeXz(
    [{ data: Buffer.concat([stored(content), END]), content: Buffer.from(content) }],
    shape,
  )
}

/** The mark behind the last chunk. */
export const END = Buffer.of(0)

/** Stored chunks of 64 KiB; the first resets the dictionary. */
export function stored(content: Uint8Array): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; at < content.length; at += 0x10000) {
    const part = content.subarray(at, at + 0x10000)
    chunks.push(Buffer.from([at === 0 ? 1 : 2, (part.length - 1) >> 8, (part.length - 1) & 255]))
    chunks.push(Buffer.from(part))
  }
  return Buffer.concat(chunks)
}

function numberBytes(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...numberBytes(Math.floor(value / 0x80))]
}

function sumOf(content: Buffer, check: number): Buffer {
  if (check === 1) return crc(content)
  if (check === 10) return createHash('sha256').update(content).digest()
  return Buffer.alloc(0)
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}

function withCrc(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, crc(bytes)])
}

function crc(bytes: Uint8Array): Buffer {
  const sum = Buffer.alloc(CRC_LENGTH)
  sum.writeUInt32LE(crc32ByTable(bytes))
  return sum
}
