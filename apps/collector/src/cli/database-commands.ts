import { copyFileSync, existsSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import {
  isMigrated,
  lockForCollector,
  migrate,
  openStore,
  programRevisions,
  type Store,
  sqlitePath,
} from '@sentby/store'
import type { Command } from 'commander'
import { type CliContext, configOf, print, WrongUse } from './io.ts'
import { withStore } from './offline.ts'
import { progress } from './progress.ts'

const LOW_DISK_BYTES = 500 * 1024 * 1024

/** `migrate`, `backup`, `restore`, `doctor`: the care of the database. */
export function addDatabaseCommands(root: Command, context: CliContext): void {
  root
    .command('migrate')
    .description('bring the schema up to date; safe to run again')
    .action((_options: unknown, command: Command) =>
      withStore(context, command, async (store) => {
        const steps = await migrate(store.db, store.engine === 'postgres')
        const lines = steps.length === 0 ? ['Up to date.'] : steps.map((step) => `Ran ${step}.`)
        print(context, command, { ran: steps }, lines)
      }),
    )
  root
    .command('backup <file>')
    .description('copy the SQLite database while it is in use')
    .action((file: string, _options: unknown, command: Command) => backup(context, command, file))
  root
    .command('restore <file>')
    .description('put a backup in the place of the database; the collector must be stopped')
    .action((file: string, _options: unknown, command: Command) => restore(context, command, file))
  root
    .command('doctor')
    .description('look for what would keep the collector from serving well')
    .action((_options: unknown, command: Command) => doctor(context, command))
}

async function backup(context: CliContext, command: Command, file: string): Promise<void> {
  const target = resolve(file)
  if (existsSync(target)) throw new WrongUse(`${file} exists; backups overwrite nothing`)
  const { databaseUrl } = configOf(context, command)
  if (databaseUrl.startsWith('file:') && !existsSync(sqlitePath(databaseUrl))) {
    throw new WrongUse(`there is no database at ${sqlitePath(databaseUrl)}`)
  }
  await withStore(context, command, async (store) => {
    const bar = progress(context.io, 'copying pages')
    // A backup that is cut off must not look like one.
    const partial = `${target}.partial`
    await store.backup(partial, (done, total) => bar.update(done, total))
    bar.end()
    renameSync(partial, target)
    const { size } = statSync(target)
    print(context, command, { file: target, bytes: size }, [`${file}: ${size} bytes`])
  })
}

async function restore(context: CliContext, command: Command, file: string): Promise<void> {
  const { databaseUrl } = configOf(context, command)
  if (!databaseUrl.startsWith('file:')) {
    throw new WrongUse('restore puts SQLite files back; for PostgreSQL use pg_restore')
  }
  if (!existsSync(file)) throw new WrongUse(`there is no file ${file}`)
  await requireSound(file)
  const path = sqlitePath(databaseUrl)
  const lock = lockForCollector(databaseUrl)
  try {
    const former = existsSync(path) ? `${path}.before-restore-${Date.now()}` : null
    if (former !== null) await setAside(databaseUrl, path, former)
    copyFileSync(file, `${path}.restoring`)
    renameSync(`${path}.restoring`, path)
    print(context, command, { restored: path, former }, [
      `Restored ${path}.`,
      ...(former === null ? [] : [`The former database is ${former}.`]),
    ])
  } finally {
    lock.release()
  }
}

/** Closing the last connection folds the write-ahead log into the file, so that one file holds all. */
async function setAside(url: string, path: string, former: string): Promise<void> {
  const store = openStore(url)
  await store.close()
  renameSync(path, former)
  for (const end of ['-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
}

async function requireSound(file: string): Promise<void> {
  const store = openBackup(file)
  try {
    if (!(await store.integrity())) throw new WrongUse(`${file} is damaged`)
    await programRevisions(store.db)
  } catch (error) {
    if (error instanceof WrongUse) throw error
    throw new WrongUse(`${file} is no backup of Sentby`)
  } finally {
    await store.close()
  }
}

function openBackup(file: string): Store {
  try {
    return openStore(`file:${resolve(file)}`)
  } catch {
    throw new WrongUse(`${file} is no backup of Sentby`)
  }
}

interface Finding {
  check: string
  ok: boolean
  detail: string
}

async function doctor(context: CliContext, command: Command): Promise<void> {
  const config = configOf(context, command)
  const findings: Finding[] = []
  const note = (check: string, ok: boolean, detail: string) => findings.push({ check, ok, detail })
  note('Node', isSupportedNode(process.versions.node), process.versions.node)
  await withStore(context, command, async (store) => {
    const postgres = store.engine === 'postgres'
    note('database', true, postgres ? 'PostgreSQL answers' : sqlitePath(config.databaseUrl))
    const migrated = await isMigrated(store.db, postgres)
    note('schema', migrated, migrated ? 'up to date' : 'older than this version: sentby migrate')
    note('pages', await store.integrity(), 'checked by the engine')
    if (migrated) {
      const programs = await programRevisions(store.db)
      note('programs', programs.length > 0, `${programs.length}; sentby init makes one`)
    }
  })
  if (config.databaseUrl.startsWith('file:')) {
    const { bavail, bsize } = statfsSync(dirname(sqlitePath(config.databaseUrl)))
    const free = bavail * bsize
    note('disk', free > LOW_DISK_BYTES, `${Math.round(free / 1024 / 1024)} MB free`)
  }
  note(
    'limits',
    config.limits,
    config.limits ? 'on' : 'RATE_LIMITS=off: strangers may send all day',
  )
  note(
    'clock',
    !config.testClock,
    config.testClock ? 'SENTBY_TEST_CLOCK=1 lets keys set the time' : 'ok',
  )
  const publicUrl = config.publicUrl ?? 'not set: links show the address that is served'
  note('PUBLIC_URL', true, publicUrl)
  if (findings.some((finding) => !finding.ok)) context.exitCode = 1
  const lines = findings.map(({ check, ok, detail }) => `${ok ? 'ok' : '!!'}  ${check}: ${detail}`)
  print(context, command, { ok: context.exitCode === 0, findings }, lines)
}

function isSupportedNode(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 20 || (major === 20 && minor >= 19)
}
