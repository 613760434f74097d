import { spawnSync } from 'node:child_process'
import {
  accessSync,
  constants,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, relative } from 'node:path'
import { expect } from 'vitest'

/** A command with its arguments. */
export type Command = readonly [string, ...string[]]

/** A program that reads what is stamped, where it is installed. */
export interface Installable {
  name: string
  /** Programs that it needs. */
  needs: readonly string[]
  /** Whether it really works; absent: it does when its programs are there. */
  works?: () => boolean
}

/** What a command did. */
export interface Ran {
  status: number | null
  stdout: Buffer
  /** Both outputs as text, for a message. */
  text: string
}

export function run(
  [program, ...args]: Command,
  options: { cwd?: string; env?: Record<string, string>; input?: Buffer } = {},
): Ran {
  const { env, ...rest } = options
  const ran = spawnSync(program, args, {
    ...rest,
    env: { ...process.env, ...env },
    timeout: 90_000,
    maxBuffer: 64 * 1024 * 1024,
  })
  const text = `${program} ${args.join(' ')}\n${ran.stdout ?? ''}${ran.stderr ?? ran.error ?? ''}`
  return { status: ran.status, stdout: ran.stdout ?? Buffer.alloc(0), text }
}

/** Runs a command that must succeed, and returns what it printed. */
export function must(command: Command, options: Parameters<typeof run>[1] = {}): string {
  const { status, stdout, text } = run(command, options)
  expect(status, text).toBe(0)
  return stdout.toString()
}

/** Whether a program is on this machine. */
export function isHere(program: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.some((folder) => isExecutable(join(folder, program)))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Those that are on this machine, and the names of those that are not. */
export function installed<T extends Installable>(
  candidates: readonly T[],
): { here: T[]; missing: string } {
  const here = candidates.filter(
    ({ needs, works }) => needs.every(isHere) && (works === undefined || works()),
  )
  const missing = candidates.filter((candidate) => !here.includes(candidate))
  return { here, missing: missing.map(({ name }) => name).join(', ') || 'none' }
}

/** A new folder of our own in the system's temporary one. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'sentby-readers-'))
}

/** Every file below a folder: path → content; of a symbolic link its target. */
export function filesIn(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory())
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const content = entry.isSymbolicLink()
        ? `-> ${readlinkSync(path)}`
        : readFileSync(path, 'latin1')
      return [relative(folder, path), content]
    }),
  )
}
