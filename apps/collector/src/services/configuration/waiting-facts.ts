/** Facts that named a code before it was there: a new code credits what reached somebody with it. */
import { factsNamingUnknownCode, forgetUnknownCode } from '@sentby/store'
import { decideCustomers, decideLater } from '../credit/decide-customers.ts'
import { decideInstallations, decideInstallationsLater } from '../credit/decide-installations.ts'
import { lockReached } from '../ingest/reach.ts'
import { leaveCustomersStale } from '../rewards/leave-stale.ts'
import type { Change } from './change.ts'

/** How long the transaction that makes the code decides; the rest follows when read, or by the job. */
const DECIDING_MS = 500
/** Facts looked at; past that every decision of the program is made anew. */
const MAX_FACTS = 2000

/** Decides whom facts with these codes reach. Call it when the codes are written. */
export async function decideWaiting(change: Change, codes: readonly string[]): Promise<void> {
  const { tx, program } = change
  const programId = program.row.id
  const customers = new Set<string>()
  const installations = new Set<string>()
  for (const code of codes) {
    const facts = await factsNamingUnknownCode(tx.db, programId, code, MAX_FACTS + 1)
    if (facts.length === 0) continue
    if (facts.length > MAX_FACTS) await change.revise(true)
    else {
      const locks = await lockReached(tx, programId, facts, new Set())
      const reached = await locks.reachedAfterInsert(facts)
      for (const customer of reached.customers) customers.add(customer)
      for (const installation of reached.installations) installations.add(installation)
    }
    await forgetUnknownCode(tx.db, programId, code)
  }
  if (customers.size + installations.size === 0) return
  const now = await change.reread()
  const { nowMs } = change
  const decided = await decideCustomers(tx, now, [...customers], nowMs, DECIDING_MS)
  await decideLater(tx, now, decided.left, nowMs)
  if (now.terms.size > 0) await leaveCustomersStale(tx, programId, decided.decisions.keys())
  const installed = await decideInstallations(tx, now, [...installations], nowMs, DECIDING_MS)
  await decideInstallationsLater(tx, now, installed.left, nowMs)
}
