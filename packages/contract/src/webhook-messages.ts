/** What each type of webhook message holds in `data` (docs/webhooks.md): ids, amounts and states, no people's data. */
import { z } from 'zod'
import { offer } from './offer.ts'
import { storedInstant } from './resources.ts'
import { PROVISIONAL } from './resources-facts.ts'
import { LEAD_STATUSES } from './resources-leads.ts'
import { REWARD_KINDS, REWARD_STATUSES, rewardAnswer } from './resources-money.ts'
import { PARTNER_STATUSES } from './resources-partners.ts'
import { converted, PAYOUT_METHODS, PAYOUT_STATUSES } from './resources-payouts.ts'
import type { WebhookEvent } from './resources-webhooks.ts'

const partner = z.strictObject({ id: z.string() })
const credited = z.strictObject({ partner, code: z.string().nullable(), evidence: z.string() })
const policy = z.strictObject({ version: z.int() })
const provisional = z.enum(PROVISIONAL).nullable()
const leadStatus = z.enum(LEAD_STATUSES)

const leadTold = z.strictObject({
  id: z.string(),
  status: leadStatus,
  partner: partner.nullable(),
  code: z.string(),
  customer: z.string().nullable(),
  submittedAt: storedInstant,
  decidedAt: storedInstant.nullable(),
})

const partnerTold = z.strictObject({
  id: z.string(),
  group: z.string(),
  status: z.enum(PARTNER_STATUSES),
  code: z.string().nullable(),
  link: z.string().nullable(),
  createdAt: storedInstant,
})

const payoutParts = {
  id: z.string(),
  method: z.enum(PAYOUT_METHODS),
  kind: z.enum(REWARD_KINDS),
  currency: z.string(),
  amount: z.int(),
  converted: converted.optional(),
}

const payout = z.strictObject({
  payout: z.strictObject({
    ...payoutParts,
    batch: z.string(),
    partner: z.string(),
    status: z.enum(PAYOUT_STATUSES),
    reference: z.string().nullable(),
    reason: z.string().nullable(),
  }),
})

/** The `data` of every type. */
export const WEBHOOK_DATA = {
  'credit.changed': z.strictObject({
    customer: z.string(),
    credited: credited.nullable(),
    reason: z.string(),
    provisional,
    anchor: storedInstant.nullable(),
    policy,
    previous: z.strictObject({ partner, provisional }).nullable(),
  }),
  'installation.credited': z.strictObject({
    installation: z.string(),
    product: z.string().nullable(),
    credited: credited.nullable(),
    reason: z.string(),
    conflict: z.boolean(),
    anchor: storedInstant.nullable(),
    policy,
    previous: z.strictObject({ partner }).nullable(),
  }),
  'lead.created': z.strictObject({ lead: leadTold, duplicate: z.boolean() }),
  'lead.changed': z.strictObject({
    lead: leadTold,
    previous: z.strictObject({ status: leadStatus, customer: z.string().nullable() }),
  }),
  'offer.granted': z.strictObject({
    customer: z.string(),
    partner: z.string(),
    code: z.string().nullable(),
    offer,
    terms: rewardAnswer.shape.terms,
  }),
  'partner.created': z.strictObject({ partner: partnerTold }),
  'partner.updated': z.strictObject({
    partner: partnerTold,
    changed: z.array(z.string()),
    from: storedInstant.nullable(),
  }),
  'payout.closed': z.strictObject({
    batch: z.strictObject({ ...payoutParts, period: z.string(), count: z.int() }),
  }),
  'payout.failed': payout,
  'payout.returned': payout,
  'payout.settled': payout,
  'payout.unknown': payout,
  'reward.created': z.strictObject({ reward: rewardAnswer }),
  'reward.changed': z.strictObject({
    reward: rewardAnswer,
    previous: z.strictObject({ status: z.enum(REWARD_STATUSES), amount: z.int() }),
  }),
  'reward.settled': z.strictObject({ reward: rewardAnswer }),
  'webhook.test': z.strictObject({ webhook: z.string() }),
} as const satisfies Record<WebhookEvent, z.ZodType>

/** A message of one type, as it is sent. */
export function webhookMessage<Type extends WebhookEvent>(type: Type) {
  const timestamp = storedInstant
  return z.strictObject({ type: z.literal(type), timestamp, data: WEBHOOK_DATA[type] })
}
