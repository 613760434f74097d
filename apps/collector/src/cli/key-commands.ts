import type { KeyAnswer } from '@sentby/contract'
import { type Command, Option } from 'commander'
import { addKey, listKeys, removeKey } from '../services/configuration/keys.ts'
import { everyRow } from './every-row.ts'
import { type CliContext, print } from './io.ts'
import { withProgram } from './offline.ts'

/** `key list|add|revoke`: keys rotate with an overlap. */
export function addKeyCommands(root: Command, context: CliContext): void {
  const key = root.command('key').description('keys of a program; several live at once')
  key
    .command('list')
    .requiredOption('--program <slug>')
    .action((options: { program: string }, command: Command) => list(context, command, options))
  key
    .command('add')
    .description('add a key; it is shown once')
    .requiredOption('--program <slug>')
    .addOption(new Option('--kind <kind>').choices(['publishable', 'secret']).makeOptionMandatory())
    .action((options: AddOptions, command: Command) => add(context, command, options))
  key
    .command('revoke')
    .description('revoke a key; running collectors refuse it within a second')
    .requiredOption('--program <slug>')
    .requiredOption('--key <id>', 'the id that key list shows')
    .action((options: { program: string; key: string }, command: Command) =>
      revoke(context, command, options),
    )
}

interface AddOptions {
  program: string
  kind: 'publishable' | 'secret'
}

async function list(
  context: CliContext,
  command: Command,
  options: { program: string },
): Promise<void> {
  await withProgram(context, command, options.program, async (offline) => {
    const keys = await everyRow((page) => listKeys(offline, offline.program.row.id, page))
    print(context, command, { keys }, keys.map(describe))
  })
}

async function add(context: CliContext, command: Command, options: AddOptions): Promise<void> {
  await withProgram(context, command, options.program, async (offline) => {
    const { body } = await addKey(offline, offline.program.row.id, options.kind)
    print(context, command, body, [`${body.key}`, 'It is shown once.'])
  })
}

async function revoke(
  context: CliContext,
  command: Command,
  options: { program: string; key: string },
): Promise<void> {
  await withProgram(context, command, options.program, async (offline) => {
    const body = await removeKey(offline, offline.program.row.id, options.key)
    print(context, command, body, [describe(body)])
  })
}

function describe(key: KeyAnswer): string {
  const state = key.revokedAt === null ? 'live' : `revoked ${key.revokedAt}`
  return `${key.id}  ${key.kind.padEnd(11)}  ${key.hint}  ${key.createdAt}  ${state}`
}
