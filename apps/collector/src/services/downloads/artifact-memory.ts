/** Small files in memory: the bytes of one serve every download of it at the same time. */
const FILE_BYTES = 8 * 1024 * 1024
const ALL_BYTES = 64 * 1024 * 1024

export interface MemoryLimits {
  /** A larger file is never kept, bytes. */
  fileBytes: number
  /** Of all files, bytes. */
  allBytes: number
}

/**
 * Whole files by their SHA-256; those used longest ago go first. One that went while slow readers still take it is found
 * again: else files asked for in turn would each be in memory many times.
 */
export class ArtifactMemory {
  readonly #limits: MemoryLimits
  readonly #files = new Map<string, Buffer>()
  readonly #gone = new Map<string, WeakRef<Buffer>>()
  #bytes = 0

  constructor({ fileBytes = FILE_BYTES, allBytes = ALL_BYTES }: Partial<MemoryLimits> = {}) {
    this.#limits = { fileBytes: Math.min(fileBytes, allBytes), allBytes }
  }

  takes(size: number): boolean {
    return size <= this.#limits.fileBytes
  }

  /** Whether it is held here, and not by its readers alone. */
  holds(sha256: string): boolean {
    return this.#files.has(sha256)
  }

  get(sha256: string): Buffer | undefined {
    const bytes = this.#files.get(sha256)
    if (!bytes) return this.#takeBack(sha256)
    this.#files.delete(sha256)
    this.#files.set(sha256, bytes)
    return bytes
  }

  put(sha256: string, bytes: Buffer): void {
    if (!this.takes(bytes.length) || this.#files.has(sha256)) return
    this.#gone.delete(sha256)
    this.#files.set(sha256, bytes)
    this.#bytes += bytes.length
    for (const [oldest, file] of this.#files) {
      if (this.#bytes <= this.#limits.allBytes) return
      this.#files.delete(oldest)
      this.#gone.set(oldest, new WeakRef(file))
      this.#bytes -= file.length
    }
  }

  #takeBack(sha256: string): Buffer | undefined {
    const bytes = this.#gone.get(sha256)?.deref()
    if (bytes) this.put(sha256, bytes)
    return bytes
  }
}
