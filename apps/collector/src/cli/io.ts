import type { Command } from 'commander'
import { type Config, readConfig } from '../config.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** Where a command writes; tests give their own. */
export interface CliIo {
  out(text: string): void
  err(text: string): void
  /** Whether a person watches: progress bars are for them only. */
  isTerminal: boolean
}

/** What every command gets. */
export interface CliContext {
  env: Env
  io: CliIo
  /** Set by a command that ends with a finding, 3 say. */
  exitCode: number
}

/** The command was called in a way that cannot be right; exit code 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse'
}

/** The environment with `--db` on top. */
export function configOf(context: CliContext, command: Command): Config {
  const { db } = command.optsWithGlobals<{ db?: string }>()
  return readConfig(db === undefined ? context.env : { ...context.env, DATABASE_URL: db })
}

/** Prints the result of a command: one JSON value with `--json`, else lines for people. */
export function print(
  context: CliContext,
  command: Command,
  value: unknown,
  lines: string[],
): void {
  const { json } = command.optsWithGlobals<{ json?: boolean }>()
  context.io.out(json ? `${JSON.stringify(value)}\n` : `${lines.join('\n')}\n`)
}
