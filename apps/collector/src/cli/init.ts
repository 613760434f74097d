import { migrate, openStore } from '@sentby/store'
import type { Command } from 'commander'
import { makeProgram } from '../services/programs.ts'
import { type CliContext, configOf, print, WrongUse } from './io.ts'

interface InitOptions {
  program: string
  name?: string
  currency: string
  timezone: string
  site: string[]
}

/** `sentby init`: makes the database if need be, and a program with its keys. */
export function addInit(program: Command, context: CliContext): void {
  program
    .command('init')
    .description('make a program: database, keys, the group "default"')
    .requiredOption('--program <slug>', 'short name in URLs: a-z, 0-9 and -')
    .option('--name <name>', 'name that people read')
    .option('--currency <code>', 'ISO 4217', 'EUR')
    .option('--timezone <zone>', 'IANA time zone', 'UTC')
    .option(
      '--site <url>',
      'a site of the vendor; the first is the default destination',
      collect,
      [],
    )
    .action(async (options: InitOptions, command: Command) => {
      const input = readInput(options)
      const store = openStore(configOf(context, command).databaseUrl)
      try {
        await migrate(store.db, store.engine === 'postgres')
        const made = await makeProgram(store, input, Date.now())
        const { slug, publishableKey, secretKey, identitySecret } = made
        const value = {
          program: slug,
          publishableKey,
          secretKey,
          identitySecret,
          consoleLogin: null,
        }
        print(context, command, value, [
          `Program ${slug} is ready. The secret key is shown once:`,
          `  publishable key  ${publishableKey}`,
          `  secret key       ${secretKey}`,
          `  identity secret  ${identitySecret}`,
        ])
      } finally {
        await store.close()
      }
    })
}

function collect(value: string, before: string[]): string[] {
  return [...before, value]
}

function readInput(options: InitOptions) {
  const { program: slug, name = slug, currency, timezone, site: sites } = options
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(slug)) {
    throw new WrongUse('--program: 1–63 of a-z, 0-9 and -, not starting with -')
  }
  if (!Intl.supportedValuesOf('currency').includes(currency)) {
    throw new WrongUse('--currency: an ISO 4217 code, EUR say')
  }
  if (!isTimezone(timezone)) throw new WrongUse('--timezone: an IANA zone, Europe/Berlin say')
  for (const url of sites) {
    const isHttp = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
    if (!isHttp) throw new WrongUse(`--site: ${url} is no http(s) URL`)
  }
  return { slug, name, currency, timezone, sites }
}

function isTimezone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
