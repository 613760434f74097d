import { linkInput, partnerChange, partnerInput } from '@sentby/contract'
import type { Command } from 'commander'
import { makeLink } from '../services/configuration/links.ts'
import { changePartner, makePartner } from '../services/configuration/partners.ts'
import { type CliContext, print } from './io.ts'
import { withProgram } from './offline.ts'
import { readFlags } from './read-flags.ts'

interface PartnerOptions {
  program: string
  partner?: string
  email?: string
  name?: string
  group?: string
  code?: string
  customer?: string
  from?: string
}

/** `partner add|update|disable`, `link add`. */
export function addPartnerCommands(root: Command, context: CliContext): void {
  const partner = root.command('partner').description('enrol and change partners')
  withPartnerOptions(partner.command('add').description('enrol a partner; a code is made'))
    .requiredOption('--email <email>')
    .requiredOption('--name <name>')
    .option('--code <code>', 'its primary code; absent: a generated one')
    .action((options: PartnerOptions, command: Command) => add(context, command, options))
  withPartnerOptions(partner.command('update').description('change a partner'))
    .requiredOption('--partner <id>')
    .option('--email <email>')
    .option('--name <name>')
    .action((options: PartnerOptions, command: Command) => update(context, command, options))
  partner
    .command('disable')
    .description('a disabled partner is credited with nobody new; what it has it keeps')
    .requiredOption('--program <slug>')
    .requiredOption('--partner <id>')
    .option('--from <time>', 'ISO-8601; absent: now')
    .action((options: PartnerOptions, command: Command) => disable(context, command, options))
  root
    .command('link')
    .description('links: a code with a destination')
    .command('add')
    .requiredOption('--program <slug>')
    .requiredOption('--partner <id>')
    .requiredOption('--to <url>', "on one of the program's sites")
    .option('--code <code>', 'absent: a generated one')
    .option('--campaign <name>')
    .action((options: LinkOptions, command: Command) => addLink(context, command, options))
}

function withPartnerOptions(command: Command): Command {
  return command
    .requiredOption('--program <slug>')
    .option('--group <group>', 'slug or id')
    .option('--customer <id>', "the partner's own account as your customer")
    .option('--from <time>', 'ISO-8601; absent: from the beginning (add), from now (update)')
}

async function add(context: CliContext, command: Command, options: PartnerOptions): Promise<void> {
  const { program: slug, ...fields } = options
  const input = readFlags(partnerInput, fields)
  await withProgram(context, command, slug, async (offline) => {
    const { body } = await makePartner(offline, offline.program.row.id, input)
    const value = { partner: body.id, code: body.code, link: body.link, portalLogin: null }
    print(context, command, value, [
      `Partner ${body.name} (${body.id})`,
      `  code  ${body.code}`,
      `  link  ${body.link}`,
    ])
  })
}

async function update(
  context: CliContext,
  command: Command,
  options: PartnerOptions,
): Promise<void> {
  const { program: slug, partner = '', ...fields } = options
  const input = readFlags(partnerChange, fields)
  await withProgram(context, command, slug, async (offline) => {
    const body = await changePartner(offline, offline.program.row.id, partner, input)
    print(context, command, body, [`Partner ${body.name} (${body.id}) is ${body.status}.`])
  })
}

async function disable(
  context: CliContext,
  command: Command,
  options: PartnerOptions,
): Promise<void> {
  const { program: slug, partner = '', from } = options
  const input = readFlags(partnerChange, { status: 'inactive', from })
  await withProgram(context, command, slug, async (offline) => {
    const body = await changePartner(offline, offline.program.row.id, partner, input)
    print(context, command, body, [`Partner ${body.name} (${body.id}) is ${body.status}.`])
  })
}

interface LinkOptions {
  program: string
  partner: string
  to: string
  code?: string
  campaign?: string
}

async function addLink(context: CliContext, command: Command, options: LinkOptions): Promise<void> {
  const { program: slug, ...fields } = options
  const input = readFlags(linkInput, fields)
  await withProgram(context, command, slug, async (offline) => {
    const { body } = await makeLink(offline, offline.program.row.id, input)
    print(context, command, body, [`${body.url}`, `  leads to ${body.to}`])
  })
}
