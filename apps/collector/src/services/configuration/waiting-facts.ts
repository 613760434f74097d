/** Facts that named a code before it was there: a new code credits what reached a customer with it. */
import { factsNamingUnknownCode, forgetUnknownCode } from '@sentby/store'
import { decideCustomers, decideLater } from '../credit/decide-customers.ts'
import { lockReached } from '../ingest/reach.ts'
import type { Change } from './change.ts'

/** How long the transaction that makes the code decides; the rest follows when read, or by the job. */
const DECIDING_MS = 500
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
  if (customers.length === 0) return
  const now = await change.reread()
  const { left } = await decideCustomers(tx, now, customers, change.nowMs, DECIDING_MS)
  await decideLater(tx, now, left, change.nowMs)
}
