/** Which customers and installations facts reach, and the locks that make this transaction their one writer (RULES F6). */
import {
  customersByEmail,
  customersOfInstallations,
  customersOfVisitors,
  type FactRow,
  factsOfLeads,
  type Tx,
} from '@sentby/store'
import { SHARED_ABOVE } from '../credit/load-facts.ts'

/** The batch reaches subjects that it has not locked; nothing may be written before they are. */
export class MissingLocks extends Error {
  override readonly name = 'MissingLocks'
  readonly subjects: ReadonlySet<string>

  constructor(subjects: ReadonlySet<string>) {
    super('the batch reaches subjects that are not locked')
    this.subjects = subjects
  }
}

export interface ReachLocks {
  /**
   * Who is to be decided again after these facts were inserted, first the ones they name.
   *
   * @throws MissingLocks when one of them is not locked by this transaction.
   */
  reachedAfterInsert(inserted: readonly FactRow[]): Promise<ReachedSubjects>
  /**
   * Throws {@link MissingLocks} when one of these partners, whose money is to be moved, is not locked.
   */
  requirePartners(partners: Iterable<string>): void
}

/** Whose decision facts can change. */
export interface ReachedSubjects {
  customers: string[]
  /** Some may have no `install` yet: then there is nothing to decide. */
  installations: string[]
}

/**
 * Locks what the facts name and, by a first look, what they reach.
 *
 * @param alsoFor what else is to be locked for the customers reached.
 */
export async function lockReached(
  tx: Tx,
  programId: string,
  rows: readonly FactRow[],
  more: ReadonlySet<string>,
  alsoFor?: (customers: ReadonlySet<string>) => Promise<readonly string[]>,
): Promise<ReachLocks> {
  const subjects = new Set(more)
  if (!tx.isSoleWriter) {
    for (const row of rows) addNamed(subjects, row)
    const reached = await reachedBy(tx, programId, rows)
    for (const subject of subjectsOf(reached)) subjects.add(subject)
    for (const subject of (await alsoFor?.(reached.customers)) ?? []) subjects.add(subject)
    await tx.lockSubjects(programId, subjects)
  }
  return {
    async reachedAfterInsert(inserted) {
      const reached = await reachedBy(tx, programId, inserted)
      if (!tx.isSoleWriter) {
        const missing = subjectsOf(reached).filter((subject) => !subjects.has(subject))
        if (missing.length > 0) throw new MissingLocks(new Set([...subjects, ...missing]))
      }
      return { customers: [...reached.customers], installations: [...reached.installations] }
    },
    requirePartners(partners) {
      if (tx.isSoleWriter) return
      const missing = [...partners].map((id) => `partner:${id}`).filter((id) => !subjects.has(id))
      if (missing.length > 0) throw new MissingLocks(new Set([...subjects, ...missing]))
    },
  }
}

function addNamed(subjects: Set<string>, row: FactRow): void {
  if (row.visitor !== null) subjects.add(`visitor:${row.visitor}`)
  if (row.install !== null) subjects.add(`install:${row.install}`)
  if (row.customer !== null) subjects.add(`customer:${row.customer}`)
  if (row.order_id !== null) subjects.add(`order:${row.order_id}`)
  if (row.lead_id !== null) subjects.add(`lead:${row.lead_id}`)
  // A lead and a customer meet by e-mail alone (RULES E5): whoever names it waits for the other.
  if (row.email_hash !== null) subjects.add(`email:${row.email_hash}`)
}

/** What facts reach, and what lies on the way: another transaction may tie a customer to it just now. */
interface Reached {
  customers: Set<string>
  installs: Set<string>
  /** Those of `installs` whose own decision reads one of the facts (RULES E9). */
  installations: Set<string>
  emailHashes: string[]
}

function subjectsOf({ customers, installs, emailHashes }: Reached): string[] {
  return [
    ...[...customers].map((customer) => `customer:${customer}`),
    ...[...installs].map((install) => `install:${install}`),
    ...emailHashes.map((hash) => `email:${hash}`),
  ]
}

/** Customers that these facts name, or that a visitor, an installation or a lead of theirs leads to. */
async function reachedBy(tx: Tx, programId: string, rows: readonly FactRow[]): Promise<Reached> {
  const customers = new Set<string>()
  const visitors = new Set<string>()
  const installs = new Set<string>()
  const installations = new Set<string>()
  const touched = new Set<string>()
  const leads = new Set<string>()
  const ties = new Map<string, Set<string>>()
  const addTie = (carrier: string, customer: string) => {
    ties.set(carrier, (ties.get(carrier) ?? new Set()).add(customer))
  }
  for (const row of rows) {
    if (row.customer !== null && row.type !== 'cancel') customers.add(row.customer)
    if (row.lead_id !== null) leads.add(row.lead_id)
    if (row.customer !== null) {
      if (row.visitor !== null) addTie(row.visitor, row.customer)
      if (row.install !== null) addTie(row.install, row.customer)
      continue
    }
    if (row.visitor !== null) {
      visitors.add(row.visitor)
      if (row.type !== 'install') touched.add(row.visitor)
    }
    if (row.install !== null) {
      installs.add(row.install)
      installations.add(row.install)
    }
  }
  for (const { visitor, customer, install } of await tx.joinedToVisitors(programId, [
    ...visitors,
  ])) {
    if (customer !== null) customers.add(customer)
    if (install === null) continue
    installs.add(install)
    if (touched.has(visitor)) installations.add(install)
  }
  for (const tie of await customersOfInstallations(tx.db, programId, [...installs])) {
    customers.add(tie.customer)
  }
  await addCrowded(tx, programId, ties, customers)
  const emailHashes = await addLeads(tx, programId, [...leads], customers)
  return { customers, installs, installations, emailHashes }
}

/** Ties that make a visitor or an installation shared concern all its customers (RULES A4). */
async function addCrowded(
  tx: Tx,
  programId: string,
  ties: ReadonlyMap<string, ReadonlySet<string>>,
  customers: Set<string>,
): Promise<void> {
  if (ties.size === 0) return
  const carriers = [...ties.keys()]
  const all = new Map<string, Set<string>>()
  for (const { carrier, customer } of [
    ...(await customersOfVisitors(tx.db, programId, carriers)),
    ...(await customersOfInstallations(tx.db, programId, carriers)),
  ]) {
    all.set(carrier, (all.get(carrier) ?? new Set()).add(customer))
  }
  for (const [carrier, named] of all) {
    // Past the bound now, and perhaps not before these ties; later ones change nothing for the others.
    const before = named.size - (ties.get(carrier)?.size ?? 0)
    if (named.size <= SHARED_ABOVE || before > SHARED_ABOVE) continue
    for (const customer of named) customers.add(customer)
  }
}

/** @returns the leads' e-mail hashes. */
async function addLeads(
  tx: Tx,
  programId: string,
  leads: readonly string[],
  customers: Set<string>,
): Promise<string[]> {
  if (leads.length === 0) return []
  const facts = await factsOfLeads(tx.db, programId, leads)
  const hashes: string[] = []
  for (const fact of facts) {
    if (fact.customer !== null) customers.add(fact.customer)
    if (fact.email_hash !== null) hashes.push(fact.email_hash)
  }
  for (const customer of await customersByEmail(tx.db, programId, hashes)) customers.add(customer)
  return hashes
}
