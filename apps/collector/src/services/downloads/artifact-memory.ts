/** Small files in memory: the bytes of one serve every download of it at the same time. */
const FILE_BYTES = 8 * 1024 * 1024
const ALL_BYTES = 64 * 1024 * 1024

export interface MemoryLimits {
  /** A larger file is never kept, bytes. */
  fileBytes: number
  /** Of all files, bytes. */
  allBytes: number
}

/** Whole files by their SHA-256; those used longest ago go first. */
export class ArtifactMemory {
  readonly #limits: MemoryLimits
  readonly #files = new Map<string, Buffer>()
  #bytes = 0

  constructor({ fileBytes = FILE_BYTES, allBytes = ALL_BYTES }: Partial<MemoryLimits> = {}) {
    this.#limits = { fileBytes: Math.min(fileBytes, allBytes), allBytes }
  }

  takes(size: number): boolean {
    return size <= this.#limits.fileBytes
  }

  get(sha256: string): Buffer | undefined {
    const bytes = this.#files.get(sha256)
    if (!bytes) return undefined
    this.#files.delete(sha256)
    this.#files.set(sha256, bytes)
    return bytes
  }

  put(sha256: string, bytes: Buffer): void {
    if (!this.takes(bytes.length) || this.#files.has(sha256)) return
    this.#files.set(sha256, bytes)
    this.#bytes += bytes.length
    for (const [oldest, { length }] of this.#files) {
      if (this.#bytes <= this.#limits.allBytes) return
      this.#files.delete(oldest)
      this.#bytes -= length
    }
  }
}
