/**
 * Published files ready to be sent: from memory, from a copy on this machine's disk, or straight from the database
 * where no copy can be written. Every copy is compared with its SHA-256 before it is used.
 */
import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bufferSource, type HashedPrefix, type Source } from '@sentby/stamp'
import type { ArtifactRow, Store } from '@sentby/store'
import { chunkSource } from './artifact-chunks.ts'
import { ArtifactMemory, type MemoryLimits } from './artifact-memory.ts'
import { commonBytesOf } from './artifact-plan.ts'
import { makeCacheFolder } from './cache-folder.ts'

const READ_BYTES = 256 * 1024
/** A disk that took no copy is asked again after this. */
const RETRY_MS = 60_000

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

/** A copy on the disk that was compared. */
interface Copy {
  path: string
  /** When and how large it was then: another one is compared again. */
  changedMs: number
  size: number
  prefix: HashedPrefix
}

export interface ArtifactFilesOptions {
  store: Pick<Store, 'db'>
  folder: string
  memory?: Partial<MemoryLimits>
  /** Told once when copies begin to fail. */
  onUnwritable?: (error: unknown) => void
}

export class ArtifactFiles {
  readonly #options: ArtifactFilesOptions
  readonly #memory: ArtifactMemory
  readonly #copies = new Map<string, Copy>()
  /** Downloads of one file at the same time share one look at its copy. */
  readonly #looking = new Map<string, Promise<Copy | undefined>>()
  #unwritableUntilMs = 0

  constructor(options: ArtifactFilesOptions) {
    this.#options = options
    this.#memory = new ArtifactMemory(options.memory)
  }

  /**
   * Opens a file; `close` it.
   *
   * @throws when its bytes are lost or damaged in the database itself.
   */
  async open(artifact: ArtifactRow): Promise<OpenArtifact> {
    const kept = this.#memory.get(artifact.sha256)
    if (kept) return inMemory(kept, this.#copies.get(artifact.sha256)?.prefix)
    const opened = await this.#openCopy(artifact)
    if (!opened) return this.#openChunks(artifact)
    const { copy, handle } = opened
    if (!this.#memory.takes(artifact.size)) return onDisk(handle, copy)
    const bytes = Buffer.allocUnsafe(artifact.size)
    try {
      await fill(handle, bytes, 0)
    } finally {
      await handle.close()
    }
    this.#memory.put(artifact.sha256, bytes)
    return inMemory(bytes, copy.prefix)
  }

  async #openChunks(artifact: ArtifactRow): Promise<OpenArtifact> {
    const source = chunkSource(this.#options.store, artifact)
    if (!this.#memory.takes(artifact.size)) return fromChunks(source)
    const bytes = Buffer.from(await source.read(0, artifact.size))
    if (sha256(bytes) !== artifact.sha256) throw damaged()
    this.#memory.put(artifact.sha256, bytes)
    return inMemory(bytes, undefined)
  }

  async #openCopy(artifact: ArtifactRow): Promise<{ copy: Copy; handle: FileHandle } | undefined> {
    for (let look = 0; look < 2; look++) {
      const copy = this.#copies.get(artifact.sha256) ?? (await this.#look(artifact))
      if (!copy) return undefined
      const handle = await open(copy.path, 'r').catch(() => undefined)
      const found = await handle?.stat()
      if (handle && found?.mtimeMs === copy.changedMs && found.size === copy.size) {
        return { copy, handle }
      }
      // Somebody changed or removed it.
      await handle?.close()
      this.#copies.delete(artifact.sha256)
    }
    return undefined
  }

  #look(artifact: ArtifactRow): Promise<Copy | undefined> {
    const { sha256: name } = artifact
    let looking = this.#looking.get(name)
    if (!looking) {
      looking = this.#findOrFill(artifact).finally(() => this.#looking.delete(name))
      this.#looking.set(name, looking)
    }
    return looking
  }

  async #findOrFill(artifact: ArtifactRow): Promise<Copy | undefined> {
    const path = join(this.#options.folder, artifact.sha256)
    const copy = (await compare(path, artifact)) ?? (await this.#tryToFill(path, artifact))
    if (copy) this.#copies.set(artifact.sha256, copy)
    return copy
  }

  async #tryToFill(path: string, artifact: ArtifactRow): Promise<Copy | undefined> {
    if (performance.now() < this.#unwritableUntilMs) return undefined
    const { store, folder, onUnwritable } = this.#options
    const source = chunkSource(store, artifact)
    try {
      await makeCacheFolder(folder)
      await writeCopy(path, source, artifact)
    } catch (error) {
      if (error instanceof Error && 'code' in error && 'syscall' in error) {
        if (this.#unwritableUntilMs === 0) onUnwritable?.(error)
        this.#unwritableUntilMs = performance.now() + RETRY_MS
        return undefined
      }
      throw error
    }
    return compare(path, artifact)
  }
}

/** The copy at this path, or `undefined` where there is none or other bytes stand in it. */
async function compare(path: string, artifact: ArtifactRow): Promise<Copy | undefined> {
  const handle = await open(path, 'r').catch(() => undefined)
  if (!handle) return undefined
  try {
    const { size, mtimeMs } = await handle.stat()
    if (size !== artifact.size) return undefined
    const end = commonBytesOf(artifact)
    const hash = createHash('sha256')
    await hashRange(handle, hash, 0, end)
    const prefix = { end, hash: hash.copy() }
    await hashRange(handle, hash, end, size)
    if (hash.digest('hex') !== artifact.sha256) return undefined
    return { path, changedMs: mtimeMs, size, prefix }
  } catch {
    return undefined
  } finally {
    await handle.close()
  }
}

async function hashRange(handle: FileHandle, hash: Hash, from: number, to: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(READ_BYTES, to - from)))
  for (let at = from; at < to; at += buffer.length) {
    const part = buffer.subarray(0, Math.min(buffer.length, to - at))
    await fill(handle, part, at)
    hash.update(part)
  }
}

/** Writes under another name first: a file of the final name is whole. */
async function writeCopy(path: string, source: Source, artifact: ArtifactRow): Promise<void> {
  const unfinished = `${path}.${process.pid}.part`
  const handle = await open(unfinished, 'w', 0o600)
  try {
    const hash = createHash('sha256')
    for (let at = 0; at < source.size; at += READ_BYTES) {
      const bytes = await source.read(at, Math.min(at + READ_BYTES, source.size))
      hash.update(bytes)
      await handle.writeFile(bytes)
    }
    if (hash.digest('hex') !== artifact.sha256) throw damaged()
    await handle.close()
    await rename(unfinished, path)
  } catch (error) {
    await handle.close().catch(() => {})
    await rm(unfinished, { force: true }).catch(() => {})
    throw error
  }
}

async function fill(handle: FileHandle, target: Uint8Array, start: number): Promise<void> {
  let filled = 0
  while (filled < target.length) {
    const { bytesRead } = await handle.read(target, filled, target.length - filled, start + filled)
    if (bytesRead === 0) throw new Error('the copy of an artifact became shorter')
    filled += bytesRead
  }
}

function inMemory(bytes: Buffer, prefix: HashedPrefix | undefined): OpenArtifact {
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

function onDisk(handle: FileHandle, { size, prefix }: Copy): OpenArtifact {
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

function fromChunks(source: Source): OpenArtifact {
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

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function damaged(): Error {
  return new Error('an artifact is damaged in the database')
}
