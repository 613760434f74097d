import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Where the product keeps one short text (under 128 KiB) for as long as it is installed: a file, a row of
 * its settings. What it throws means that nothing can be kept.
 */
export interface Store {
  get(): Promise<string | undefined | null> | string | undefined | null
  set(text: string): Promise<void> | void
  /**
   * Keeps the text where nothing is kept yet, and gives what is kept then: of two processes that install at
   * once, both get the text of the first.
   */
  create?(text: string): Promise<string> | string
}

/**
 * A file that only its owner reads (0600). It is replaced as a whole, so that it is never seen half written;
 * its folder is made where it is missing.
 */
export function fileStore(path: string): Store {
  const write = async (): Promise<string> => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    return `${path}.${randomUUID()}`
  }
  return {
    get: () => readFile(path, 'utf8').catch(ifMissing),
    async set(text) {
      const fresh = await write()
      try {
        await writeFile(fresh, text, { mode: 0o600, flag: 'wx', flush: true })
        await rename(fresh, path)
      } catch (error) {
        await rm(fresh, { force: true })
        throw error
      }
    },
    async create(text) {
      const fresh = await write()
      try {
        await writeFile(fresh, text, { mode: 0o600, flag: 'wx', flush: true })
        // A name is given to a file once; a rename would take it from the process that was first.
        await link(fresh, path)
        return text
      } catch (error) {
        if (hasCode(error, 'EEXIST')) return await readFile(path, 'utf8')
        throw error
      } finally {
        await rm(fresh, { force: true })
      }
    },
  }
}

function ifMissing(error: unknown): undefined {
  if (hasCode(error, 'ENOENT')) return undefined
  throw error
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
