/** Rewards, their review, proposals and balances (CONTRACT §4.3, §4.4). */
import { z } from 'zod'
import { flag, pageOf, pageQuery, resourceId, storedInstant } from './resources.ts'
import { freeText, vendorId } from './text.ts'

export const REWARD_KINDS = ['cash', 'account_credit', 'coupon'] as const
export const REWARD_STATUSES = [
  'new',
  'on_hold',
  'approved',
  'declined',
  'scheduled',
  'settled',
] as const

export const rewardAnswer = z.strictObject({
  id: z.string(),
  partner: z.string(),
  customer: z.string(),
  order: z.string().nullable(),
  trigger: z.string().meta({ description: 'sale:<order>, signup:<customer>, …' }),
  entry: z.enum(['amount', 'reversal', 'correction']),
  kind: z.enum(REWARD_KINDS),
  amount: z
    .int()
    .meta({ description: 'Minor units; never shows refunds. A reversal is negative.' }),
  currency: z.string(),
  status: z.enum(REWARD_STATUSES),
  publishedStatus: z
    .enum(REWARD_STATUSES)
    .meta({ description: 'What the partner sees until the publish day.' }),
  reason: z.string().optional(),
  earnedAt: storedInstant,
  holdUntil: storedInstant,
  month: z.string().meta({ description: 'Where it accrues, in the program’s zone.' }),
  decidedAt: storedInstant.optional(),
  publishedAt: storedInstant.optional(),
  reverses: z.string().optional().meta({ description: 'The reward that this belongs to.' }),
  payout: z.string().optional(),
  explanation: z.string(),
  terms: z.strictObject({ group: z.string(), version: z.int(), hash: z.string() }),
  tier: z.int().optional(),
  createdAt: storedInstant,
})
export type RewardAnswer = z.output<typeof rewardAnswer>

const change = z.strictObject({
  amount: z.int().meta({ description: 'What it would add to the balance.' }),
  currency: z.string(),
  kind: z.enum(REWARD_KINDS),
})

export const PROPOSAL_STATUSES = ['open', 'accepted', 'refused', 'overtaken'] as const

export const proposalAnswer = z.strictObject({
  id: z.string(),
  reward: z.string(),
  partner: z.string(),
  changes: z.array(change),
  status: z.enum(PROPOSAL_STATUSES),
  reason: z.string().optional(),
  decidedBy: z.string().optional(),
  createdAt: storedInstant,
  decidedAt: storedInstant.optional(),
})
export type ProposalAnswer = z.output<typeof proposalAnswer>

export const rewardDetail = rewardAnswer.extend({
  reversals: z.array(rewardAnswer).meta({ description: 'What refunds and corrections added.' }),
  reviews: z.array(
    z.strictObject({
      at: storedInstant,
      by: z.string(),
      status: z.enum(['new', 'on_hold', 'approved', 'declined']),
      amount: z.int().meta({ description: 'The amount that was seen.' }),
      reason: z.string().nullable(),
    }),
  ),
  proposal: proposalAnswer.nullable().meta({ description: 'The open one.' }),
  entries: z.array(
    z.strictObject({
      at: storedInstant,
      kind: z.string(),
      account: z.enum(['expense', 'new', 'on_hold', 'approved', 'reserved', 'settled']),
      amount: z.int(),
      currency: z.string(),
    }),
  ),
})
export type RewardDetail = z.output<typeof rewardDetail>

export const rewardsQuery = z.strictObject({
  ...pageQuery,
  status: z.enum(REWARD_STATUSES).optional(),
  partner: resourceId.optional(),
  customer: vendorId.optional(),
  order: vendorId.optional(),
  month: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be YYYY-MM')
    .optional(),
  unreviewed: flag.optional(),
})

export const unreviewedAnswer = z.strictObject({
  data: z.array(
    z.strictObject({
      month: z.string(),
      status: z.enum(['new', 'on_hold']),
      kind: z.enum(REWARD_KINDS),
      currency: z.string(),
      count: z.int(),
      amount: z.int(),
    }),
  ),
})
export type UnreviewedAnswer = z.output<typeof unreviewedAnswer>

