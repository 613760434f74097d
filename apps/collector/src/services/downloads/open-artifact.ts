/** A published file while one download reads it: from memory, the disk or the database. */
import type { FileHandle } from 'node:fs/promises'
import { bufferSource, type HashedPrefix, type Source } from '@sentby/stamp'

/** A file that is open for one download. */
export interface OpenArtifact extends Source {
  /** The whole file, where it is in memory. */
  bytes: Buffer | undefined
  /** Fills `target` with the bytes from `start` on. */
  readInto(target: Uint8Array, start: number): Promise<void>
  /** SHA-256 after the bytes that all its stamped files begin with; `undefined` where no copy is there. */
  prefix: HashedPrefix | undefined
  close(): Promise<void>
}

/** A file whose bytes are in memory. */
export function inMemory(bytes: Buffer, prefix: HashedPrefix | undefined): OpenArtifact {
  return {
    ...bufferSource(bytes),
    bytes,
    prefix,
    readInto: async (target, start) => {
      target.set(bytes.subarray(start, start + target.length))
    },
    close: async () => {},
  }
}

/** A file on the disk; closing it closes `handle`. */
export function onDisk(
  handle: FileHandle,
  { size, prefix }: Pick<OpenArtifact, 'size' | 'prefix'>,
): OpenArtifact {
  return {
    size,
    bytes: undefined,
    prefix,
    async read(start, end) {
      const bytes = Buffer.allocUnsafe(end - start)
      await fill(handle, bytes, start)
      return bytes
    },
    readInto: (target, start) => fill(handle, target, start),
    close: () => handle.close(),
  }
}

/** A file in the database. */
export function fromChunks(source: Source): OpenArtifact {
  return {
    ...source,
    bytes: undefined,
    prefix: undefined,
    readInto: async (target, start) => {
      target.set(await source.read(start, start + target.length))
    },
    close: async () => {},
  }
}

/** All bytes of a file, which is closed after. */
export async function readAndClose(handle: FileHandle, size: number): Promise<Buffer> {
  try {
    const bytes = Buffer.allocUnsafe(size)
    await fill(handle, bytes, 0)
    return bytes
  } finally {
    await handle.close()
  }
}

/** Fills `target` with a file's bytes from `start` on. @throws when the file ends before. */
export async function fill(handle: FileHandle, target: Uint8Array, start: number): Promise<void> {
  let filled = 0
  while (filled < target.length) {
    const { bytesRead } = await handle.read(target, filled, target.length - filled, start + filled)
    if (bytesRead === 0) throw new Error('the copy of an artifact became shorter')
    filled += bytesRead
  }
}
