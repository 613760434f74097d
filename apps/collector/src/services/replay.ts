/** Recomputes credit from the facts and compares it with what is stored; writes nothing. */
import { createHash } from 'node:crypto'
import {
  type Decision,
  decideInstallation,
  decideInstallationUnder,
  decideUnder,
  type InstallationDecision,
  type Policy,
} from '@sentby/domain'
import {
  type CustomerRow,
  customersPage,
  type InstallationRow,
  installationsPage,
  type Store,
} from '@sentby/store'
import { computeDecisions } from './credit/decide-customers.ts'
import { computeInstallations } from './credit/decide-installations.ts'
import { loadFacts } from './credit/load-facts.ts'
import type { ProgramConfig } from './program-config.ts'

/** A customer whose credit would be another. */
export interface Difference {
  customer: string
  stored: { partner: string | null; reason: string; provisional: string | null }
  computed: { partner: string | null; reason: string; provisional: string | null }
}

/** An installation whose credit would be another. */
export interface InstallationDifference {
  installation: string
  stored: { partner: string | null; reason: string }
  computed: { partner: string | null; reason: string }
}

export interface ReplayResult {
  customers: number
  installations: number
  /** Waiting to be decided again because configuration changed; not a difference. */
  undecided: number
  differences: Difference[]
  installationDifferences: InstallationDifference[]
  /** SHA-256 over all recomputed decisions: equal facts and configuration, equal hash, on either engine. */
  hash: string
}

const PAGE = 200

/**
 * Replays every customer and every installation of a program.
 *
 * @param policy decides under this policy instead of the stored versions.
 * @param onProgress told how many of them are done.
 */
export async function replay(
  db: Store['db'],
  program: ProgramConfig,
  policy?: Policy,
  onProgress: (done: number) => void = () => {},
): Promise<ReplayResult> {
  const result: ReplayResult = {
    customers: 0,
    installations: 0,
    undecided: 0,
    differences: [],
    installationDifferences: [],
    hash: '',
  }
  const hash = createHash('sha256')
  await replayCustomers(db, program, policy, { result, hash, onProgress })
  await replayInstallations(db, program, policy, { result, hash, onProgress })
  result.hash = hash.digest('hex')
  return result
}

/** What a replay has found so far. */
interface Progress {
  result: ReplayResult
  hash: ReturnType<typeof createHash>
  onProgress: (done: number) => void
}

async function replayCustomers(
  db: Store['db'],
  program: ProgramConfig,
  policy: Policy | undefined,
  { result, hash, onProgress }: Progress,
): Promise<void> {
  let after: string | undefined
  for (;;) {
    const rows = await customersPage(db, program.row.id, { partner: undefined, after, limit: PAGE })
    if (rows.length === 0) return
    const decisions = await compute(db, program, rows, policy)
    for (const row of rows) {
      const decision = decisions.get(row.id)
      if (!decision) continue
      hash.update(`${JSON.stringify(decision)}\n`)
      result.customers++
      const isUndecided = !policy && row.revision < program.row.decisions_revision
      if (isUndecided) result.undecided++
      else if (differs(row, decision, policy !== undefined)) {
        result.differences.push(difference(row, decision))
      }
    }
    after = rows.at(-1)?.id
    onProgress(result.customers)
  }
}

async function replayInstallations(
  db: Store['db'],
  program: ProgramConfig,
  policy: Policy | undefined,
  { result, hash, onProgress }: Progress,
): Promise<void> {
  const decide: typeof decideInstallation = policy
    ? (input) => decideInstallationUnder(input, policy)
    : decideInstallation
  let after: string | undefined
  for (;;) {
    const rows = await installationsPage(db, program.row.id, { after, limit: PAGE })
    if (rows.length === 0) return
    const ids = rows.map((row) => row.id)
    const computed = await computeInstallations(db, program, ids, { decide })
    for (const row of rows) {
      const decision = computed.get(row.id)?.decision
      if (!decision) continue
      hash.update(`${JSON.stringify(decision)}\n`)
      result.installations++
      const isUndecided = !policy && row.revision < program.row.decisions_revision
      if (isUndecided) result.undecided++
      else if (installationDiffers(row, decision, policy !== undefined)) {
        const { partner_id: partner, reason } = row
        result.installationDifferences.push({
          installation: row.id,
          stored: { partner, reason },
          computed: { partner: decision.credited?.partner ?? null, reason: decision.reason },
        })
      }
    }
    after = rows.at(-1)?.id
    onProgress(result.customers + result.installations)
  }
}

function installationDiffers(
  row: InstallationRow,
  decision: InstallationDecision,
  outcomeOnly: boolean,
): boolean {
  if (!outcomeOnly) return row.decision !== JSON.stringify(decision)
  return row.partner_id !== (decision.credited?.partner ?? null)
}

async function compute(
  db: Store['db'],
  program: ProgramConfig,
  rows: readonly CustomerRow[],
  policy: Policy | undefined,
): Promise<Map<string, Decision>> {
  const customers = rows.map((row) => row.id)
  if (!policy) return computeDecisions(db, program, customers)
  const decisions = new Map<string, Decision>()
  for (const customer of customers) {
    const { facts, sharedCarriers } = await loadFacts(db, program.row.id, [customer])
    const input = { customer, facts, sharedCarriers, config: program.domain }
    decisions.set(customer, decideUnder(input, policy))
  }
  return decisions
}

/** Under another policy only the outcome counts; else the whole decision must be the same. */
function differs(row: CustomerRow, decision: Decision, outcomeOnly: boolean): boolean {
  if (!outcomeOnly) return row.decision !== JSON.stringify(decision)
  return (
    row.partner_id !== (decision.credited?.partner ?? null) ||
    row.provisional !== decision.provisional
  )
}

function difference(row: CustomerRow, decision: Decision): Difference {
  const { reason, provisional } = decision
  return {
    customer: row.id,
    stored: { partner: row.partner_id, reason: row.reason, provisional: row.provisional },
    computed: { partner: decision.credited?.partner ?? null, reason, provisional },
  }
}
