/**
 * Stores what arrived for one program in one transaction: facts once, what contradicts them aside, and the
 * credit of every customer and installation they reach (load, decide, save).
 */
import type { EventResult } from '@sentby/contract/events'
import {
  type FactRow,
  factKey,
  factsById,
  factsOfLeads,
  factsOfOrders,
  type SetAsideRow,
  type Tx,
} from '@sentby/store'
import type { Config } from '../../config.ts'
import { decideCustomers, decideLater } from '../credit/decide-customers.ts'
import { decideInstallations, decideInstallationsLater } from '../credit/decide-installations.ts'
import type { Directory } from '../directory.ts'
import { settleLeads } from '../leads/settle-leads.ts'
import type { ProgramConfig } from '../program-config.ts'
import { signupsOf, tellOffers } from '../rewards/grant-offers.ts'
import { hasOffers } from '../rewards/offer.ts'
import { moneySubjects, settleArrived } from '../rewards/settle-arrived.ts'
import { judgeEvent, namedCode, toVerdict, unknownCodes } from './code-verdict.ts'
import type { Arrival, Incoming } from './incoming.ts'
import { lockReached } from './reach.ts'
import { contradictedRow, rejectedRow } from './set-aside-row.ts'
import { type NewFact, toFact } from './to-fact.ts'

/** Rows of one insert: engines take some ten thousand parameters and no more. */
const UNRESOLVED_AT_ONCE = 2000

/** How long one commit decides; who is left then is decided by the job or when read. */
const DECIDING_MS = 100

export interface StoredBatch {
  /** One result an arrival, in the order given. */
  results: EventResult[]
  /** Customers and installations whose decision was made anew. */
  decided: number
}

interface Pending extends NewFact {
  /** The fact's identity as one text. */
  key: string
  incoming: Incoming
  code: string | undefined
}

/**
 * @param locked subjects that an earlier try found to be reached, to be locked from the start.
 * @param config with the secrets of the environment, which sign stamps beside the program's own.
 * @throws MissingLocks when the batch reaches customers that are not locked; try again with them.
 */
export async function storeArrivals(
  tx: Tx,
  directory: Directory,
  programId: string,
  arrivals: readonly Arrival[],
  nowMs: number,
  locked: ReadonlySet<string>,
  config: Pick<Config, 'secrets'> = { secrets: [] },
): Promise<StoredBatch> {
  await tx.lockProgram(programId, 'shared')
  const program = await directory.within(tx, programId)
  const received = new Date(nowMs).toISOString()
  const pending = arrivals.map((arrival) =>
    'incoming' in arrival ? prepare(config, program, arrival.incoming, received) : undefined,
  )
  const rows = firstOfEachId(pending)
  const codes = pending.map((item) => item?.code)
  const locks = await lockReached(tx, programId, rows, locked, (customers) =>
    moneySubjects(tx, program, rows, codes, customers),
  )
  const inserted = await tx.insertFacts(rows)
  const isNew = (row: FactRow) => inserted.has(keyOf(row))
  const news = rows.filter(isNew)
  const { customers, installations } = await locks.reachedAfterInsert(news)
  const aside: SetAsideRow[] = []
  const results = await answer(tx, program, arrivals, pending, inserted, aside, nowMs)
  await saveSides(tx, program, pending, inserted, aside)
  await settleLeads(tx, program, news, nowMs)
  const signups = signupsOf(program, news)
  const decided = await decideCustomers(tx, program, customers, nowMs, DECIDING_MS, signups)
  if (hasOffers(program)) await tellOffers(tx, program, withRows(pending, results))
  await decideLater(tx, program, decided.left, nowMs)
  const credited = decided.decisions.keys()
  await settleArrived(tx, program, news, credited, locks.requirePartners, nowMs)
  if (installations.length === 0) return { results, decided: decided.decisions.size }
  const installed = await decideInstallations(tx, program, installations, nowMs, DECIDING_MS)
  await decideInstallationsLater(tx, program, installed.left, nowMs)
  return { results, decided: decided.decisions.size + installed.decisions.size }
}

function keyOf(row: FactRow): string {
  return factKey(row.program_id, row.trust, row.id)
}

function prepare(
  config: Pick<Config, 'secrets'>,
  program: ProgramConfig,
  incoming: Incoming,
  received: string,
): Pending {
  const { row, person } = toFact(config, program, incoming, received)
  row.verdict = judgeEvent(program, row, incoming.event)
  const code = namedCode(incoming.event, row.stamps)
  return { row, person, key: keyOf(row), incoming, code }
}

function withRows(pending: readonly (Pending | undefined)[], results: readonly EventResult[]) {
  return results.flatMap((result, index) => {
    const row = pending[index]?.row
    return row ? [{ row, result }] : []
  })
}

function firstOfEachId(pending: readonly (Pending | undefined)[]): FactRow[] {
  const rows = new Map<string, FactRow>()
  for (const item of pending) {
    if (!item) continue
    const { key } = item
    if (!rows.has(key)) rows.set(key, item.row)
  }
  return [...rows.values()]
}

