/**
 * The keys that the demo shop uses. The database has their hashes only. Beside a SQLite file they are kept
 * in `<file>.demo.json`, readable by its owner alone, so that a second start has them again. A PostgreSQL
 * database has no place beside it that all its collectors share: there each run makes its own keys, keeps
 * them in memory and revokes them when it stops.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { raiseRevision } from '@sentby/store'
import type { Deps } from '../deps.ts'
import { hashKey } from '../services/directory.ts'
import { keyRow, makeKey } from '../services/programs.ts'

export interface KeyPair {
  publishableKey: string
  secretKey: string
}

export interface DemoKeys extends KeyPair {
  /** Revokes what only this run knows. */
  release(): Promise<void>
}

/**
 * The demo's keys: those kept from an earlier start while they are valid, else `made`, else new ones.
 *
 * @param made the keys of a program that was made just now.
 */
export async function openDemoKeys(
  deps: Deps,
  programId: string,
  made: KeyPair | undefined,
): Promise<DemoKeys> {
  const file = keyFile(deps.config.databaseUrl)
  const kept = file === undefined ? undefined : readKept(file)
  if (made === undefined && kept && areValid(deps, programId, kept)) {
    return { ...kept, release: async () => {} }
  }
  const keys = made ?? (await addKeys(deps, programId))
  if (file !== undefined) {
    writeKept(file, keys)
    return { ...keys, release: async () => {} }
  }
  return { ...keys, release: () => revoke(deps, programId, keys) }
}

function keyFile(databaseUrl: string): string | undefined {
  if (!databaseUrl.startsWith('file:') || databaseUrl === 'file::memory:') return undefined
  return `${databaseUrl.slice('file:'.length)}.demo.json`
}

function readKept(file: string): KeyPair | undefined {
  try {
    const { publishableKey, secretKey } = JSON.parse(readFileSync(file, 'utf8')) as KeyPair
    if (typeof publishableKey !== 'string' || typeof secretKey !== 'string') return undefined
    return { publishableKey, secretKey }
  } catch {
    return undefined
  }
}

/** By rename, so that the file never has other rights and never half of its content. */
function writeKept(file: string, { publishableKey, secretKey }: KeyPair): void {
  const draft = `${file}.${process.pid}`
  const text = `${JSON.stringify({ publishableKey, secretKey }, null, 2)}\n`
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' })
  renameSync(draft, file)
}

function areValid(deps: Deps, programId: string, keys: KeyPair): boolean {
  const secret = deps.directory.key(keys.secretKey)
  const publishable = deps.directory.key(keys.publishableKey)
  return (
    secret?.programId === programId &&
    secret.kind === 'secret' &&
    publishable?.programId === programId &&
    publishable.kind === 'publishable'
  )
}

async function addKeys(deps: Deps, programId: string): Promise<KeyPair> {
  const nowMs = deps.clock.now()
  const now = new Date(nowMs).toISOString()
  const keys = [makeKey('publishable'), makeKey('secret')] as const
  await deps.store.transaction(async (tx) => {
    await tx.lockProgram(programId, 'exclusive')
    await raiseRevision(tx.db, programId, false)
    const rows = keys.map((key) => keyRow(programId, key, now, nowMs))
    await tx.db.insertInto('api_key').values(rows).execute()
  })
  await deps.directory.refresh()
  return { publishableKey: keys[0].text, secretKey: keys[1].text }
}

async function revoke(deps: Deps, programId: string, keys: KeyPair): Promise<void> {
  const now = new Date(deps.clock.now()).toISOString()
  const hashes = [hashKey(keys.publishableKey), hashKey(keys.secretKey)]
  await deps.store.transaction(async (tx) => {
    await tx.lockProgram(programId, 'exclusive')
    await raiseRevision(tx.db, programId, false)
    await tx.db
      .updateTable('api_key')
      .set({ revoked_at: now })
      .where('program_id', '=', programId)
      .where('hash', 'in', hashes)
      .execute()
  })
}
