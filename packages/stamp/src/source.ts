import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type Source, StampError } from './types.ts'

/** A file on disk that is open; `close` it. */
export interface FileSource extends Source {
  /** Closes the file. Calling it again does nothing. */
  close(): Promise<void>
}

/**
 * Opens a file for reading at any place; nothing is held in memory.
 *
 * @throws the error of `node:fs` when it cannot be opened, StampError `malformed` when it is no regular file.
 */
export async function fileSource(path: string): Promise<FileSource> {
  // Without O_NONBLOCK a named pipe that nobody writes to would be waited for, for ever.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  const stat = await handle.stat()
  if (!stat.isFile()) {
    await handle.close()
    throw new StampError('malformed', 'not a regular file')
  }
  const { size } = stat
  return {
    size,
    read: (start, end) => readFully(handle, checkRange(size, start, end)),
    close: () => handle.close(),
  }
}

/** A source over bytes in memory; the bytes it gives are views of them. */
export function bufferSource(bytes: Uint8Array): Source {
  return {
    size: bytes.length,
    async read(start, end) {
      const range = checkRange(bytes.length, start, end)
      return bytes.subarray(range.start, range.end)
    },
  }
}

/** The part `[start, end)` of a source, as a source of its own. @throws StampError `truncated`. */
export function sliceSource(source: Source, start: number, end: number): Source {
  checkRange(source.size, start, end)
  const size = end - start
  return {
    size,
    async read(from, to) {
      checkRange(size, from, to)
      return source.read(start + from, start + to)
    },
  }
}

/** The range, when it lies inside of `size` bytes. @throws StampError `truncated`. */
export function checkRange(
  size: number,
  start: number,
  end: number,
): { start: number; end: number } {
  const inside = Number.isSafeInteger(start) && Number.isSafeInteger(end)
  if (!inside || start < 0 || end < start || end > size) {
    throw new StampError(
      'truncated',
      `bytes ${start} to ${end} are not in the file (${size} bytes)`,
    )
  }
  return { start, end }
}

async function readFully(
  handle: FileHandle,
  range: { start: number; end: number },
): Promise<Uint8Array> {
  const bytes = new Uint8Array(range.end - range.start)
  let filled = 0
  while (filled < bytes.length) {
    const left = bytes.length - filled
    const { bytesRead } = await handle.read(bytes, filled, left, range.start + filled)
    if (bytesRead === 0) throw new StampError('truncated', 'the file became shorter')
    filled += bytesRead
  }
  return bytes
}
