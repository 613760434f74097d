import { readFileSync } from 'node:fs'
import {
  type CreditAnswer,
  type InstallationCreditAnswer,
  policyInput,
  toInstant,
} from '@sentby/contract'
import { DEFAULT_POLICY, type Policy } from '@sentby/domain'
import {
  countRows,
  creditsWithoutPartner,
  customersWithoutDecision,
  installationsWithoutDecision,
  type Store,
} from '@sentby/store'
import type { Command } from 'commander'
import type { Clock } from '../services/clock.ts'
import type { ProgramConfig } from '../services/program-config.ts'
import { readCredit } from '../services/reading/credit.ts'
import { readInstallationCredit } from '../services/reading/installations.ts'
import { replay } from '../services/replay.ts'
import { checkRewards, foundBy, type RewardsCheck } from '../services/rewards/check-rewards.ts'
import { type CliContext, print, WrongUse } from './io.ts'
import { withProgram } from './offline.ts'
import { progress } from './progress.ts'

const DIFFERENCE = 3

/** `explain`, `replay`, `check`: why somebody is credited, and whether what is stored fits the facts. */
export function addCreditCommands(root: Command, context: CliContext): void {
  root
    .command('explain')
    .description('who is credited with a customer or an installation, and why')
    .requiredOption('--program <slug>')
    .option('--customer <id>', "the vendor's id of the customer")
    .option('--install <id>', "the installation's id")
    .action((options: ExplainOptions, command: Command) => explain(context, command, options))
  root
    .command('replay')
    .description('recompute credit from the facts and compare; exit 3 when anything would differ')
    .requiredOption('--program <slug>')
    .option('--policy <file>', 'decide under this policy (JSON); nothing is written')
    .action((options: { program: string; policy?: string }, command: Command) =>
      runReplay(context, command, options),
    )
  root
    .command('check')
    .description(
      'prove that credit, rewards and the ledger fit the facts; exit 3 on any difference',
    )
    .requiredOption('--program <slug>')
    .action((options: { program: string }, command: Command) => check(context, command, options))
}

interface ExplainOptions {
  program: string
  customer?: string
  install?: string
}

async function explain(
  context: CliContext,
  command: Command,
  { program, customer, install }: ExplainOptions,
): Promise<void> {
  if ((customer === undefined) === (install === undefined)) {
    throw new WrongUse('give --customer or --install, one of them')
  }
  await withProgram(context, command, program, async (offline) => {
    const { id } = offline.program.row
    const credit =
      install === undefined
        ? await readCredit(offline, id, customer ?? '')
        : await readInstallationCredit(offline, id, install)
    print(context, command, credit, describe(install ?? customer ?? '', credit))
  })
}

function describe(id: string, credit: CreditAnswer | InstallationCreditAnswer): string[] {
  const { credited, reason, provisional, candidates } = credit
  const who = credited ? `${credited.partner.name} (${credited.code ?? 'no code'})` : 'nobody'
  const doubt = provisional ? `, provisional (${provisional})` : ''
  return [
    `${id}: ${who}: ${reason}${doubt}`,
    ...candidates.map(
      (one) =>
        `  ${one.verdict.padEnd(14)} ${one.kind.padEnd(8)} ${one.at}  ${one.code ?? '-'}  ${one.evidence}`,
    ),
  ]
}

async function runReplay(
  context: CliContext,
  command: Command,
  options: { program: string; policy?: string },
): Promise<void> {
  const policy = options.policy === undefined ? undefined : readPolicy(options.policy)
  await withProgram(context, command, options.program, async ({ store, program }) => {
    const bar = progress(context.io, 'replaying credit')
    const result = await replay(store.db, program, policy, (done) => bar.update(done))
    bar.end()
    const found = result.differences.length + result.installationDifferences.length
    if (found > 0) context.exitCode = DIFFERENCE
    print(context, command, result, [
      `${result.customers} customers and ${result.installations} installations, ${found} would differ, ${result.undecided} wait to be decided`,
      ...result.differences.map(
        ({ customer, stored, computed }) =>
          `  ${customer}: ${stored.partner ?? 'nobody'} → ${computed.partner ?? 'nobody'}`,
      ),
      ...result.installationDifferences.map(
        ({ installation, stored, computed }) =>
          `  installation ${installation}: ${stored.partner ?? 'nobody'} → ${computed.partner ?? 'nobody'}`,
      ),
      `hash ${result.hash}`,
    ])
  })
}

