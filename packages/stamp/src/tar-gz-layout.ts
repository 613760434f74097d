import { inflateRawSync } from 'node:zlib'
import { compose, wholeOf } from './composition.ts'
import { crc32, crc32Combine } from './crc32.ts'
import { GZIP_TRAILER_LENGTH, gzipTrailer, readGzipHeader } from './gzip-header.ts'
import { type PreparedMark, readMark } from './tar-gz-mark.ts'
import {
  type CanonicalContent,
  readTarStamp,
  TAR_STAMP_LENGTH,
  type TarStamp,
} from './tar-stamp.ts'
import { type Composition, type Source, StampError } from './types.ts'

/** A stored deflate block of a stamp's length, not the last: its five bytes before the content. */
const STORED_BLOCK = Uint8Array.of(0, 0x00, 0x04, 0xff, 0xfb)

/** Bytes that a stamp adds to a file, always. */
const STAMP_LENGTH = STORED_BLOCK.length + TAR_STAMP_LENGTH

/** More end blocks than any archiver writes. */
export const MAX_TAIL_LENGTH = 16 * 1024 * 1024

/** Where a tar.gz has its stamp, or takes it; offsets are of the file. */
export interface Layout {
  /** What prepare has left behind; `null`: the stamp stands before the first entry. */
  mark: PreparedMark | null
  /** The file up to the stamp, and from behind it up to the trailer. Without a stamp the two meet. */
  headEnd: number
  tailStart: number
  tailEnd: number
  stamp: TarStamp | null
}

/** The deflate block of a stamp. It is stored, so the bytes are the same with every zlib. */
export function stampBlock(entry: Uint8Array): Uint8Array {
  return Buffer.concat([STORED_BLOCK, entry])
}

/** The content of two parts together. */
export function joined(first: CanonicalContent, second: CanonicalContent): CanonicalContent {
  return {
    length: first.length + second.length,
    crc: crc32Combine(first.crc, second.crc, second.length),
  }
}

/** The content that `bytes` are. */
export function contentOf(bytes: Uint8Array): CanonicalContent {
  return { length: bytes.length, crc: crc32(bytes) }
}

/**
 * Reads where the stamp is. A few reads: of the header, the stamp, the end.
 *
 * @throws StampError `unknown_format` where the file is no gzip; `malformed`, `truncated` where a prepared or
 *   stamped file is not as we have left it.
 */
export async function readLayout(file: Source): Promise<Layout> {
  const { end, extra } = await readGzipHeader(file, 0)
  const tailEnd = file.size - GZIP_TRAILER_LENGTH
  if (tailEnd < end) throw new StampError('truncated', 'the file ends inside its gzip data')
  const mark = readMark(extra)
  return mark ? readPrepared(file, end, tailEnd, mark) : readFirst(file, end, tailEnd)
}

async function readPrepared(
  file: Source,
  headerEnd: number,
  tailEnd: number,
  mark: PreparedMark,
): Promise<Layout> {
  const tailStart = tailEnd - mark.tailPackedLength
  if (tailStart < headerEnd)
    throw new StampError('truncated', 'the file ends before its end blocks')
  await checkTail(file, tailStart, tailEnd, mark.tail)
  const stampStart = tailStart - STAMP_LENGTH
  const stamp = stampStart < headerEnd ? null : await readStampAt(file, stampStart)
  const canonical = joined(mark.head, mark.tail)
  if (stamp && !isSame(stamp.canonical, canonical)) throw altered()
  const entry = stamp && (await file.read(tailStart - TAR_STAMP_LENGTH, tailStart))
  const content = entry ? joined(joined(mark.head, contentOf(entry)), mark.tail) : canonical
  await checkTrailer(file, tailEnd, content)
  return { mark, headEnd: stamp ? stampStart : tailStart, tailStart, tailEnd, stamp }
}

async function readFirst(file: Source, headerEnd: number, tailEnd: number): Promise<Layout> {
  const stampEnd = headerEnd + STAMP_LENGTH
  const stamp = stampEnd > tailEnd ? null : await readStampAt(file, headerEnd)
  if (stamp) {
    const entry = await file.read(stampEnd - TAR_STAMP_LENGTH, stampEnd)
    await checkTrailer(file, tailEnd, joined(contentOf(entry), stamp.canonical))
  }
  const tailStart = stamp ? stampEnd : headerEnd
  return { mark: null, headEnd: headerEnd, tailStart, tailEnd, stamp }
}

async function readStampAt(file: Source, start: number): Promise<TarStamp | null> {
  const block = await file.read(start, start + STAMP_LENGTH)
  const isStored = Buffer.compare(block.subarray(0, STORED_BLOCK.length), STORED_BLOCK) === 0
  return isStored ? readTarStamp(block.subarray(STORED_BLOCK.length)) : null
}

/** The tail must be what the mark says, on its own: then a stamp may stand before it. */
async function checkTail(
  file: Source,
  start: number,
  end: number,
  tail: CanonicalContent,
): Promise<void> {
  if (tail.length > MAX_TAIL_LENGTH || end - start > MAX_TAIL_LENGTH) throw altered()
  const packed = await file.read(start, end)
  try {
    const content = inflateRawSync(packed, { maxOutputLength: Math.max(tail.length, 1) })
    if (!isSame(contentOf(content), tail)) throw altered()
  } catch (error) {
    throw error instanceof StampError ? error : altered()
  }
}

async function checkTrailer(file: Source, at: number, content: CanonicalContent): Promise<void> {
  const trailer = await file.read(at, at + GZIP_TRAILER_LENGTH)
  if (Buffer.compare(trailer, gzipTrailer(content.crc, content.length)) !== 0) throw altered()
}

function isSame(a: CanonicalContent, b: CanonicalContent): boolean {
  return a.length === b.length && a.crc === b.crc
}

function altered(): StampError {
  return new StampError('malformed', 'the file has been changed since it was prepared or stamped')
}

/** The file without its stamp. */
export function canonicalOf(layout: Layout, file: Source): Composition {
  const { stamp, headEnd, tailStart, tailEnd } = layout
  if (!stamp) return wholeOf(file)
  const { crc, length } = stamp.canonical
  return compose([
    { start: 0, end: headEnd },
    { start: tailStart, end: tailEnd },
    { bytes: gzipTrailer(crc, length) },
  ])
}
