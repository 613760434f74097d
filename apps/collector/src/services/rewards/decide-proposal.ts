/** Accepts or refuses what is proposed for a reviewed reward (RULES M1, M3). */
import type { ProposalAnswer, ProposalDecision } from '@sentby/contract'
import { decideProposal } from '@sentby/domain'
import { type ProposalRow, proposalById, rewardsById } from '@sentby/store'
import { Refusal } from '../refusal.ts'
import { inLocks, type SettleDeps } from './in-locks.ts'
import type { Scene } from './load-scene.ts'
import { toProposal } from './reward-answer.ts'
import { DECIDING_WAITS_MS, settleBeforeReading } from './settle-stale.ts'

/**
 * Decides a proposal. Accepting one that takes a reward back also releases another partner's that waits for it.
 *
 * @throws Refusal `not_found`; `stale` when something else is due by now, or it was decided otherwise.
 */
export async function decideProposalById(
  deps: SettleDeps,
  programId: string,
  id: string,
  input: ProposalDecision,
  actor: string,
): Promise<ProposalAnswer> {
  await settleBeforeReading(deps, programId, DECIDING_WAITS_MS)
  const { db } = deps.store
  const known = await proposalById(db, programId, id)
  if (!known) throw new Refusal('not_found')
  const decision = input.decision === 'accept' ? 'accepted' : 'refused'
  if (known.status === decision) return toProposal(known)
  const [reward] = await rewardsById(db, programId, [known.reward_id])
  if (!reward) throw new Refusal('not_found')
  const scope = { customers: [reward.customer], partners: [] }
  await inLocks(deps, programId, scope, ({ settle }) => {
    const act = (scene: Scene) => decide(scene, known, decision, input.reason)
    return settle(scope, { act, cause: { kind: 'proposal', actor: input.by ?? actor } })
  })
  return toProposal((await proposalById(db, programId, id)) ?? known)
}

function decide(
  { books }: Scene,
  known: ProposalRow,
  decision: 'accepted' | 'refused',
  reason: string,
): void {
  const book = books.get(known.reward_id)
  if (!book?.posted || !book.due || book.storedProposal?.id !== known.id) throw new Refusal('stale')
  const changes = JSON.parse(known.changes) as ProposalAnswer['changes']
  const seen = changes.map(({ amount, currency, kind }) => ({
    amountMinor: amount,
    currency,
    kind,
  }))
  const decided = decideProposal(book.posted, book.due, book.proposal, { decision, seen })
  if (decided.outcome !== 'done') throw new Refusal('stale')
  book.posted = decided.reward
  book.decided = { status: decision, reason }
}
