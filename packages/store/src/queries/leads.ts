/** Leads: their rows, what their facts told about people, and which of them are of one person or company. */
import { type Expression, type Kysely, type SqlBool, sql } from 'kysely'
import type { LeadRow, Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'
import { slicesOf } from './slices-of.ts'

type Db = Kysely<Tables>

/** By these two or more leads are of one person, or of one company. */
const SHARED_KEYS = ['email_hash', 'domain_hash', 'company_hash'] as const
export type SharedLeadKey = (typeof SHARED_KEYS)[number]

/** Of what was just read from facts, whole rows. A known one keeps what an erased person's data gave. */
export async function saveLeads(db: Db, rows: readonly LeadRow[]): Promise<void> {
  for (const slice of slicesOf(rows)) {
    await db
      .insertInto('lead')
      .values(slice)
      .onConflict((conflict) =>
        conflict.columns(['program_id', 'id']).doUpdateSet((set) => ({
          status: set.ref('excluded.status'),
          code: set.ref('excluded.code'),
          customer: set.ref('excluded.customer'),
          email_hash: set.ref('excluded.email_hash'),
          domain_hash: sql<string | null>`coalesce(excluded.domain_hash, lead.domain_hash)`,
          company_hash: sql<string | null>`coalesce(excluded.company_hash, lead.company_hash)`,
          filed_at: set.ref('excluded.filed_at'),
          created_at: set.ref('excluded.created_at'),
          decided_at: set.ref('excluded.decided_at'),
          decision: set.ref('excluded.decision'),
          decisions: set.ref('excluded.decisions'),
          stale: set.ref('excluded.stale'),
        })),
      )
      .execute()
  }
}

/** Leads by their ids, those that are known. */
export async function leadsById(
  db: Db,
  programId: string,
  ids: readonly string[],
): Promise<LeadRow[]> {
  if (ids.length === 0) return []
  return db
    .selectFrom('lead')
    .selectAll()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'id', ids))
    .execute()
}

/** Leads that are to be read from their facts first. */
export async function staleLeads(db: Db, programId: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('lead')
    .select('id')
    .where('program_id', '=', programId)
    // Written out, so that SQLite sees that the partial index fits.
    .where(sql<boolean>`stale = 1`)
    .limit(limit)
    .execute()
  return rows.map((row) => row.id)
}

/** A position in a list of leads: receipt, then id. */
export interface LeadPosition {
  createdAt: string
  id: string
}

/** What a list of leads may be narrowed to. */
export interface LeadFilter {
  status: LeadRow['status'] | undefined
  /** Filed under one of these codes. */
  codes: readonly string[] | undefined
  duplicate: boolean | undefined
  /** The last row of the page before. */
  after: LeadPosition | undefined
  /** Look no further than this row. */
  until: LeadPosition | undefined
  limit: number
}

export type ListedLead = LeadRow & { duplicate: number }

/** One page of leads, the newest receipt first, each with whether another one is of its person or company. */
export async function leadsPage(
  db: Db,
  programId: string,
  filter: LeadFilter,
): Promise<ListedLead[]> {
  const { duplicate, until, limit } = filter
  let query = narrowed(db, programId, filter)
    .selectAll('lead')
    .select(sql<number>`case when ${HAS_DUPLICATE} then 1 else 0 end`.as('duplicate'))
    .limit(limit)
  if (duplicate === true) query = query.where(HAS_DUPLICATE)
  if (duplicate === false) query = query.where(sql<SqlBool>`not ${HAS_DUPLICATE}`)
  if (until !== undefined) {
    query = query
      // The bound that the index reads; the next one is exact.
      .where('lead.created_at', '>=', until.createdAt)
      .where((where) =>
        where.or([
          where('lead.created_at', '>', until.createdAt),
          where('lead.id', '>=', until.id),
        ]),
      )
  }
  const rows = await query.execute()
  return rows.map((row) => ({ ...row, duplicate: Number(row.duplicate) }))
}

/**
 * How far a page of duplicates looks: the position `rows` leads on, or `undefined` where there are fewer. No index knows
 * them, so that a rare one would be looked for through the whole table.
 */
