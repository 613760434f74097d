/** Decides customers and saves the decisions, inside the caller's transaction. */
import { type Decision, decide, type Fact } from '@sentby/domain'
import {
  type CustomerRow,
  leaveUndecided,
  newId,
  type Store,
  saveCustomers,
  type Tx,
} from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { grantOffers, type Signups } from '../rewards/grant-offers.ts'
import { creditsBefore, tellCredits } from '../webhooks/credit-messages.ts'
import { loadFacts } from './load-facts.ts'

/** Customers whose facts are loaded together. */
const SLICE = 50

/** What was decided, and who is left because time ran out. */
export interface DecidedCustomers {
  decisions: Map<string, Decision>
  left: string[]
}

/**
 * Recomputes the credit of customers from the stored facts. The caller holds the locks of these customers.
 *
 * @param budgetMs after so long no further customer is begun: deciding holds up everybody else. The first is
 *   always decided.
 * @param signups that arrived in this transaction: their answers tell what their customers are given.
 */
export async function decideCustomers(
  tx: Tx,
  program: ProgramConfig,
  customers: readonly string[],
  nowMs: number,
  budgetMs = Number.POSITIVE_INFINITY,
  signups: Signups = new Map(),
): Promise<DecidedCustomers> {
  const until = performance.now() + budgetMs
  const decisions = new Map<string, Decision>()
  for (let from = 0; from < customers.length; from += SLICE) {
    if (from > 0 && performance.now() > until) break
    const slice = customers.slice(from, from + SLICE)
    const decided = await computeDecisions(tx.db, program, slice, until)
    const before = await creditsBefore(tx, program, slice)
    await saveCustomers(tx.db, toRows(program, decided.values(), nowMs))
    await tellCredits(tx, program, before, decided.values(), nowMs)
    await grantOffers(tx, program, before, decided.values(), signups, nowMs)
    for (const [customer, decision] of decided) decisions.set(customer, decision)
  }
  return { decisions, left: customers.filter((customer) => !decisions.has(customer)) }
}

/** Notes that customers are to be decided by the job, or when somebody reads them. */
export async function decideLater(
  tx: Tx,
  program: ProgramConfig,
  customers: readonly string[],
  nowMs: number,
): Promise<void> {
  const nothing = { facts: [], sharedCarriers: new Set<string>(), config: program.domain }
  for (let from = 0; from < customers.length; from += 1000) {
    const slice = customers.slice(from, from + 1000)
    const undecided = slice.map((customer) => decide({ customer, ...nothing }))
    await leaveUndecided(tx.db, toRows(program, undecided, nowMs))
  }
}

/**
 * The decisions as the facts give them now; nothing is written.
 *
 * @param until moment of `performance.now()` after which no further customer is begun.
 */
export async function computeDecisions(
  db: Store['db'],
  program: ProgramConfig,
  customers: readonly string[],
  until = Number.POSITIVE_INFINITY,
): Promise<Map<string, Decision>> {
  const decisions = new Map<string, Decision>()
  if (customers.length === 0) return decisions
  const { facts, sharedCarriers } = await loadFacts(db, program.row.id, customers)
  const factsFor = customers.length === 1 ? () => facts : index(facts)
  for (const customer of customers) {
    const input = { customer, facts: factsFor(customer), sharedCarriers, config: program.domain }
    decisions.set(customer, decide(input))
    if (performance.now() > until) break
  }
  return decisions
}

/** The facts that can reach each customer, so that deciding many is not quadratic. */
function index(facts: readonly Fact[]): (customer: string) => Fact[] {
  const byKey = new Map<string, Fact[]>()
  const leads: Fact[] = []
  const put = (key: string, fact: Fact) => {
    const list = byKey.get(key)
    if (list) list.push(fact)
    else byKey.set(key, [fact])
  }
  for (const fact of facts) {
    if (fact.type === 'lead') leads.push(fact)
    else if ('customer' in fact && fact.customer !== undefined) put(`c ${fact.customer}`, fact)
    else if (fact.type === 'install') put(`i ${fact.install}`, fact)
    else if ('install' in fact && fact.install !== undefined) put(`i ${fact.install}`, fact)
    else if ('visitor' in fact && fact.visitor !== undefined) put(`v ${fact.visitor}`, fact)
  }
  return (customer) => {
    const naming = byKey.get(`c ${customer}`) ?? []
    const installs = new Set<string>()
    const visitors = new Set<string>()
    for (const fact of naming) {
      if ('install' in fact && fact.install !== undefined) installs.add(fact.install)
      if ('visitor' in fact && fact.visitor !== undefined) visitors.add(fact.visitor)
    }
    const own = [...naming, ...leads]
    for (const id of installs) {
      for (const fact of byKey.get(`i ${id}`) ?? []) {
        own.push(fact)
        if (fact.type === 'install' && fact.visitor !== undefined) visitors.add(fact.visitor)
      }
    }
    for (const id of visitors) own.push(...(byKey.get(`v ${id}`) ?? []))
    return own
  }
}

function toRows(
  program: ProgramConfig,
  decisions: Iterable<Decision>,
  nowMs: number,
): CustomerRow[] {
  const now = new Date(nowMs).toISOString()
  return [...decisions].map((decision) => toRow(program, decision, now, nowMs))
}

function toRow(
  program: ProgramConfig,
  decision: Decision,
  now: string,
  nowMs: number,
): CustomerRow {
  const { credited } = decision
  return {
    program_id: program.row.id,
    id: decision.customer,
    ref: newId('customerRef', nowMs),
    partner_id: credited?.partner ?? null,
    code: credited?.code ?? null,
    evidence: credited?.evidence ?? null,
    kind: credited?.kind ?? null,
    provisional: decision.provisional,
    verified: decision.verified ? 1 : 0,
    anchor: decision.anchor,
    reason: decision.reason,
    policy_version: decision.policyVersion,
    decision: JSON.stringify(decision),
    revision: program.row.revision,
    created_at: now,
    decided_at: now,
  }
}
