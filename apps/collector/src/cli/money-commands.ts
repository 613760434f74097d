import { readFileSync } from 'node:fs'
import { termsInput, toInstant } from '@sentby/contract'
import type { Command } from 'commander'
import pino from 'pino'
import { runCalendar } from '../jobs/calendar.ts'
import { decideStale } from '../jobs/decide-stale.ts'
import { runPayouts } from '../jobs/payouts.ts'
import { runRewards } from '../jobs/rewards.ts'
import { runSending } from '../jobs/send-payouts.ts'
import { systemClock, TestClock } from '../services/clock.ts'
import { Directory } from '../services/directory.ts'
import { Providers } from '../services/payouts/providers.ts'
import { makeTerms } from '../services/rewards/terms.ts'
import { type CliContext, configOf, print, WrongUse } from './io.ts'
import { withProgram, withStore } from './offline.ts'
import { readFlags } from './read-flags.ts'

/** As terms name who put them. */
const ACTOR = 'cli'

/** `terms set`, `jobs run`. */
export function addMoneyCommands(root: Command, context: CliContext): void {
  root
    .command('terms')
    .description('what groups earn')
    .command('set <file>')
    .description("make a new version of a group's terms from a JSON file")
    .requiredOption('--program <slug>')
    .requiredOption('--group <group>', 'slug or id')
    .action((file: string, options: TermsOptions, command: Command) =>
      setTerms(context, command, file, options),
    )
  root
    .command('jobs')
    .description('timed work; a running collector does it by itself')
    .command('run')
    .description('run everything that is due, once')
    .option('--as-of <time>', 'as if it were then; only with SENTBY_TEST_CLOCK=1')
    .action((options: { asOf?: string }, command: Command) => runJobs(context, command, options))
}

interface TermsOptions {
  program: string
  group: string
}

async function setTerms(
  context: CliContext,
  command: Command,
  file: string,
  { program: slug, group }: TermsOptions,
): Promise<void> {
  const input = readFlags(termsInput, readJson(file))
  await withProgram(context, command, slug, async (offline) => {
    const made = await makeTerms(offline, offline.program.row.id, group, input, ACTOR)
    print(context, command, made, [
      `Group ${made.group}: version ${made.version}, in force ${made.from === null ? 'from the beginning' : `from ${made.from}`}.`,
      `  hash  ${made.hash}`,
    ])
  })
}

function readJson(file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return { ...value }
  } catch {
    // Told below, as a value of another kind is.
  }
  throw new WrongUse(`${file} cannot be read as a JSON object`)
}

async function runJobs(
  context: CliContext,
  command: Command,
  { asOf }: { asOf?: string },
): Promise<void> {
  const { testClock, paypalUrl, stripeApiUrl } = configOf(context, command)
  if (asOf !== undefined && !testClock) {
    throw new WrongUse('--as-of needs SENTBY_TEST_CLOCK=1')
  }
  const time = asOf === undefined ? undefined : toInstant(asOf)
  if (time === null) throw new WrongUse('--as-of must be an ISO-8601 date-time with a zone')
  await withStore(context, command, async (store) => {
    const directory = new Directory(store)
    await directory.refresh()
    const clock = time === undefined ? systemClock : new TestClock()
    if (clock instanceof TestClock && time !== undefined) clock.set(Date.parse(time))
    const deps = { store, directory, clock, log: pino({ level: 'silent' }) }
    const decided = await decideStale(deps)
    const rewards = await runRewards(deps)
    const calendar = await runCalendar(deps)
    const payouts = await runPayouts(deps)
    const providers = new Providers({ store, clock, paypalUrl, stripeApiUrl })
    const sending = await runSending({ ...deps, providers })
    print(context, command, { decided, rewards, calendar, payouts, sending }, [
      `${decided} decided again, ${rewards.stale} computed again, ${rewards.earned} looked at that were expected, ${rewards.approved} approved by themselves`,
      `${calendar.closed} months closed, ${calendar.published} decisions published, ${payouts} payouts closed`,
      `${sending.sent} batches sent, ${sending.looked} asked about`,
    ])
  })
}