export async function leadHorizon(
  db: Db,
  programId: string,
  filter: Pick<LeadFilter, 'status' | 'codes' | 'after'>,
  rows: number,
): Promise<LeadPosition | undefined> {
  return narrowed(db, programId, filter)
    .select(['lead.created_at as createdAt', 'lead.id as id'])
    .offset(rows - 1)
    .limit(1)
    .executeTakeFirst()
}

function narrowed(
  db: Db,
  programId: string,
  { status, codes, after }: Pick<LeadFilter, 'status' | 'codes' | 'after'>,
) {
  let query = db
    .selectFrom('lead')
    .where('lead.program_id', '=', programId)
    .orderBy('lead.created_at', 'desc')
    .orderBy('lead.id', 'desc')
  if (status !== undefined) query = query.where('lead.status', '=', status)
  if (codes !== undefined) query = query.where(anyOf(db, 'lead.code', codes))
  if (after === undefined) return query
  return query
    .where('lead.created_at', '<=', after.createdAt)
    .where((where) =>
      where.or([where('lead.created_at', '<', after.createdAt), where('lead.id', '<', after.id)]),
    )
}

/** One lead, with whether another one is of its person or company. */
export async function listedLead(
  db: Db,
  programId: string,
  id: string,
): Promise<ListedLead | undefined> {
  const row = await db
    .selectFrom('lead')
    .selectAll('lead')
    .select(sql<number>`case when ${HAS_DUPLICATE} then 1 else 0 end`.as('duplicate'))
    .where('lead.program_id', '=', programId)
    .where('lead.id', '=', id)
    .executeTakeFirst()
  return row && { ...row, duplicate: Number(row.duplicate) }
}

/** Those of these leads that have another one of their person or company. */
export async function duplicatedLeads(
  db: Db,
  programId: string,
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .selectFrom('lead')
    .select('lead.id')
    .where('lead.program_id', '=', programId)
    .where(anyOf(db, 'lead.id', ids))
    .where(HAS_DUPLICATE)
    .execute()
  return new Set(rows.map((row) => row.id))
}

/** Other leads of this one's person or company, the first filed first. */
export function duplicatesOf(
  db: Db,
  programId: string,
  lead: Pick<LeadRow, 'id' | SharedLeadKey>,
  limit: number,
): Promise<LeadRow[]> {
  const keys = SHARED_KEYS.flatMap((key) => {
    const value = lead[key]
    return value === null ? [] : [[key, value] as const]
  })
  if (keys.length === 0) return Promise.resolve([])
  return db
    .selectFrom('lead')
    .selectAll()
    .where('program_id', '=', programId)
    .where('id', '<>', lead.id)
    .where((where) => where.or(keys.map(([key, value]) => where(key, '=', value))))
    .orderBy('filed_at')
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** What a fact of a lead told about the person. */
export interface ToldLead {
  lead: string
  event: string
  content: string
  email: string | null
  name: string | null
  company: string | null
  note: string | null
}

/** What the facts of these leads told about people, the earliest first; of an erased one there is nothing. */
export async function toldByLeads(
  db: Db,
  programId: string,
  ids: readonly string[],
): Promise<ToldLead[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('fact')
    .innerJoin('person', (join) =>
      join
        .onRef('person.program_id', '=', 'fact.program_id')
        .onRef('person.trust', '=', 'fact.trust')
        .onRef('person.event_id', '=', 'fact.id'),
    )
    .select(['fact.lead_id as lead', 'fact.id as event', 'fact.content as content'])
    .select(['person.email as email', 'person.name as name'])
    .select(['person.company as company', 'person.note as note'])
    .where('fact.program_id', '=', programId)
    .where(anyOf(db, 'fact.lead_id', ids))
    .where('fact.type', '=', 'lead')
    .orderBy('fact.at')
    .orderBy('fact.id')
    .execute()
  return rows.flatMap(({ lead, ...told }) => (lead === null ? [] : [{ lead, ...told }]))
}

const HAS_DUPLICATE: Expression<SqlBool> = sql<SqlBool>`(${sql.join(
  SHARED_KEYS.map(
    (key) => sql`exists (select 1 from lead as other
      where other.program_id = lead.program_id and other.${sql.ref(key)} = lead.${sql.ref(key)}
        and other.id <> lead.id)`,
  ),
  sql` or `,
)})`
