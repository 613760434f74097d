/** Ways to freeze a database under a collector, and to thaw it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import pg from 'pg'

export interface Frozen {
  thaw(): Promise<void>
}

const DRIVER = createRequire(
  join(import.meta.dirname, '../../packages/store/package.json'),
).resolve('better-sqlite3')

// The lock is held by another process, as a backup or a forgotten shell would.
const HOLDER = `
const Database = require(process.argv[1])
const database = new Database(process.argv[2], { timeout: 10000 })
database.exec('begin immediate')
process.stdout.write('held')
process.stdin.once('end', () => { database.exec('rollback'); process.exit(0) }).resume()
`

/** Another process holds the write lock of a SQLite file. */
export async function freezeSqlite(path: string): Promise<Frozen> {
  const holder: ChildProcess = spawn(process.execPath, ['-e', HOLDER, DRIVER, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => holder.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    holder.stdout?.once('data', () => resolve())
    holder.once('exit', (code) => reject(new Error(`the lock was not had: exit code ${code}`)))
  })
  return {
    thaw: () => {
      holder.stdin?.end()
      return ended
    },
  }
}

/**
 * Stops every process of a PostgreSQL server that the caller started itself: the postmaster first, so that none is
 * added, then the ones it names.
 */
export async function freezePostgres(url: string): Promise<Frozen> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  const postmaster = await client.query(
    `select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid`,
  )
  const first = Number(postmaster.rows[0]?.pid)
  process.kill(first, 'SIGSTOP')
  const others = await client.query('select pid from pg_stat_activity where pid is not null')
  const pids = [first, ...others.rows.map(({ pid }) => Number(pid))]
  for (const pid of pids.slice(1)) process.kill(pid, 'SIGSTOP')
  return {
    async thaw() {
      for (const pid of pids) process.kill(pid, 'SIGCONT')
      await client.end()
    },
  }
}
