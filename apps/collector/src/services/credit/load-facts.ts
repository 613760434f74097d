/** Loads what a decision reads: the customer's own facts, its visitors' and installations', its leads. */
import type { Fact } from '@sentby/domain'
import {
  crowdedCarriers,
  type FactRow,
  factsNamingCustomers,
  factsOfInstallations,
  factsOfLeads,
  factsOfVisitors,
  leadsByEmail,
  type Store,
} from '@sentby/store'
import { fromRow } from './from-row.ts'

/** More customers than this, and a visitor or an installation is shared (RULES A4). */
export const SHARED_ABOVE = 20

/** All that is needed to decide some customers; facts of one may reach another. */
export interface LoadedFacts {
  facts: Fact[]
  sharedCarriers: Set<string>
}

/** Reads the facts of these customers in a fixed number of queries, however many customers there are. */
export async function loadFacts(
  db: Store['db'],
  programId: string,
  customers: readonly string[],
): Promise<LoadedFacts> {
  const naming = await factsNamingCustomers(db, programId, customers)
  const installs = distinct(naming, 'install')
  const ofInstalls = await factsOfInstallations(db, programId, installs)
  const visitors = distinct([...naming, ...ofInstalls], 'visitor')
  const ofVisitors = await factsOfVisitors(db, programId, visitors)
  const hashes = distinct(
    naming.filter((row) => row.trust === 'secret'),
    'email_hash',
  )
  const leads = new Set([
    ...distinct(naming, 'lead_id'),
    ...(await leadsByEmail(db, programId, hashes)),
  ])
  const ofLeads = await factsOfLeads(db, programId, [...leads])
  const sharedVisitors = await crowdedCarriers(db, programId, 'visitor', visitors, SHARED_ABOVE)
  const sharedInstalls = await crowdedCarriers(db, programId, 'install', installs, SHARED_ABOVE)
  return {
    facts: toFacts([naming, ofInstalls, ofVisitors, ofLeads]),
    sharedCarriers: new Set([
      ...sharedVisitors.map((id) => `visitor:${id}`),
      ...sharedInstalls.map((id) => `install:${id}`),
    ]),
  }
}

/** The distinct values of a column that are there. */
export function distinct(
  rows: readonly FactRow[],
  column: 'visitor' | 'install' | 'lead_id' | 'email_hash',
): string[] {
  const found = new Set<string>()
  for (const row of rows) {
    const value = row[column]
    if (value !== null) found.add(value)
  }
  return [...found]
}

/** Rows as facts, each once. */
export function toFacts(lists: readonly FactRow[][]): Fact[] {
  const facts = new Map<string, Fact>()
  for (const rows of lists) {
    for (const row of rows) {
      const key = `${row.trust} ${row.id}`
      if (facts.has(key)) continue
      const fact = fromRow(row)
      if (fact) facts.set(key, fact)
    }
  }
  return [...facts.values()]
}
