/** Rewards and proposals as the API tells them (CONTRACT §4.4). */
import type { ProposalAnswer, RewardAnswer } from '@sentby/contract'
import type { ProposalRow, RewardRow } from '@sentby/store'
import { shownStatus } from './next-rows.ts'

export function toReward(row: RewardRow): RewardAnswer {
  return {
    id: row.id,
    partner: row.partner_id,
    customer: row.customer,
    order: row.order_id,
    trigger: row.trigger_key,
    entry: row.entry,
    kind: row.kind,
    amount: row.amount,
    currency: row.currency,
    status: row.status,
    publishedStatus: shownStatus(row),
    ...(row.reason === null ? {} : { reason: row.reason }),
    earnedAt: row.earned_at,
    holdUntil: row.hold_until,
    month: row.month,
    ...(row.decided_at === null ? {} : { decidedAt: row.decided_at }),
    ...(row.published_at === null ? {} : { publishedAt: row.published_at }),
    ...(row.reverses === null ? {} : { reverses: row.reverses }),
    ...(row.payout_id === null ? {} : { payout: row.payout_id }),
    explanation: row.explanation,
    terms: { group: row.group_id, version: row.terms_version, hash: row.terms_hash },
    ...(row.tier === null ? {} : { tier: row.tier }),
    createdAt: row.created_at,
  }
}

export function toProposal(row: ProposalRow): ProposalAnswer {
  return {
    id: row.id,
    reward: row.reward_id,
    partner: row.partner_id,
    changes: JSON.parse(row.changes) as ProposalAnswer['changes'],
    status: row.status,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.actor === null ? {} : { decidedBy: row.actor }),
    createdAt: row.created_at,
    ...(row.decided_at === null ? {} : { decidedAt: row.decided_at }),
  }
}
