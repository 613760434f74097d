import { Command, CommanderError } from 'commander'
import { ConfigError } from '../config.ts'
import { Refusal } from '../services/refusal.ts'
import { addCreditCommands } from './credit-commands.ts'
import { addDatabaseCommands } from './database-commands.ts'
import { addInit } from './init.ts'
import { type CliIo, type Env, WrongUse } from './io.ts'
import { addKeyCommands } from './key-commands.ts'
import { addMoneyCommands } from './money-commands.ts'
import { addPartnerCommands } from './partner-commands.ts'
import { addProductCommands } from './product-commands.ts'
import { addReadCommand } from './read-command.ts'
import { addServe } from './serve.ts'
import { addStampCommands } from './stamp-commands.ts'

const DONE = 0
const FAILED = 1
const WRONG_USE = 2

/**
 * Runs one command of the CLI (CONTRACT §3).
 *
 * @returns the exit code: 0 done, 1 failed, 2 wrong use, 3 a difference was found.
 */
export async function run(
  args: readonly string[],
  env: Env,
  io: CliIo = terminal(),
): Promise<number> {
  const program = new Command('sentby')
    .description('Who sent us this customer, and what do we owe them?')
    .option('--db <url>', 'the database: file:PATH or postgres://… (default: DATABASE_URL)')
    .option('--json', 'print exactly one JSON value on stdout')
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .exitOverride()
    .showHelpAfterError('(sentby --help tells the commands)')
  const context = { env, io, exitCode: DONE }
  addServe(program, context)
  addInit(program, context)
  addPartnerCommands(program, context)
  addMoneyCommands(program, context)
  addKeyCommands(program, context)
  addProductCommands(program, context)
  addStampCommands(program, context)
  addReadCommand(program, context)
  addCreditCommands(program, context)
  addDatabaseCommands(program, context)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return context.exitCode
  } catch (error) {
    return report(error, io)
  }
}

function report(error: unknown, io: CliIo): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USE
  if (error instanceof ConfigError || error instanceof WrongUse) {
    io.err(`${error.message}\n`)
    return WRONG_USE
  }
  if (error instanceof Refusal) {
    io.err(`${error.code}: ${error.message}\n`)
    for (const { pointer, detail } of error.errors ?? []) io.err(`  ${pointer}: ${detail}\n`)
    return FAILED
  }
  io.err(`${error instanceof Error ? error.message : String(error)}\n`)
  return FAILED
}

function terminal(): CliIo {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true,
  }
}
