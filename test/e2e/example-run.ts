/** Runs an example as its README says, in a process of its own, and reads its table. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Of one run, in milliseconds: it starts a dozen processes, on a machine that may have other work. */
export const RUN_TIMEOUT_MS = 240_000

export interface Row {
  date: string
  what: string
  expected: string
  found: string
  fits: boolean
}

export interface ExampleRun {
  code: number | null
  /** All that it printed and said. */
  output: string
  rows: Row[]
}

/**
 * Runs `node <file> …args` in the repository's root.
 *
 * @param databaseUrl an empty PostgreSQL database; absent: the example's own SQLite file.
 */
export async function runExample(
  file: string,
  { args = [], databaseUrl = '' }: { args?: string[]; databaseUrl?: string },
): Promise<ExampleRun> {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: ROOT,
    // A developer's own settings must not matter: this address leads nowhere.
    env: {
      ...process.env,
      DATABASE_URL: 'postgres://127.0.0.1:1/not-this-one',
      REHEARSAL_DATABASE_URL: databaseUrl,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { code, output, rows: rowsOf(output) }
}

/** Cells stand at least two spaces apart; the date stands at the first row of a day alone. */
function rowsOf(output: string): Row[] {
  const rows: Row[] = []
  let date = ''
  for (const line of output.split('\n')) {
    const found = /^(\d{4}-\d\d-\d\d| {10}) +(\S.*?) {2,}(\S.*?) {2,}([=≠]) (.*)$/.exec(line)
    if (!found) continue
    const [, day = '', what = '', expected = '', sign, answer = ''] = found
    date = day.trim() || date
    rows.push({ date, what, expected, found: answer, fits: sign === '=' })
  }
  return rows
}
