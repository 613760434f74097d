/** What arrived: stored facts and what stands aside, oldest receipt first. */
import { type Kysely, sql } from 'kysely'
import type { FactRow, SetAsideRow, Tables } from '../tables.ts'

type Db = Kysely<Tables>

/** A position in the log: receipt, id, then `aside`, `open` or `secret`. */
export interface LogPosition {
  received: string
  id: string
  source: string
}

export interface LogFilter {
  type: string | undefined
  since: string | undefined
  after: LogPosition | undefined
  /** Received then at the latest. */
  until: string | undefined
  limit: number
}

/**
 * How far a filtered page looks: the position `rows` facts on, or `undefined` where there are fewer. No index
 * knows types, so that a rare one would be looked for through the whole log.
 */
export async function logHorizon(
  db: Db,
  programId: string,
  { since, after }: Pick<LogFilter, 'since' | 'after'>,
  rows: number,
): Promise<LogPosition | undefined> {
  const from = [since, after?.received].filter((bound) => bound !== undefined)
  let query = db
    .selectFrom('fact')
    .select(['received', 'id', 'trust as source'])
    .where('program_id', '=', programId)
    .orderBy('received')
    .orderBy('id')
    .orderBy('trust')
    .offset(rows - 1)
    .limit(1)
  for (const bound of from) query = query.where('received', '>=', bound)
  return query.executeTakeFirst()
}

/** A refund without its sale, or a lead without a code: it waits for another fact. */
const IS_PARKED = sql<boolean>`(
  (fact.type = 'refund' and not exists (select 1 from fact as sale
    where sale.program_id = fact.program_id and sale.order_id = fact.order_id and sale.type = 'sale'))
  or (fact.type = 'lead' and not exists (select 1 from fact as filing
    where filing.program_id = fact.program_id and filing.lead_id = fact.lead_id
    and filing.verdict is not null)))`

export type LoggedFact = FactRow & { parked: number }

/** One page of the facts, each with whether it waits; `parked` filters by that. */
export async function loggedFacts(
  db: Db,
  programId: string,
  filter: LogFilter & { parked: boolean | undefined },
): Promise<LoggedFact[]> {
  const { type, since, after, until, parked } = filter
  let query = db
    .selectFrom('fact')
    .selectAll('fact')
    .select(sql<number>`case when ${IS_PARKED} then 1 else 0 end`.as('parked'))
    .where('fact.program_id', '=', programId)
    .orderBy('fact.received')
    .orderBy('fact.id')
    .orderBy('fact.trust')
    .limit(filter.limit)
  if (parked !== undefined) query = query.where(parked ? IS_PARKED : sql<boolean>`not ${IS_PARKED}`)
  if (parked === true) query = query.where('fact.type', 'in', ['refund', 'lead'])
  if (type !== undefined) query = query.where('fact.type', '=', type)
  if (since !== undefined) query = query.where('fact.received', '>=', since)
  if (until !== undefined) query = query.where('fact.received', '<=', until)
  if (after !== undefined) {
    query = query
      // The bound that the index reads; the next one is exact.
      .where('fact.received', '>=', after.received)
      .where((where) =>
        where.or([
          where('fact.received', '>', after.received),
          where('fact.id', '>', after.id),
          where.and([
            where('fact.id', '=', after.id),
            where(sql<string>`fact.trust`, '>', after.source),
          ]),
        ]),
      )
  }
  const rows = await query.execute()
  return rows.map((row) => ({ ...row, parked: Number(row.parked) }))
}

/** One page of what was refused or contradicted. */
export function loggedAside(
  db: Db,
  programId: string,
  filter: LogFilter & { outcome: 'rejected' | 'conflict' | undefined },
): Promise<SetAsideRow[]> {
  const { type, since, after, until, outcome } = filter
  let query = db
    .selectFrom('set_aside')
    .selectAll()
    .where('program_id', '=', programId)
    .orderBy('received')
    .orderBy('id')
    .limit(filter.limit)
  if (outcome !== undefined) query = query.where('outcome', '=', outcome)
  if (type !== undefined) query = query.where('type', '=', type)
  if (since !== undefined) query = query.where('received', '>=', since)
  if (until !== undefined) query = query.where('received', '<=', until)
  if (after !== undefined) {
    query = query
      .where('received', '>=', after.received)
      .where((where) =>
        where.or([where('received', '>', after.received), where('id', '>', after.id)]),
      )
  }
  return query.execute()
}

/**
 * The set-aside of this id of ours, else the latest of the sender's: a trusted one before open ones, which anybody
 * can send under any id, and one not replayed yet before others.
 */
export async function asideByName(
  db: Db,
  programId: string,
  name: string,
): Promise<SetAsideRow | undefined> {
  const rows = await db
    .selectFrom('set_aside')
    .selectAll()
    .where('program_id', '=', programId)
    .where((where) => where.or([where('id', '=', name), where('event_id', '=', name)]))
    .orderBy(sql`case when id = ${name} then 0 else 1 end`)
    .orderBy('trust', 'desc')
    .orderBy('received', 'desc')
    .orderBy('id', 'desc')
    .limit(100)
    .execute()
  const [first] = rows
  if (!first || first.id === name) return first
  return rows.find((row) => row.trust === first.trust && !row.replayed_at) ?? first
}

export async function markReplayed(
  db: Db,
  programId: string,
  id: string,
  at: string,
): Promise<void> {
  await db
    .updateTable('set_aside')
    .set({ replayed_at: at })
    .where('program_id', '=', programId)
    .where('id', '=', id)
    .execute()
}
