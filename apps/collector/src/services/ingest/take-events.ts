/** The one way in: what a request brought is read, budgeted, committed and counted. */
import type { EventResult } from '@sentby/contract/events'
import type { Deps } from '../../deps.ts'
import type { ProgramConfig } from '../directory.ts'
import type { Arrival } from './incoming.ts'
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
  let deferred = false
  if (isOpen) {
    await deps.limits.takeOpenRequest(keyId, network)
    await deps.limits.takeOpenEvents(programId, network, events.length)
    deferred = await deps.limits.isDeferred(keyId, network)
  }
  const arrivals = readEvents(events, delivery.sentAt, {
    program,
    keyId,
    kind,
    bot: delivery.bot,
    deferred,
    nowMs: deps.clock.now(),
    bytes: delivery.bytes,
  })
  await budgetRefused(deps, programId, kind, arrivals)
  const results = await deps.committer.submit(programId, arrivals, delivery.bytes)
  const misses = countResults(deps, results)
  if (isOpen && misses > 0) await deps.limits.countMisses(keyId, network, misses)
  return results
}

/** Counts what became of a request's events; returns how many named an unknown code. */
function countResults(deps: Deps, results: readonly EventResult[]): number {
  let misses = 0
  let stored = 0
  for (const { outcome, reason, verdict } of results) {
    // Nearly all are stored: they are counted together.
    if (outcome === 'stored' && reason === undefined) stored++
    else deps.metrics.events.inc({ outcome, reason: reason ?? '' })
    if (verdict?.status === 'unknown_code') misses++
  }
  if (stored > 0) deps.metrics.events.inc({ outcome: 'stored', reason: '' }, stored)
  return misses
}

/** Refused events are kept while the day's budget lasts; past it they are answered and counted only. */
async function budgetRefused(
  deps: Deps,
  programId: string,
  kind: 'publishable' | 'secret',
  arrivals: readonly Arrival[],
): Promise<void> {
  const refused = arrivals.flatMap((arrival) => ('refused' in arrival ? [arrival.refused] : []))
  if (refused.length === 0) return
  const kept = await deps.limits.takeSetAside(programId, kind, refused.length)
  for (const item of refused.slice(kept)) item.keep = false
}
