/** The log of events: what arrived, what was refused or kept aside, and why (CONTRACT §4.3). */
import type { EventsQuery, LoggedEvent, Page } from '@sentby/contract'
import {
  type LoggedFact,
  type LogPosition,
  loggedAside,
  loggedFacts,
  logHorizon,
  type SetAsideRow,
} from '@sentby/store'
import type { Deps } from '../../deps.ts'
import { pageFrom, readCursor, writeCursor } from '../paging.ts'
import { withoutQuery } from '../without-query.ts'
import { readStoredVerdict } from './stored-verdict.ts'

interface Entry {
  position: LogPosition
  event: LoggedEvent
}

/** What the log tells of an event: no person's data, and no address's query (RULES S3, F8). */
const TOLD_FIELDS: ReadonlySet<string> = new Set([
  ...['visitor', 'install', 'customer', 'order', 'refund', 'lead', 'partner', 'product'],
  ...['code', 'coupon', 'source', 'claims', 'campaign', 'utm', 'frame', 'version', 'ephemeral'],
  'parent',
  ...['amount', 'currency', 'tax', 'fee', 'discount', 'plan', 'subscription', 'period'],
  ...['status', 'reason', 'type', 'url', 'referrer', 'at'],
])

/** Facts that one filtered page looks through. */
const LOOKED_THROUGH = 5000

/**
 * One page of the log, the oldest receipt first. A filtered page may be shorter than asked, or empty, and have a
 * next one: the end is where `next` is null.
 */
export async function listEvents(
  deps: Pick<Deps, 'store'>,
  programId: string,
  query: EventsQuery,
): Promise<Page<LoggedEvent>> {
  const { since, limit } = query
  const after = readPosition(query.cursor)
  const isFiltered = query.type !== undefined || query.outcome === 'parked'
  const horizon = isFiltered
    ? await logHorizon(deps.store.db, programId, { since, after }, LOOKED_THROUGH)
    : undefined
  const entries = await readEntries(deps.store.db, programId, query, after, horizon)
  const page = pageFrom(entries, limit, ({ position }) => positionParts(position))
  const end = horizon ? writeCursor(positionParts(horizon)) : null
  return { data: page.data.map((entry) => entry.event), next: page.next ?? end }
}

async function readEntries(
  db: Deps['store']['db'],
  programId: string,
  { outcome, type, since, limit }: EventsQuery,
  after: LogPosition | undefined,
  horizon: LogPosition | undefined,
): Promise<Entry[]> {
  const filter = { type, since, after, until: horizon?.received, limit: limit + 1 }
  const parked = outcome === 'parked' ? true : outcome === 'stored' ? false : undefined
  const aside = outcome === 'rejected' || outcome === 'conflict' ? outcome : undefined
  const facts = aside === undefined ? await loggedFacts(db, programId, { ...filter, parked }) : []
  const kept =
    parked === undefined ? await loggedAside(db, programId, { ...filter, outcome: aside }) : []
  const entries = [...facts.map(fromFact), ...kept.map(fromAside)].sort((a, b) =>
    comparePositions(a.position, b.position),
  )
  if (!horizon) return entries
  return entries.filter(({ position }) => comparePositions(position, horizon) <= 0)
}

function readPosition(cursor: string | undefined): LogPosition | undefined {
  const [received, id, source] = readCursor(cursor, 3) ?? []
  if (received === undefined || id === undefined || source === undefined) return undefined
  return { received, id, source }
}

function positionParts({ received, id, source }: LogPosition): string[] {
  return [received, id, source]
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
    told.map(([name, value]) => [name, isAddress(name) ? tellAddress(value) : value]),
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

function tellAddress(value: unknown): string | null {
  return typeof value === 'string' ? withoutQuery(value) : null
}

function comparePositions(a: LogPosition, b: LogPosition): number {
  for (const part of ['received', 'id', 'source'] as const) {
    if (a[part] !== b[part]) return a[part] < b[part] ? -1 : 1
  }
  return 0
}
