import { createHash } from 'node:crypto'
import { crc32 } from './crc32.ts'
import { crc64 } from './crc64.ts'
import { writeUint } from './gzip-header.ts'
import { Lzma2Decoder } from './lzma2.ts'
import { StampError } from './types.ts'
import {
  checkCrc,
  checkXzFooter,
  checkZeros,
  malformedXz,
  readXzBlockHeader,
  readXzStreamHeader,
  take,
  XZ_STREAM_HEADER_LENGTH,
  XzNumbers,
} from './xz-header.ts'

/** A block, as the index names it. */
interface Block {
  /** Bytes from its header to its check, without padding. */
  size: number
  unpackedSize: number
}

/** Work that a block costs beside its chunks, about that of so many bytes. */
const BLOCK_COST = 1024

/**
 * Unpacks an .xz file: one stream of LZMA2 blocks with checks CRC32, CRC64, SHA-256 or none. Node has no xz of its own.
 * Takes turns with everything else that runs here; memory is that of the content.
 *
 * Source: The .xz File Format 1.2.0.
 *
 * @param maxLength bytes of content, at most.
 * @throws StampError `unknown_format`, `malformed`, `truncated`, `too_large`; `unsupported` for several streams (dpkg
 *   reads the first, xz reads them all), BCJ and delta filters, and other checks.
 */
export async function unxz(packed: Uint8Array, maxLength: number): Promise<Uint8Array> {
  const check = readXzStreamHeader(packed)
  const decoder = new Lzma2Decoder(packed, maxLength)
  const blocks: Block[] = []
  let at = XZ_STREAM_HEADER_LENGTH
  // A block header has a size; the index begins with a zero in its place.
  while (take(packed, at, at + 1)[0] !== 0) {
    const block = await readBlock(packed, at, check, decoder)
    blocks.push(block)
    at += paddedSize(block.size)
  }
  const indexEnd = readIndex(packed, at, blocks)
  checkXzFooter(packed, indexEnd, { check, indexLength: indexEnd - at })
  checkEnd(packed, indexEnd + XZ_STREAM_HEADER_LENGTH)
  return decoder.output
}

async function readBlock(
  packed: Uint8Array,
  start: number,
  check: number,
  decoder: Lzma2Decoder,
): Promise<Block> {
  const header = readXzBlockHeader(packed, start)
  const from = decoder.output.length
  const dataEnd = await decoder.decode(header.end, header.dictionarySize)
  const content = decoder.output.subarray(from)
  const { packedSize = dataEnd - header.end, unpackedSize = content.length } = header
  if (packedSize !== dataEnd - header.end || unpackedSize !== content.length) {
    throw malformedXz('a block is of another size')
  }
  const checkStart = start + paddedSize(dataEnd - start)
  checkZeros(packed, dataEnd, checkStart)
  const sum = checkOf(content, check)
  const checkEnd = checkStart + sum.length
  if (Buffer.compare(take(packed, checkStart, checkEnd), sum) !== 0) {
    throw malformedXz('the content does not fit its check')
  }
  await decoder.spend(BLOCK_COST)
  return { size: dataEnd - start + sum.length, unpackedSize: content.length }
}

function checkOf(content: Uint8Array, check: number): Uint8Array {
  if (check === 0) return new Uint8Array(0)
  if (check === 1) {
    const sum = new Uint8Array(4)
    writeUint(sum, 0, 4, crc32(content))
    return sum
  }
  if (check === 4) return crc64(content)
  if (check === 10) return createHash('sha256').update(content).digest()
  throw new StampError('unsupported', 'xz data with an unknown check')
}

/** The index must name every block as it was. Returns where it ends. */
function readIndex(packed: Uint8Array, start: number, blocks: readonly Block[]): number {
  const fields = new XzNumbers(packed, start + 1, packed.length)
  let isSame = fields.next() === blocks.length
  for (const { size, unpackedSize } of blocks) {
    isSame &&= fields.next() === size && fields.next() === unpackedSize
  }
  if (!isSame) throw malformedXz('its index does not fit its blocks')
  const end = start + paddedSize(fields.at - start)
  checkZeros(packed, fields.at, end)
  checkCrc(packed, start, end)
  return end + 4
}

/** Behind a stream there may be zeros, in fours. */
function checkEnd(packed: Uint8Array, end: number): void {
  const rest = packed.subarray(end)
  const isZero = rest.every((byte) => byte === 0)
  if (isZero && rest.length % 4 === 0) return
  if (isZero) throw malformedXz('its padding is not empty')
  throw new StampError('unsupported', 'xz data of several streams, or bytes behind it')
}

function paddedSize(size: number): number {
  return Math.ceil(size / 4) * 4
}