async function answer(
  tx: Tx,
  program: ProgramConfig,
  arrivals: readonly Arrival[],
  pending: readonly (Pending | undefined)[],
  inserted: ReadonlySet<string>,
  aside: SetAsideRow[],
  nowMs: number,
): Promise<EventResult[]> {
  const stored = await storedFacts(tx, program, pending, inserted)
  const waiting = await waitingFacts(tx, program.row.id, pending)
  const seen = new Set<string>()
  return arrivals.map((arrival, index) => {
    const item = pending[index]
    if (!item) {
      if (!('refused' in arrival)) return bug()
      const { refused } = arrival
      if (refused.keep) aside.push(rejectedRow(program.row.id, refused, nowMs))
      const { eventId, reason, errors } = refused
      return { id: eventId, outcome: 'rejected', reason, errors }
    }
    const { key } = item
    const isFirst = inserted.has(key) && !seen.has(key)
    seen.add(key)
    const first = stored.get(key) ?? bug()
    const result: EventResult = { id: item.row.id, outcome: 'stored' }
    if (!isFirst) {
      const same = first.content === item.row.content && first.type === item.row.type
      result.outcome = same ? 'duplicate' : 'conflict'
      if (!same) {
        result.reason = 'other_content'
        if (item.incoming.keep) aside.push(contradictedRow(program.row.id, item.incoming, nowMs))
        return result
      }
    } else if (waiting.has(key)) {
      result.outcome = 'parked'
      result.reason = item.row.type === 'refund' ? 'waits_for_sale' : 'waits_for_code'
    }
    if (first.verdict !== null) {
      // The keys of a stamp may have changed since: what was found then stands.
      const code = first.stamps === null ? item.code : namedCode(item.incoming.event, first.stamps)
      result.verdict = toVerdict(program, first, first.verdict, code)
    }
    return result
  })
}

/** The facts that stand under the ids of this batch: those just inserted, and those that were there. */
async function storedFacts(
  tx: Tx,
  program: ProgramConfig,
  pending: readonly (Pending | undefined)[],
  inserted: ReadonlySet<string>,
): Promise<Map<string, FactRow>> {
  const stored = new Map<string, FactRow>()
  const missing = new Map<string, FactRow>()
  for (const item of pending) {
    if (!item) continue
    const { key } = item
    if (!inserted.has(key)) missing.set(key, item.row)
    else if (!stored.has(key)) stored.set(key, item.row)
  }
  if (missing.size === 0) return stored
  for (const row of await factsById(tx.db, program.row.id, [...missing.values()])) {
    stored.set(keyOf(row), row)
  }
  return stored
}

/** Refunds whose sale, and leads whose code, has not arrived yet. */
async function waitingFacts(
  tx: Tx,
  programId: string,
  pending: readonly (Pending | undefined)[],
): Promise<Set<string>> {
  const refunds = pending.filter((item) => item?.row.type === 'refund')
  const leads = pending.filter((item) => item?.row.type === 'lead' && item.code === undefined)
  const waiting = new Set<string>()
  if (refunds.length > 0) {
    const orders = refunds.flatMap((item) => item?.row.order_id ?? [])
    const known = await factsOfOrders(tx.db, programId, orders)
    const sold = new Set(known.filter((row) => row.type === 'sale').map((row) => row.order_id))
    for (const item of refunds) {
      if (item && !sold.has(item.row.order_id)) waiting.add(item.key)
    }
  }
  if (leads.length > 0) {
    const ids = leads.flatMap((item) => item?.row.lead_id ?? [])
    const known = await factsOfLeads(tx.db, programId, ids)
    const coded = new Set(known.filter((row) => row.verdict !== null).map((row) => row.lead_id))
    for (const item of leads) {
      if (item && !coded.has(item.row.lead_id)) waiting.add(item.key)
    }
  }
  return waiting
}

async function saveSides(
  tx: Tx,
  program: ProgramConfig,
  pending: readonly (Pending | undefined)[],
  inserted: ReadonlySet<string>,
  aside: readonly SetAsideRow[],
): Promise<void> {
  const persons = new Map<string, NonNullable<NewFact['person']>>()
  const seen = new Set<string>()
  const unresolved: { row: FactRow; code: string }[] = []
  for (const item of pending) {
    if (!item) continue
    const { key } = item
    // Of two with one id in a commit the first stands, and only what it told is kept.
    if (!inserted.has(key) || seen.has(key)) continue
    seen.add(key)
    if (item.person) persons.set(key, item.person)
    const { row, incoming } = item
    for (const code of unknownCodes(program, incoming.event, row.stamps))
      unresolved.push({ row, code })
  }
  if (persons.size > 0)
    await tx.db
      .insertInto('person')
      .values([...persons.values()])
      .execute()
  for (let from = 0; from < unresolved.length; from += UNRESOLVED_AT_ONCE) {
    const rows = unresolved.slice(from, from + UNRESOLVED_AT_ONCE).map(({ row, code }) => ({
      program_id: row.program_id,
      code,
      trust: row.trust,
      event_id: row.id,
      received: row.received,
    }))
    await tx.db
      .insertInto('unresolved')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  if (aside.length > 0)
    await tx.db
      .insertInto('set_aside')
      .values([...aside])
      .execute()
}

function bug(): never {
  throw new Error('a stored fact is missing from its own transaction')
}
