/** The log of events: what arrived, what was refused or kept aside, and why (CONTRACT §4.3). */
import type { EventsQuery, LoggedEvent, Page } from '@sentby/contract'
import {
  type LoggedFact,
  type LogPosition,
  loggedAside,
  loggedFacts,
  type SetAsideRow,
} from '@sentby/store'
import type { Deps } from '../../deps.ts'
import { pageFrom, readCursor } from '../paging.ts'
import { readStoredVerdict } from './stored-verdict.ts'

interface Entry {
  position: LogPosition
  event: LoggedEvent
}

/** What the log tells of an event: no person's data, and no address's query (RULES S3, F8). */
const TOLD_FIELDS: ReadonlySet<string> = new Set([
  ...['visitor', 'install', 'customer', 'order', 'refund', 'lead', 'partner', 'product'],
  ...['code', 'coupon', 'source', 'claims', 'campaign', 'utm', 'frame', 'version', 'ephemeral'],
  ...['amount', 'currency', 'tax', 'fee', 'discount', 'plan', 'subscription', 'period'],
  ...['status', 'reason', 'type', 'url', 'referrer', 'at'],
])

/** One page of the log, the oldest receipt first. */
export async function listEvents(
  deps: Pick<Deps, 'store'>,
  programId: string,
  { outcome, type, since, limit, cursor }: EventsQuery,
): Promise<Page<LoggedEvent>> {
  const [received, id, source] = readCursor(cursor, 3) ?? []
  const after =
    received === undefined || id === undefined || source === undefined
      ? undefined
      : { received, id, source }
  const filter = { type, since, after, limit: limit + 1 }
  const { db } = deps.store
  const parked = outcome === 'parked' ? true : outcome === 'stored' ? false : undefined
  const wantsFacts = outcome === undefined || parked !== undefined
  const wantsAside = parked === undefined
  const aside = outcome === 'rejected' || outcome === 'conflict' ? outcome : undefined
  const facts = wantsFacts ? await loggedFacts(db, programId, { ...filter, parked }) : []
  const kept = wantsAside ? await loggedAside(db, programId, { ...filter, outcome: aside }) : []
  const entries = [...facts.map(fromFact), ...kept.map(fromAside)].sort(inOrder)
  const page = pageFrom(entries, limit, ({ position }) => [
    position.received,
    position.id,
    position.source,
  ])
  return { data: page.data.map((entry) => entry.event), next: page.next }
}

function fromFact(row: LoggedFact): Entry {
  const isParked = row.parked === 1
  const waitsFor = row.type === 'refund' ? 'waits_for_sale' : 'waits_for_code'
  return {
    position: { received: row.received, id: row.id, source: row.trust },
    event: {
      id: row.id,
      aside: null,
      type: row.type,
      trust: row.trust,
      outcome: isParked ? 'parked' : 'stored',
      reason: isParked ? waitsFor : null,
      errors: [],
      verdict: readStoredVerdict(row),
      at: row.at,
      received: row.received,
      replayedAt: null,
      content: tellContent(row.content),
    },
  }
}

function fromAside(row: SetAsideRow): Entry {
  return {
    position: { received: row.received, id: row.id, source: 'aside' },
    event: {
      id: row.event_id ?? row.id,
      aside: row.id,
      type: row.type,
      trust: row.trust,
      outcome: row.outcome,
      reason: row.reason,
      errors: row.errors === null ? [] : (JSON.parse(row.errors) as LoggedEvent['errors']),
      verdict: null,
      at: null,
      received: row.received,
      replayedAt: row.replayed_at,
      content: tellContent(row.body),
    },
  }
}

/** The fields that are no person's; `null` where the text is no JSON object (it was cut, say). */
function tellContent(text: string): Record<string, unknown> | null {
  const content = parseObject(text)
  if (!content) return null
  const told = Object.entries(content).filter(([name]) => TOLD_FIELDS.has(name))
  return Object.fromEntries(
    told.map(([name, value]) => [name, isAddress(name) ? withoutQuery(value) : value]),
  )
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isAddress(name: string): boolean {
  return name === 'url' || name === 'referrer'
}

function withoutQuery(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/[?#].*$/s, '') : null
}

function inOrder({ position: a }: Entry, { position: b }: Entry): number {
  if (a.received !== b.received) return a.received < b.received ? -1 : 1
  if (a.id !== b.id) return a.id < b.id ? -1 : 1
  return a.source < b.source ? -1 : 1
}