async function check(
  context: CliContext,
  command: Command,
  options: { program: string },
): Promise<void> {
  await withProgram(context, command, options.program, async ({ store, program, clock }) => {
    const { id } = program.row
    const bar = progress(context.io, 'checking credit')
    const replayed = await replay(store.db, program, undefined, (done) => bar.update(done))
    bar.end()
    const money = await checkMoney(context, store, program, clock)
    const result = {
      ...(await countRows(store.db, id)),
      pages: (await store.integrity()) ? 'ok' : 'damaged',
      withoutDecision: await customersWithoutDecision(store.db, id),
      installations: replayed.installations,
      installationsWithoutDecision: await installationsWithoutDecision(store.db, id),
      withoutPartner: await creditsWithoutPartner(store.db, id),
      undecided: replayed.undecided,
      differences: replayed.differences,
      installationDifferences: replayed.installationDifferences,
      money,
    }
    const found =
      foundBy(money) +
      result.withoutDecision.length +
      result.installationsWithoutDecision.length +
      result.withoutPartner.length +
      result.differences.length +
      result.installationDifferences.length
    if (found > 0 || result.pages !== 'ok') context.exitCode = DIFFERENCE
    print(context, command, result, [
      `${result.facts} facts, ${result.customers} customers, ${result.installations} installations, ${result.clicks} clicks, ${result.setAside} set aside; pages ${result.pages}`,
      found === 0 ? 'Credit, rewards and the ledger fit the facts.' : `${found} differences:`,
      ...moneyLines(money),
      ...result.withoutDecision.map((customer) => `  ${customer}: no decision`),
      ...result.withoutPartner.map(
        (customer) => `  ${customer}: credited to a partner that is not there`,
      ),
      ...result.differences.map(
        ({ customer }) => `  ${customer}: the decision does not fit the facts`,
      ),
      ...result.installationsWithoutDecision.map(
        (installation) => `  installation ${installation}: no decision`,
      ),
      ...result.installationDifferences.map(
        ({ installation }) => `  installation ${installation}: the decision does not fit the facts`,
      ),
    ])
  })
}

async function checkMoney(
  context: CliContext,
  store: Store,
  program: ProgramConfig,
  clock: Clock,
): Promise<RewardsCheck> {
  const bar = progress(context.io, 'checking rewards')
  const now = new Date(clock.now()).toISOString()
  const check = await checkRewards(store.db, program, now, (done) => bar.update(done))
  bar.end()
  return check
}

function moneyLines(check: RewardsCheck): string[] {
  return [
    `${check.rewards} rewards compared, ${check.waiting} wait to be computed`,
    ...check.unbalanced.map((id) => `  ${id}: the transaction does not sum to zero`),
    ...check.balancesUnlikeLedger.map((id) => `  ${id}: the balance is not its entries`),
    ...check.balancesUnlikeRewards.map((id) => `  ${id}: the balance is not its rewards`),
    ...check.withoutPostings.map((id) => `  ${id}: the postings are not what the reward shows`),
    ...check.payoutsUnlikeRewards.map((id) => `  ${id}: the payout is not its rewards`),
    ...check.unlikeFacts.map((id) => `  ${id}: posted and proposed is not what is due`),
  ]
}

function readPolicy(file: string): Policy {
  let body: unknown
  try {
    body = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new WrongUse(`--policy: ${file} cannot be read as JSON`)
  }
  const parsed = policyInput.safeParse(body)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new WrongUse(`--policy: /${issue?.path.join('/')}: ${issue?.message}`)
  }
  const { from, windowDays, ...fields } = parsed.data
  return {
    ...DEFAULT_POLICY,
    ...fields,
    windowDays: JSON.parse(JSON.stringify(windowDays)) as Policy['windowDays'],
    version: 0,
    from: from === undefined ? null : toInstant(from),
  }
}
