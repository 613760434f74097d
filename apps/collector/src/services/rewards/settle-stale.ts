/** Computes rewards that were left for later; the job calls it, and whoever reads rewards. */
import {
  customersOfPartners,
  expectationsDue,
  leaveStale,
  type StalePartnerRow,
  stalePartners,
  takeStale,
  undecidedCustomers,
} from '@sentby/store'
import { decideNow } from '../credit/read-decision.ts'
import { inLocks, type SettleDeps } from './in-locks.ts'
import { isWhole } from './load-scene.ts'

const AT_ONCE = 50
/** A larger partner whose customers matter to each other is computed once, after all notes of its customers. */
const MAX_CUSTOMERS = 100

/** How long a reader waits for work that was left for later; then it is told what stands. */
const READING_WAITS_MS = 1000
/** How long whoever reviews, decides or pays waits for it. */
export const DECIDING_WAITS_MS = 2000

/**
 * Decides customers that wait for it, and computes the rewards of whoever is noted, until nothing is left or the time is
 * over. Work that another collector does meanwhile is not done twice.
 *
 * @param budgetMs after so long no further piece is begun.
 * @returns how many pieces were done.
 */
export async function settleStale(
  deps: SettleDeps,
  programId: string,
  budgetMs = Number.POSITIVE_INFINITY,
  isStopped: () => boolean = () => false,
): Promise<number> {
  const until = performance.now() + budgetMs
  // Whoever waits for the answer has it computed at once.
  const most = budgetMs === Number.POSITIVE_INFINITY ? MAX_CUSTOMERS : undefined
  const isOver = () => isStopped() || performance.now() > until
  let done = 0
  if ((deps.directory.program(programId)?.terms.size ?? 0) === 0) return done
  while (!isOver()) {
    const revision = deps.directory.program(programId)?.row.decisions_revision ?? 0
    const waiting = await undecidedCustomers(deps.store.db, programId, revision, AT_ONCE)
    if (waiting.length === 0) break
    const decided = await decideNow(deps, programId, waiting)
    if (decided === 0) break
    done += decided
  }
  while (!isOver()) {
    const notes = await stalePartners(deps.store.db, programId, AT_ONCE)
    if (notes.length === 0) break
    const customers = notes.filter((note) => note.partner_id === '')
    if (customers.length > 0) await settleCustomers(deps, programId, customers, most)
    for (const note of notes) {
      if (note.partner_id !== '' && !isOver()) await settlePartner(deps, programId, note)
    }
    done += notes.length
  }
  return done
}

/** Before rewards are read or reviewed: all that was left for later and all whose time has come, as time allows. */
export async function settleBeforeReading(
  deps: SettleDeps,
  programId: string,
  budgetMs = READING_WAITS_MS,
): Promise<void> {
  if ((deps.directory.program(programId)?.terms.size ?? 0) === 0) return
  const until = performance.now() + budgetMs
  await settleStale(deps, programId, budgetMs)
  await settleExpected(deps, programId, () => performance.now() > until)
}

/** Computes one customer that was not looked at since the program has terms. */
export function settleCustomer(
  deps: SettleDeps,
  programId: string,
  customer: string,
): Promise<void> {
  const scope = { customers: [customer], partners: [] }
  return inLocks(deps, programId, scope, ({ settle }) => settle(scope))
}

/** Computes what was expected by now and has come (RULES M11). */
export async function settleExpected(
  deps: SettleDeps,
  programId: string,
  isStopped: () => boolean = () => false,
): Promise<number> {
  let done = 0
  let before = ''
  while (!isStopped()) {
    const now = new Date(deps.clock.now()).toISOString()
    const customers = await expectationsDue(deps.store.db, programId, now, AT_ONCE)
    // What is still expected after it was computed waits for something else than the clock.
    if (customers.length === 0 || customers.join() === before) break
    before = customers.join()
    await inLocks(deps, programId, { customers, partners: [] }, ({ settle }) =>
      settle({ customers, partners: [] }),
    )
    done += customers.length
  }
  return done
}

async function settleCustomers(
  deps: SettleDeps,
  programId: string,
  notes: readonly StalePartnerRow[],
  most: number | undefined,
): Promise<void> {
  const scope = { customers: notes.map((note) => note.customer), partners: [] }
  await inLocks(deps, programId, scope, async ({ tx, settle }) => {
    const customers: string[] = []
    for (const note of notes) if (await takeStale(tx.db, note)) customers.push(note.customer)
    const options = most === undefined ? {} : { maxCustomers: most }
    if (customers.length > 0) await settle({ customers, partners: [] }, options)
  })
}

async function settlePartner(
  deps: SettleDeps,
  programId: string,
  note: StalePartnerRow,
): Promise<void> {
  const { partner_id: partner } = note
  await inLocks(deps, programId, { customers: [], partners: [partner] }, async (locked) => {
    const { tx, program, settle } = locked
    if (!(await takeStale(tx.db, note))) return
    if (isWhole(program, partner)) return settle({ customers: [], partners: [partner] })
    // Its customers do not matter to each other, so each is a piece of its own.
    const customers = await customersOfPartners(tx.db, programId, [partner])
    const pieces = customers.map((customer) => ({
      program_id: programId,
      partner_id: '',
      customer,
    }))
    await leaveStale(tx.db, pieces)
  })
}
