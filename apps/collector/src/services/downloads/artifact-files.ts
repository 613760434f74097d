/**
 * Published files ready to be sent: from memory, from a copy on this machine's disk, or straight from the database
 * where no copy can be written. Every copy is compared with its SHA-256 before it is used.
 */
import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { HashedPrefix, Source } from '@sentby/stamp'
import type { ArtifactRow, Store } from '@sentby/store'
import { chunkSource } from './artifact-chunks.ts'
import { ArtifactMemory, type MemoryLimits } from './artifact-memory.ts'
import { commonBytesOf } from './artifact-plan.ts'
import { makeCacheFolder } from './cache-folder.ts'
import {
  fill,
  fromChunks,
  inMemory,
  type OpenArtifact,
  onDisk,
  readAndClose,
} from './open-artifact.ts'

const READ_BYTES = 256 * 1024
/** A disk that took no copy is asked again after this. */
const RETRY_MS = 60_000

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
  readonly #loading = new Map<string, Promise<Buffer>>()
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
    const { sha256: name, size } = artifact
    if (this.#memory.takes(size)) {
      const bytes = this.#memory.get(name) ?? (await this.#load(artifact))
      return inMemory(bytes, this.#copies.get(name)?.prefix)
    }
    const opened = await this.#openCopy(artifact)
    if (!opened) return fromChunks(chunkSource(this.#options.store, artifact))
    return onDisk(opened.handle, opened.copy)
  }

  /** A hundred downloads at once of a file that is not in memory take its bytes once, not a hundred times. */
  #load(artifact: ArtifactRow): Promise<Buffer> {
    const { sha256: name } = artifact
    let loading = this.#loading.get(name)
    if (!loading) {
      loading = this.#readWhole(artifact).finally(() => this.#loading.delete(name))
      this.#loading.set(name, loading)
    }
    return loading
  }

  async #readWhole(artifact: ArtifactRow): Promise<Buffer> {
    const opened = await this.#openCopy(artifact)
    const bytes = opened
      ? await readAndClose(opened.handle, artifact.size)
      : Buffer.from(await chunkSource(this.#options.store, artifact).read(0, artifact.size))
    if (!opened && sha256(bytes) !== artifact.sha256) throw damaged()
    this.#memory.put(artifact.sha256, bytes)
    return bytes
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

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function damaged(): Error {
  return new Error('an artifact is damaged in the database')
}
