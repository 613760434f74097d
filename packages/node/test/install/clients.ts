import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type Claim,
  type ClaimSource,
  claimLine,
  fileStore,
  reportInstall,
  resolvePartner,
} from '../../src/install/index.ts'
import { type Case, CONTRIB, emptyCase, type Line } from './conformance-table.ts'

/** What came of a report: the word, the code or reason beside it, and what the person saw. */
export interface Told {
  status: string
  detail?: string | undefined
  stderr: string
  /** The installer's own exit code, which is 7 in every driver. */
  exitCode: number
}

export interface Client {
  name: string
  search(cases: Case[]): Promise<string[][]>
  lines(lines: Line[]): Promise<string[]>
  report(one: Case): Promise<Told>
}

const DRIVERS = fileURLToPath(new URL('./drivers', import.meta.url))
const PATH = process.env['PATH'] ?? ''

interface Ended {
  stdout: string
  stderr: string
  exitCode: number
}

async function run(
  [program = '', ...rest]: string[],
  env: Record<string, string>,
  stdin = '',
): Promise<Ended> {
  const child = spawn(program, rest, { env: { PATH, ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  child.stdin.end(stdin)
  const [exitCode] = await once(child, 'close')
  return { stdout, stderr, exitCode }
}

function toldOf(report: Record<string, unknown>, stderr: string, exitCode: number): Told {
  const detail = report['code'] ?? report['reason']
  return {
    status: String(report['status']),
    detail: detail === undefined ? undefined : String(detail),
    stderr,
    exitCode,
  }
}

/** The client of this package, in this process: what it writes to standard error is caught. */
const nodeClient: Client = {
  name: 'Node',
  search: (cases) => Promise.all(cases.map(async (one) => textsOf((await resolve(one)).claims))),
  lines: async (lines) =>
    lines.map((line) => claimLine({ ...line, claims: line.claims.map(claimOf) })),
  report: (one) =>
    caught(async () => {
      const { claims } = await resolve(one)
      return await reportInstall({ ...optionsOf(one), claims })
    }),
}

export function resolve({ product, flag, answer, env, config, stamps, url, self }: Case) {
  return resolvePartner({
    product,
    argv: flag === '' ? [] : ['--partner', flag],
    prompt: async () => answer,
    isTty: true,
    env,
    configFiles: config,
    stampPaths: stamps,
    packageUrl: url ?? undefined,
    selfPath: self ?? undefined,
  })
}

function optionsOf(one: Case) {
  return {
    endpoint: one.endpoint ?? '',
    key: one.key ?? '',
    product: one.product,
    version: one.version ?? undefined,
    store: one.store ? fileStore(one.store) : undefined,
    consent: one.consent ?? undefined,
    env: one.env,
    timeoutMs: (one.timeout ?? 3) * 1000,
  }
}

async function caught(call: () => Promise<object>): Promise<Told> {
  const write = process.stderr.write
  let stderr = ''
  process.stderr.write = (text: unknown) => {
    stderr += String(text)
    return true
  }
  try {
    return toldOf({ ...(await call()) }, stderr, 7)
  } finally {
    process.stderr.write = write
  }
}

/** `flag:JANE` as a claim. */
function claimOf(text: string): Claim {
  const [source = '', ...value] = text.split(':')
  return { source: source as ClaimSource, value: value.join(':') }
}

function textsOf(claims: readonly Claim[]): string[] {
  return claims.map(({ source, value }) => `${source}:${value}`)
}

/** A client that a driver runs: cases as JSON in, results as JSON out. */
function drivenBy(name: string, command: string[]): Client {
  const call = async (cases: object[], env = {}) => {
    const ended = await run(command, env, JSON.stringify(cases))
    try {
      return { ...ended, results: JSON.parse(ended.stdout) }
    } catch {
      throw new Error(`${name}: ${ended.stdout}${ended.stderr}`)
    }
  }
  const told = async (one: object) => {
    const { results, stderr, exitCode } = await call([one])
    return toldOf(results[0], stderr, exitCode)
  }
  const pairOf = (claim: string) => {
    const { source, value } = claimOf(claim)
    return [source, value]
  }
  return {
    name,
    search: async (cases) =>
      (await call(cases.map((one) => ({ do: 'search', ...one })))).results as string[][],
    lines: async (lines) => {
      const cases = lines.map((line) => ({ do: 'line', ...line, claims: line.claims.map(pairOf) }))
      return (await call(cases)).results as string[]
    },
    report: (one) => told({ do: 'report', ...one }),
  }
}

/** The script in one shell, sourced by an installer that is as strict as it can be. */
function shell(name: string, command: string[], path = PATH): Client {
  const source = (then: string) => [
    ...command,
    '-c',
    `set -eu; script=$1; shift; . "$script"; ${then}; exit 7`,
    'installer',
  ]
  const script = join(CONTRIB, 'sentby-install.sh')
  const start = (then: string, one: Case, rest: string[]) =>
    run([...source(then), script, ...rest], { ...settingsOf(one), PATH: path })
  const told = async (then: string, one: Case, rest: string[]) => {
    const { stdout, stderr, exitCode } = await start(then, one, rest)
    const [status, code] = stdout.trim().split(/ +/)
    return toldOf({ status, ...(code !== undefined && { code }) }, stderr, exitCode)
  }
  return {
    name,
    search: (cases) =>
      Promise.all(
        cases.map(async (one) => {
          const { stdout, stderr } = await start('sentby_resolve "$@"', one, [one.flag, one.answer])
          if (stderr !== '') throw new Error(`${name}: ${stderr}`)
          return stdout.split('\n').filter((line) => line !== '')
        }),
      ),
    lines: (lines) =>
      Promise.all(
        lines.map(async ({ claims, install, parent = '', at, ...line }) => {
          const then = `install=$1 parent=$2 at=$3 claims=$4; set +eu; IFS='|'; sentby_line`
          const given = [install, parent, at, claims.map((claim) => `${claim}|`).join('')]
          return (await start(then, { ...emptyCase, ...line }, given)).stdout
        }),
      ),
    report: (one) => told('sentby_report "$@"', one, [one.flag, one.answer]),
  }
}

function settingsOf(one: Case): Record<string, string> {
  const settings: Record<string, string | null | undefined> = {
    ENDPOINT: one.endpoint,
    KEY: one.key,
    PRODUCT: one.product,
    VERSION: one.version,
    STORE: one.store,
    CONFIG: one.config.join(':'),
    STAMPS: one.stamps.join(':'),
    URL: one.url,
    SELF: one.self,
    CONSENT: one.consent === true ? 'yes' : one.consent === 'notice' ? 'notice' : '',
    TIMEOUT: one.timeout === undefined ? '' : String(one.timeout),
  }
  const given = Object.entries(settings).filter(([, value]) => value)
  return {
    ...one.env,
    ...Object.fromEntries(given.map(([name, value]) => [`SENTBY_${name}`, value ?? ''])),
  }
}

export const has = (program: string) =>
  spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

const DRIVEN: readonly [name: string, command: string[]][] = [
  ['PHP', ['php', join(DRIVERS, 'driver.php'), join(CONTRIB, 'SentbyInstall.php')]],
  ['Python', ['python3', join(DRIVERS, 'driver.py'), CONTRIB]],
]
/** The programs that read cases from standard input and whose interpreter is installed here. */
export const drivenHere = DRIVEN.filter(([, [program = '']]) => has(program))

/** Every client whose interpreter is installed here, and the names of those whose is not. */
export function clientsHere(folder: string): { clients: Client[]; missing: string[] } {
  const known: [string, boolean, () => Client][] = [
    ['dash', has('dash') && has('curl'), () => shell('dash', ['dash'])],
    ['bash', has('bash') && has('curl'), () => shell('bash', ['bash', '--norc', '--posix'])],
    ['busybox', has('busybox') && has('curl'), () => shell('busybox', ['busybox', 'sh'])],
    ['sh with wget', has('wget'), () => shell('sh with wget', ['sh'], withoutCurl(folder))],
    ...DRIVEN.map((driven): [string, boolean, () => Client] => [
      driven[0],
      drivenHere.includes(driven),
      () => drivenBy(...driven),
    ]),
  ]
  return {
    clients: [nodeClient, ...known.filter(([, is]) => is).map(([, , make]) => make())],
    missing: known.filter(([, is]) => !is).map(([name]) => name),
  }
}

const TOOLS = 'awk cat date grep head mv od sed tail timeout tr wc wget sh'

/** A PATH with the tools that the script needs, and no curl. */
function withoutCurl(folder: string): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  for (const tool of TOOLS.split(' ')) {
    const { stdout } = spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' })
    if (stdout.trim().startsWith('/')) symlinkSync(stdout.trim(), join(bin, tool))
  }
  return bin
}
