/** Where published files lie beside the database: copies that can be made again at any time. */
import { createHash } from 'node:crypto'
import { lstat, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { sqlitePath } from '@sentby/store'

const DAY_MS = 24 * 60 * 60 * 1000
const WORK = 'work-'

/**
 * The folder of a database's files: `artifacts/` beside an SQLite file, else one of this user's own under the
 * system's folder for temporary files.
 */
export function cacheFolderOf(databaseUrl: string): string {
  if (databaseUrl.startsWith('file:')) {
    const path = sqlitePath(databaseUrl)
    if (path !== ':memory:') return join(dirname(path), 'artifacts')
  }
  const mark = createHash('sha256').update(databaseUrl).digest('hex').slice(0, 16)
  return join(tmpdir(), `sentby-artifacts-${userInfo().uid}-${mark}`)
}

/**
 * Makes the folder for this user alone. Under a folder that everybody may write to somebody else could have made
 * it before.
 *
 * @throws when it cannot be made, or is not ours.
 */
export async function makeCacheFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const found = await lstat(folder)
  const isOurs = userInfo().uid < 0 || found.uid === userInfo().uid
  if (!found.isDirectory() || !isOurs) {
    const error = new Error('the folder of artifacts is not ours')
    throw Object.assign(error, { code: 'EPERM', syscall: 'lstat' })
  }
}

/** Runs `work` with a folder of its own for files on their way, and removes it with all it holds. */
export async function withWorkFolder<T>(
  cacheFolder: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await makeWorkFolder(cacheFolder)
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeWorkFolder(cacheFolder: string): Promise<string> {
  try {
    await makeCacheFolder(cacheFolder)
    await removeOldWork(cacheFolder)
    return await mkdtemp(join(cacheFolder, WORK))
  } catch {
    return mkdtemp(join(tmpdir(), `sentby-${WORK}`))
  }
}

/** What a process left that was killed on the way. */
async function removeOldWork(cacheFolder: string): Promise<void> {
  for (const name of await readdir(cacheFolder)) {
    if (!name.startsWith(WORK)) continue
    const path = join(cacheFolder, name)
    const found = await stat(path).catch(() => undefined)
    if (found && Date.now() - found.mtimeMs > DAY_MS)
      await rm(path, { recursive: true, force: true })
  }
}
