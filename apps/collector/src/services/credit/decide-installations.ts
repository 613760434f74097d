/** Decides installations and saves the decisions, inside the caller's transaction (RULES E9). */
import {
  type Configuration,
  decideInstallation,
  type Fact,
  type InstallationDecision,
  type InstallFact,
} from '@sentby/domain'
import {
  factsOfInstallations,
  factsOfVisitors,
  type InstallationRow,
  leaveInstallationsUndecided,
  newId,
  type Store,
  saveInstallations,
  type Tx,
} from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { installationCreditsBefore, tellInstallations } from '../webhooks/installation-messages.ts'
import { distinct, toFacts } from './load-facts.ts'

/** Installations whose facts are loaded together. */
const SLICE = 50

/** A decision with the moments that its facts were received at. */
export interface ComputedInstallation {
  decision: InstallationDecision
  firstSeen: string
  lastSeen: string
}

/** What was decided, and who is left because time ran out. */
export interface DecidedInstallations {
  decisions: Map<string, ComputedInstallation>
  left: string[]
}

/**
 * Recomputes the credit of installations from the stored facts; those without an `install` have none. The caller holds
 * the locks of these installations.
 *
 * @param budgetMs after so long no further one is begun: deciding holds up everybody else. The first is always decided.
 */
export async function decideInstallations(
  tx: Tx,
  program: ProgramConfig,
  installs: readonly string[],
  nowMs: number,
  budgetMs = Number.POSITIVE_INFINITY,
): Promise<DecidedInstallations> {
  const until = performance.now() + budgetMs
  const decisions = new Map<string, ComputedInstallation>()
  const seen = new Set<string>()
  for (let from = 0; from < installs.length; from += SLICE) {
    if (from > 0 && performance.now() > until) break
    const slice = installs.slice(from, from + SLICE)
    const computed = await computeInstallations(tx.db, program, slice, { until })
    const before = await installationCreditsBefore(tx, program, slice)
    await saveInstallations(tx.db, toRows(program, computed.values(), nowMs))
    const made = [...computed.values()].flatMap((one) => one?.decision ?? [])
    await tellInstallations(tx, program, before, made, nowMs)
    for (const [install, one] of computed) {
      seen.add(install)
      if (one !== null) decisions.set(install, one)
    }
  }
  return { decisions, left: installs.filter((install) => !seen.has(install)) }
}

/** Notes that installations are to be decided by the job, or when somebody reads them. */
export async function decideInstallationsLater(
  tx: Tx,
  program: ProgramConfig,
  installs: readonly string[],
  nowMs: number,
): Promise<void> {
  if (installs.length === 0) return
  // A new row says what it is; who gets the credit follows.
  const own = toFacts([await factsOfInstallations(tx.db, program.row.id, installs)])
  const nobody = { ...program.domain, codes: new Map() }
  const undecided = decideAll(installs, own, nobody).values()
  await leaveInstallationsUndecided(tx.db, toRows(program, undecided, nowMs))
}

/** How installations are decided. */
export interface ComputeOptions {
  decide?: typeof decideInstallation
  /** Moment of `performance.now()` after which no further installation is begun. */
  until?: number
}

/**
 * The decisions as the facts give them now, in two queries; nothing is written.
 *
 * @returns `null` for what no `install` names.
 */
export async function computeInstallations(
  db: Store['db'],
  program: ProgramConfig,
  installs: readonly string[],
  options: ComputeOptions = {},
): Promise<Map<string, ComputedInstallation | null>> {
  if (installs.length === 0) return new Map()
  const { id } = program.row
  const own = await factsOfInstallations(db, id, installs)
  const ofVisitors = await factsOfVisitors(db, id, distinct(own, 'visitor'))
  return decideAll(installs, toFacts([own, ofVisitors]), program.domain, options)
}

function decideAll(
  installs: readonly string[],
  facts: readonly Fact[],
  config: Configuration,
  { decide = decideInstallation, until = Number.POSITIVE_INFINITY }: ComputeOptions = {},
): Map<string, ComputedInstallation | null> {
  const factsOf = index(facts)
  const computed = new Map<string, ComputedInstallation | null>()
  for (const install of installs) {
    const own = factsOf(install)
    const receipts = own.filter((fact) => isInstall(fact, install)).map(({ received }) => received)
    const [firstSeen] = receipts.sort()
    const lastSeen = receipts.at(-1)
    if (firstSeen === undefined || lastSeen === undefined) {
      computed.set(install, null)
      continue
    }
    const decision = decide({ install, facts: own, config })
    computed.set(install, { decision, firstSeen, lastSeen })
    if (performance.now() > until) break
  }
  return computed
}

/** The facts that can reach each installation, so that deciding many is not quadratic. */
function index(facts: readonly Fact[]): (install: string) => Fact[] {
  const ofInstalls = new Map<string, Fact[]>()
  const ofVisitors = new Map<string, Fact[]>()
  for (const fact of facts) {
    if (fact.type === 'install' || (fact.type === 'code' && fact.install !== undefined)) {
      append(ofInstalls, fact.install ?? '', fact)
    } else if ((fact.type === 'visit' || fact.type === 'code') && fact.visitor !== undefined) {
      append(ofVisitors, fact.visitor, fact)
    }
  }
  return (install) => {
    const own = ofInstalls.get(install) ?? []
    const visitors = new Set(
      own.flatMap((fact) => (fact.type === 'install' ? (fact.visitor ?? []) : [])),
    )
    return [...own, ...[...visitors].flatMap((visitor) => ofVisitors.get(visitor) ?? [])]
  }
}

function append(lists: Map<string, Fact[]>, key: string, fact: Fact): void {
  const list = lists.get(key)
  if (list) list.push(fact)
  else lists.set(key, [fact])
}

function isInstall(fact: Fact, install: string): fact is InstallFact {
  return fact.type === 'install' && fact.install === install
}

function toRows(
  program: ProgramConfig,
  computed: Iterable<ComputedInstallation | null>,
  nowMs: number,
): InstallationRow[] {
  const now = new Date(nowMs).toISOString()
  const decided = [...computed].filter((one) => one !== null)
  return decided.map(({ decision, firstSeen, lastSeen }) => ({
    program_id: program.row.id,
    id: decision.installation,
    ref: newId('installationRef', nowMs),
    product_id: decision.product ?? '',
    version: decision.version,
    copy_of: decision.copyOf,
    ephemeral: decision.ephemeral ? 1 : 0,
    download_id: decision.download,
    partner_id: decision.credited?.partner ?? null,
    code: decision.credited?.code ?? null,
    evidence: decision.credited?.evidence ?? null,
    kind: decision.credited?.kind ?? null,
    contested: decision.contested ? 1 : 0,
    anchor: decision.anchor,
    reason: decision.reason,
    policy_version: decision.policyVersion,
    decision: JSON.stringify(decision),
    revision: program.row.revision,
    receipts: 0,
    first_seen: firstSeen,
    last_seen: lastSeen,
    created_at: now,
    decided_at: now,
  }))
}
