/** The one way in: what a request brought is read, budgeted, committed and counted. */
import type { EventResult } from '@sentby/contract/events'
import type { Deps } from '../../deps.ts'
import type { Named } from '../limits.ts'
import type { ProgramConfig } from '../program-config.ts'
import type { Arrival, Incoming } from './incoming.ts'
import { readEvents } from './read-events.ts'

export interface Delivery {
  program: ProgramConfig
  keyId: string
  kind: 'publishable' | 'secret'
  network: string
  /** A browser's request that is a bot's (RULES E6). */
  bot: boolean
  events: readonly unknown[]
  sentAt: string | undefined
  /** Size of the request, for the bounds of the queue. */
  bytes: number
}

/**
 * Takes a request's events; resolves after their commit with one result each, in the order sent.
 *
 * @throws Refusal `budget_spent`, `rate_limited`, `overloaded`, `storage_unavailable`, `outcome_unknown`.
 */
export async function takeEvents(deps: Deps, delivery: Delivery): Promise<EventResult[]> {
  const { program, keyId, kind, network, events } = delivery
  const programId = program.row.id
  const isOpen = kind === 'publishable'
  const nowMs = deps.clock.now()
  if (isOpen) {
    await deps.limits.takeOpenRequest(keyId, network)
    await deps.limits.takeOpenEvents(programId, network, events.length)
  }
  const arrivals = readEvents(events, delivery.sentAt, {
    program,
    keyId,
    kind,
    bot: delivery.bot,
    nowMs,
    bytes: delivery.bytes,
  })
  if (isOpen) await deps.limits.takeSubjects(programId, namedIn(arrivals), nowMs)
  await budgetAside(deps, programId, kind, arrivals)
  const results = await deps.committer.submit(programId, arrivals, delivery.bytes)
  if (isOpen) await deferGuesses(deps, keyId, network, results)
  const conflicts = countResults(deps, results)
  if (conflicts > 0) await deps.limits.takeSetAside(programId, kind, conflicts)
  return results
}

/** Whom these events name, once for each event. */
function namedIn(arrivals: readonly Arrival[]): Named {
  const visitors: string[] = []
  const installs: string[] = []
  const customers: string[] = []
  for (const arrival of arrivals) {
    if (!('incoming' in arrival)) continue
    const { event } = arrival.incoming
    if ('visitor' in event && event.visitor !== undefined) visitors.push(event.visitor)
    if ('install' in event && event.install !== undefined) installs.push(event.install)
    if ('customer' in event && event.customer)
      customers.push(nameOf(arrival.incoming, event.customer))
  }
  return { visitors, installs, customers }
}

/** Signed events have a budget of their own: nobody else can spend it. */
function nameOf({ signed }: Incoming, customer: string): string {
  return signed ? `signed ${customer}` : customer
}

/**
 * Past the misses nothing is told about codes, right ones included (RULES S2). Judged at the answer: the guesses of
 * one request, and of requests at the same time, share what is left.
 */
async function deferGuesses(
  deps: Deps,
  keyId: string,
  network: string,
  results: readonly EventResult[],
): Promise<void> {
  const judged = results.filter(({ verdict }) => verdict !== undefined)
  if (judged.length === 0) return
  const misses = judged.filter(isMiss).length
  let left = await deps.limits.takeMisses(keyId, network, misses)
  for (const result of judged) {
    const code = result.verdict?.code
    const missed = isMiss(result)
    if (left <= 0) result.verdict = { status: 'deferred', ...(code === undefined ? {} : { code }) }
    if (missed) left--
  }
}

function isMiss({ verdict }: EventResult): boolean {
  return verdict?.status === 'unknown_code'
}

/** Counts what became of a request's events; returns how many contradict a stored one. */
function countResults(deps: Deps, results: readonly EventResult[]): number {
  let conflicts = 0
  let stored = 0
  for (const { outcome, reason } of results) {
    // Nearly all are stored: they are counted together.
    if (outcome === 'stored' && reason === undefined) stored++
    else deps.metrics.events.inc({ outcome, reason: reason ?? '' })
    if (outcome === 'conflict') conflicts++
  }
  if (stored > 0) deps.metrics.events.inc({ outcome: 'stored', reason: '' }, stored)
  return conflicts
}

/**
 * What is refused or contradicted is kept while the day's budget lasts; past it it is answered and counted only.
 * Contradictions are known after the commit: they are charged then.
 */
async function budgetAside(
  deps: Deps,
  programId: string,
  kind: 'publishable' | 'secret',
  arrivals: readonly Arrival[],
): Promise<void> {
  const refused = arrivals.flatMap((arrival) => ('refused' in arrival ? [arrival.refused] : []))
  const kept = await deps.limits.takeSetAside(programId, kind, refused.length)
  for (const item of refused.slice(kept)) item.keep = false
  let left = await deps.limits.setAsideLeft(programId, kind)
  for (const arrival of arrivals) {
    if ('incoming' in arrival) arrival.incoming.keep = left-- > 0
  }
}
