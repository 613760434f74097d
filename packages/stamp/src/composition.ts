import { checkRange } from './source.ts'
import type { Composition, Segment, Source } from './types.ts'

/** Longest chunk of a stream, bytes. */
export const CHUNK_BYTES = 64 * 1024

/** A composition of these segments; empty ones are left out and neighbouring ranges are joined. */
export function compose(segments: readonly Segment[]): Composition {
  const kept: Segment[] = []
  let size = 0
  for (const segment of segments) {
    const length = segmentSize(segment)
    if (length === 0) continue
    size += length
    const last = kept.at(-1)
    if (last !== undefined && 'start' in last && 'start' in segment && last.end === segment.start) {
      kept[kept.length - 1] = { start: last.start, end: segment.end }
    } else {
      kept.push(segment)
    }
  }
  return { size, segments: kept }
}

/** A file as it is. */
export function wholeOf(source: Source): Composition {
  return compose([{ start: 0, end: source.size }])
}

/** Bytes of one segment. */
export function segmentSize(segment: Segment): number {
  return 'bytes' in segment ? segment.bytes.length : segment.end - segment.start
}

/**
 * The bytes `[start, end)` of a composition, as a composition: what an HTTP Range request needs.
 *
 * @throws StampError `truncated` when the range is not inside.
 */
export function rangeOf(composition: Composition, start: number, end: number): Composition {
  checkRange(composition.size, start, end)
  const segments: Segment[] = []
  let at = 0
  for (const segment of composition.segments) {
    const size = segmentSize(segment)
    const from = Math.max(start - at, 0)
    const to = Math.min(end - at, size)
    if (from < to) segments.push(part(segment, from, to))
    at += size
  }
  return compose(segments)
}

function part(segment: Segment, from: number, to: number): Segment {
  return 'bytes' in segment
    ? { bytes: segment.bytes.subarray(from, to) }
    : { start: segment.start + from, end: segment.start + to }
}

/** The same composition of a file in which its base begins at `offset`. */
export function shifted(composition: Composition, offset: number): Composition {
  const segments = composition.segments.map((segment) =>
    'bytes' in segment ? segment : { start: segment.start + offset, end: segment.end + offset },
  )
  return { size: composition.size, segments }
}

/**
 * Streams a composed file in chunks of at most 64 KiB; one chunk is in memory at a time.
 *
 * @param source the base that the composition's ranges are of.
 * @param range only the bytes `[start, end)`; absent: all.
 * @throws StampError `truncated` when the range is not inside, or the base became shorter.
 */
export async function* composedStream(
  composition: Composition,
  source: Source,
  range: { start?: number; end?: number } = {},
): AsyncGenerator<Uint8Array> {
  const { start = 0, end = composition.size } = range
  for (const segment of rangeOf(composition, start, end).segments) {
    const size = segmentSize(segment)
    for (let at = 0; at < size; at += CHUNK_BYTES) {
      const piece = part(segment, at, Math.min(at + CHUNK_BYTES, size))
      yield 'bytes' in piece ? piece.bytes : await source.read(piece.start, piece.end)
    }
  }
}

/** A composed file as a source, so that a stamped file can be read and planned without being written. */
export function composedSource(composition: Composition, source: Source): Source {
  return {
    size: composition.size,
    async read(start, end) {
      const { segments } = rangeOf(composition, start, end)
      const parts = await Promise.all(
        segments.map((segment) =>
          'bytes' in segment ? segment.bytes : source.read(segment.start, segment.end),
        ),
      )
      const [only] = parts
      return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
    },
  }
}
