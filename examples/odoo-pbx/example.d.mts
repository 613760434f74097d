/** The example's parts, for programs and tests that play other machines. */

export type Kind = 'odoo' | 'odoo-upload' | 'freepbx' | 'shell'

export interface Packed {
  product: string
  file: string
  version: string
  bytes: Uint8Array
}

/** The collector's answer about an installation, as far as this example reads it. */
export interface Credit {
  credited: { partner: { id: string; name: string }; code: string | null } | null
  reason: string
  candidates: { kind: string; code: string | null; verdict: string }[]
}

export interface Installed {
  /** The installation's id; empty where none was made. */
  install: string
  /** What the installer said. */
  lines: string[]
  /** Files that the host kept; of a script none. */
  kept: string[]
  /** What a site without internet gives out. */
  claimLine: string | undefined
}

export interface Published {
  /** The download page. */
  page: string
  /** The file without a stamp. */
  url: string
  format: string
  stampPath: string | null
}

export interface Collector {
  make(path: string, body: object): Promise<unknown>
  publish(packed: Packed): Promise<Published>
  creditOf(install: string): Promise<Credit>
  supportOf(
    install: string,
  ): Promise<{ partner: { name: string; email: string } | null; reason: string }>
  takeLines(
    lines: string[],
  ): Promise<{ results: { status: string; code?: string; install?: string }[] }>
}

export interface PlayOptions {
  endpoint: string
  /** The program's secret key. */
  key: string
  publishableKey: string
  /** Default: standard output. */
  say?: (line: string) => void
}

type Wish = { page: string; file: string; code: string; folder: string }

export function connect(vendor: { endpoint: string; key: string }): Collector
export function setUp(collector: Collector): Promise<void>
/** Both give the file's path. */
export function downloadInBrowser(wish: Wish): Promise<string>
export function downloadWithCurl(wish: Wish): Promise<string>
/** The first program that a kind of host needs and that is not here. */
export function missingTool(kind: Kind): string | undefined
export function installOn(what: {
  kind: Kind
  file: string
  site: string
  args?: string[]
  env?: Record<string, string>
}): Promise<Installed>
export function buildDownloads(settings: {
  endpoint: string
  key: string
  consent?: 'notice' | ''
}): Promise<Packed[]>
export function play(
  options: PlayOptions,
): Promise<{ folder: string; results: (Installed & { machine: string; credit: Credit | null })[] }>
/** Whether a program is installed here. */
export function hasTool(name: string): boolean
/** Runs a program with an environment of its own; gives what it said, then what it printed. */
export function runTool(
  name: string,
  args: string[],
  options?: { cwd?: string; env?: Record<string, string> },
): Promise<string>
