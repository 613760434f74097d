/** Leads as they are listed. */
import type { Selectable } from 'kysely'

/** What the facts of one lead say together (RULES E5): derived from them in the commit of each. */
export interface LeadTable {
  program_id: string
  /** The vendor's id, or ours. */
  id: string
  status: 'new' | 'accepted' | 'declined'
  /** The first code that was named; null: none yet. */
  code: string | null
  /** Whom the vendor named when accepting. */
  customer: string | null
  /** Keyed hashes by which leads of one person or one company are equal. */
  email_hash: string | null
  domain_hash: string | null
  company_hash: string | null
  /** The effective time of its first fact. */
  filed_at: string
  /** The first receipt of one of its facts; it never moves. */
  created_at: string
  /** When it was accepted or declined; null: it was not, or no more. */
  decided_at: string | null
  /** The event that did. */
  decision: string | null
  /** How many of its facts carry a status: the next decision names it. */
  decisions: number
  /** 1: from before this table, and to be read from its facts. */
  stale: number
}

export interface LeadTables {
  lead: LeadTable
}

export type LeadRow = Selectable<LeadTable>
