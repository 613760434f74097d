/** Proposals: what is due and not posted of a reviewed reward, until somebody decides (RULES M1). */
import type { Kysely } from 'kysely'
import type { ProposalRow, Tables } from '../tables.ts'
import { anyOf } from './any-of.ts'
import { slicesOf } from './slices-of.ts'

type Db = Kysely<Tables>

export async function openProposals(
  db: Db,
  programId: string,
  rewards: readonly string[],
): Promise<ProposalRow[]> {
  if (rewards.length === 0) return []
  return db
    .selectFrom('proposal')
    .selectAll()
    .where('program_id', '=', programId)
    .where(anyOf(db, 'reward_id', rewards))
    .where('status', '=', 'open')
    .execute()
}

export function proposalById(
  db: Db,
  programId: string,
  id: string,
): Promise<ProposalRow | undefined> {
  return db
    .selectFrom('proposal')
    .selectAll()
    .where('program_id', '=', programId)
    .where('id', '=', id)
    .executeTakeFirst()
}

/** One page of proposals, the oldest first. */
export function proposalsPage(
  db: Db,
  programId: string,
  filter: {
    status: ProposalRow['status']
    partner: string | undefined
    after: string | undefined
    limit: number
  },
): Promise<ProposalRow[]> {
  let query = db
    .selectFrom('proposal')
    .selectAll()
    .where('program_id', '=', programId)
    .where('status', '=', filter.status)
    .orderBy('id')
    .limit(filter.limit)
  if (filter.partner !== undefined) query = query.where('partner_id', '=', filter.partner)
  if (filter.after !== undefined) query = query.where('id', '>', filter.after)
  return query.execute()
}

export async function insertProposals(db: Db, rows: readonly ProposalRow[]): Promise<void> {
  for (const slice of slicesOf(rows)) await db.insertInto('proposal').values(slice).execute()
}

/** Ends a proposal that is open; one that is not stays as it is. */
export async function endProposal(
  db: Db,
  programId: string,
  id: string,
  end: Pick<ProposalRow, 'status' | 'actor' | 'reason' | 'decided_at'>,
): Promise<void> {
  await db
    .updateTable('proposal')
    .set(end)
    .where('program_id', '=', programId)
    .where('id', '=', id)
    .where('status', '=', 'open')
    .execute()
}
