/** Rewards in the commit that stores their facts: an answered sale has its reward. */
import { customersOfOrders, type FactRow, MONEY_FACTS, type Tx } from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { concernedBy } from './load-scene.ts'
import { settleRewards } from './settle-rewards.ts'

/** How long one commit computes rewards; the rest follows when read, or by the job. */
const SETTLING_MS = 100
/** A partner with tiers or caps is computed as a whole; with more customers than this not in a commit. */
const MAX_CUSTOMERS = 100

/**
 * The subjects that a commit is likely to need beside those that its facts reach: customers of refunded orders, and
 * partners that they are credited to or that the facts name. What is missed is found before anything is written.
 */
export async function moneySubjects(
  tx: Tx,
  program: ProgramConfig,
  rows: readonly FactRow[],
  codes: readonly (string | undefined)[],
  reached: Iterable<string>,
): Promise<string[]> {
  if (program.terms.size === 0) return []
  const customers = new Set([...reached, ...(await customersPaying(tx, program, rows))])
  const { partners } = await concernedBy(tx.db, program.row.id, [...customers])
  const named = codes.flatMap((code) => {
    const partner = code === undefined ? undefined : program.codes.get(code)?.partner_id
    return partner === undefined ? [] : [partner]
  })
  return [
    ...[...customers].map((customer) => `customer:${customer}`),
    ...[...partners, ...named].map((partner) => `partner:${partner}`),
  ]
}

/** Settles whoever the commit's new facts and decisions concern; without terms nothing is read. */
export async function settleArrived(
  tx: Tx,
  program: ProgramConfig,
  inserted: readonly FactRow[],
  decided: Iterable<string>,
  requirePartners: (partners: Iterable<string>) => void,
  nowMs: number,
): Promise<void> {
  if (program.terms.size === 0) return
  const customers = new Set([...decided, ...(await customersPaying(tx, program, inserted))])
  if (customers.size === 0) return
  await settleRewards(
    tx,
    program,
    { customers: [...customers], partners: [] },
    { nowMs, requirePartners, budgetMs: SETTLING_MS, maxCustomers: MAX_CUSTOMERS },
  )
}

/** Whose money facts these are: named themselves, or by the sales of their orders. */
async function customersPaying(
  tx: Tx,
  program: ProgramConfig,
  rows: readonly FactRow[],
): Promise<Set<string>> {
  const customers = new Set<string>()
  const orders = new Set<string>()
  for (const { type, customer, order_id } of rows) {
    if (order_id !== null) orders.add(order_id)
    if (customer !== null && isMoney(type)) customers.add(customer)
  }
  for (const customer of await customersOfOrders(tx.db, program.row.id, [...orders])) {
    customers.add(customer)
  }
  return customers
}

function isMoney(type: string): boolean {
  return MONEY_FACTS.some((known) => known === type)
}
