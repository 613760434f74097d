/** Reads a customer's decision; one that is older than the configuration is made anew first. */
import type { Decision } from '@sentby/domain'
import { type CustomerRow, customerById } from '@sentby/store'
import type { Deps } from '../../deps.ts'
import { leaveCustomersStale } from '../rewards/leave-stale.ts'
import { decideCustomers } from './decide-customers.ts'

/** What deciding needs of the collector; the CLI has it too. */
export type DecideDeps = Pick<Deps, 'store' | 'directory' | 'clock'>

/**
 * Decides customers in a transaction of its own, as their one writer (RULES F6).
 *
 * @param budgetMs after so long no further customer is begun.
 * @returns how many were decided.
 */
export function decideNow(
  deps: DecideDeps,
  programId: string,
  customers: readonly string[],
  budgetMs?: number,
): Promise<number> {
  return deps.store.transaction(async (tx) => {
    await tx.lockProgram(programId, 'shared')
    const program = await deps.directory.within(tx, programId)
    await tx.lockSubjects(
      programId,
      customers.map((customer) => `customer:${customer}`),
    )
    const now = deps.clock.now()
    const { decisions } = await decideCustomers(tx, program, customers, now, budgetMs)
    if (program.terms.size > 0) await leaveCustomersStale(tx, programId, decisions.keys())
    return decisions.size
  })
}

/** A customer's row with its decision read. */
export interface DecidedCustomer {
  row: CustomerRow
  decision: Decision
}

/** The present decision about a customer, or `undefined` when no fact names it. */
export async function readDecision(
  deps: DecideDeps,
  programId: string,
  customer: string,
): Promise<DecidedCustomer | undefined> {
  let row = await customerById(deps.store.db, programId, customer)
  if (!row) return undefined
  const program = deps.directory.program(programId)
  if (row.revision < (program?.row.decisions_revision ?? 0)) {
    await decideNow(deps, programId, [customer])
    row = await customerById(deps.store.db, programId, customer)
  }
  return row && { row, decision: JSON.parse(row.decision) as Decision }
}
