/** Facts that named a code before it was there: a new code credits what reached a customer with it. */
import { factsNamingUnknownCode, forgetUnknownCode, markUndecided } from '@sentby/store'
import { decideCustomers } from '../credit/decide-customers.ts'
import { lockReached } from '../ingest/reach.ts'
import type { Change } from './change.ts'

/** Customers decided in the transaction that makes the code; the others follow when read, or by the job. */
const DECIDED_AT_ONCE = 200
/** Facts looked at; past that every decision of the program is made anew. */
const MAX_FACTS = 2000

/** Decides the customers that facts with these codes reach. Call it when the codes are written. */
export async function decideWaiting(change: Change, codes: readonly string[]): Promise<void> {
  const { tx, program } = change
  const programId = program.row.id
  const reached = new Set<string>()
  for (const code of codes) {
    const facts = await factsNamingUnknownCode(tx.db, programId, code, MAX_FACTS + 1)
    if (facts.length === 0) continue
    if (facts.length > MAX_FACTS) await change.revise(true)
    else {
      const locks = await lockReached(tx, programId, facts, new Set())
      for (const customer of await locks.customersAfterInsert(facts)) reached.add(customer)
    }
    await forgetUnknownCode(tx.db, programId, code)
  }
  const customers = [...reached]
  await markUndecided(tx.db, programId, customers.slice(DECIDED_AT_ONCE))
  if (customers.length === 0) return
  const now = await change.reread()
  await decideCustomers(tx, now, customers.slice(0, DECIDED_AT_ONCE), change.nowMs)
}