export const proposalsQuery = z.strictObject({
  ...pageQuery,
  status: z.enum(PROPOSAL_STATUSES).default('open'),
  partner: resourceId.optional(),
})

const reason = freeText(1000)

export const reviewInput = z
  .strictObject({
    rewards: z
      .array(
        z.strictObject({
          id: resourceId,
          amount: z.int().meta({ description: 'As you saw it; another by now: `stale`.' }),
          force: z.boolean().optional().meta({
            description:
              'Take it although its credit is provisional or its order in conflict; needs a reason.',
          }),
        }),
      )
      .min(1)
      .max(1000)
      .refine(
        (rows) => new Set(rows.map(({ id }) => id)).size === rows.length,
        'names a reward twice',
      ),
    status: z.enum(['new', 'on_hold', 'approved', 'declined']),
    reason: reason.optional(),
    by: freeText(255).optional().meta({ description: 'Who decided; absent: the key.' }),
  })
  .superRefine(({ rewards, status, reason: given }, context) => {
    const needed = status === 'declined' || status === 'on_hold' || rewards.some((row) => row.force)
    if (given !== undefined || !needed) return
    context.addIssue({ code: 'custom', path: ['reason'], message: 'is needed for this' })
  })
export type ReviewInput = z.output<typeof reviewInput>

export const REVIEW_OUTCOMES = ['done', 'stale', 'not_found', 'not_reviewable'] as const

export const reviewAnswer = z.strictObject({
  results: z.array(
    z.strictObject({
      id: z.string(),
      outcome: z.enum(REVIEW_OUTCOMES),
      status: z.enum(REWARD_STATUSES).optional(),
      amount: z.int().optional().meta({ description: 'As it is now.' }),
      reason: z.string().optional(),
    }),
  ),
})
export type ReviewAnswer = z.output<typeof reviewAnswer>

export const proposalDecision = z.strictObject({
  decision: z.enum(['accept', 'refuse']),
  reason,
  by: freeText(255).optional().meta({ description: 'Who decided; absent: the key.' }),
})
export type ProposalDecision = z.output<typeof proposalDecision>

const noReward = z.strictObject({
  trigger: z.string(),
  order: z.string().nullable(),
  reason: z.string(),
  at: storedInstant,
})

export const customerRewardsAnswer = z.strictObject({
  earned: z.array(rewardAnswer),
  expected: z.array(
    z.strictObject({
      trigger: z.string(),
      order: z.string().nullable(),
      partner: z.string(),
      at: storedInstant.nullable().meta({ description: 'null: nothing can be told.' }),
      amount: z.int(),
      currency: z.string(),
      kind: z.enum(REWARD_KINDS),
      explanation: z.string(),
    }),
  ),
  noReward: z.array(noReward),
})
export type CustomerRewardsAnswer = z.output<typeof customerRewardsAnswer>

const balance = z.strictObject({
  currency: z.string(),
  kind: z.enum(REWARD_KINDS),
  new: z.int(),
  approved: z.int().meta({
    description: 'What the next payout takes, less `unpublished`; negative: a debt.',
  }),
  unpublished: z.int().meta({ description: 'Approved, and paid after the publish day.' }),
  onHold: z.int(),
  reserved: z.int().meta({ description: 'On its way in a payout.' }),
  settled: z.int(),
  debt: z.int().meta({ description: 'What comes off later payouts.' }),
})
export type Balance = z.output<typeof balance>

export const balanceAnswer = z.strictObject({ balances: z.array(balance) })
export type BalanceAnswer = z.output<typeof balanceAnswer>

export const balancesQuery = z.strictObject(pageQuery)

export const balancesAnswer = pageOf(
  z.strictObject({
    partner: z.strictObject({ id: z.string(), name: z.string() }),
    balances: z.array(balance),
  }),
).extend({
  totals: z.array(balance).meta({
    description:
      'Of all partners, whatever the page. Debts are taken off `approved`; `approved` + `debt` is what is owed.',
  }),
})
export type BalancesAnswer = z.output<typeof balancesAnswer>
