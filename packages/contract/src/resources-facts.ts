/** What is read from the facts: customers, credit, sales, the log of events (CONTRACT §4.3, §4.4). */
import { z } from 'zod'
import { EVENT_TYPES, verdict } from './events.ts'
import { offer } from './offer.ts'
import { EVIDENCE_KINDS } from './policy.ts'
import { moment, pageQuery, resourceId, storedInstant } from './resources.ts'
import { rewardAnswer } from './resources-money.ts'
import { vendorId } from './text.ts'
import { CANDIDATE_VERDICTS } from './words.ts'

/** Why a credit is shown and not relied on yet (RULES A4). */
export const PROVISIONAL = ['unverified', 'contested', 'shared'] as const

const partner = z.strictObject({ id: z.string(), name: z.string() })

export const customersQuery = z.strictObject({ ...pageQuery, partner: resourceId.optional() })

export const customerAnswer = z.strictObject({
  id: z.string(),
  ref: z.string().meta({ description: 'Our own opaque id, for partners who see no names.' }),
  email: z.string().nullable().meta({ description: 'The latest one that your backend gave.' }),
  name: z.string().nullable(),
  partner: partner.nullable().meta({ description: 'Who is credited.' }),
  code: z.string().nullable(),
  reason: z.string(),
  provisional: z.enum(PROVISIONAL).nullable(),
  verified: z.boolean(),
  anchor: storedInstant.nullable(),
  offer: offer.optional().meta({ description: 'What the customer was given, once for ever.' }),
  createdAt: storedInstant,
})
export type CustomerAnswer = z.output<typeof customerAnswer>

export const creditAnswer = z.strictObject({
  customer: z.string(),
  credited: z
    .strictObject({ partner, code: z.string().nullable(), evidence: z.string() })
    .nullable(),
  reason: z.string().meta({ description: 'A sentence, or why nobody is credited.' }),
  provisional: z.enum(PROVISIONAL).nullable(),
  verified: z.boolean(),
  anchor: storedInstant.nullable(),
  settlesAt: storedInstant.nullable(),
  policy: z.strictObject({ version: z.int() }),
  candidates: z.array(
    z.strictObject({
      evidence: z.string(),
      kind: z.enum(EVIDENCE_KINDS),
      partner: z.string().nullable(),
      code: z.string().nullable(),
      at: storedInstant,
      carrier: z.string().meta({
        description: 'What brought it: `visitor:<id>`, `install:<id>`, or `customer`.',
      }),
      verdict: z.enum(CANDIDATE_VERDICTS),
    }),
  ),
  more: z.int().meta({ description: 'Candidates that are counted, not listed.' }),
  unknownCodes: z.array(
    z.strictObject({ evidence: z.string(), code: z.string(), at: storedInstant }),
  ),
})
export type CreditAnswer = z.output<typeof creditAnswer>

export const salesQuery = z.strictObject({ ...pageQuery, customer: vendorId.optional() })

export const saleAnswer = z.strictObject({
  order: z.string(),
  customer: z.string(),
  amount: z.int().meta({ description: 'Minor units.' }),
  currency: z.string(),
  refunded: z.int(),
  at: storedInstant,
  event: z.string().meta({ description: 'The sale that stands: the smallest (at, id).' }),
  conflict: z.boolean().meta({ description: 'Another sale of this order disagrees.' }),
  tax: z.int().nullable(),
  fee: z.int().nullable(),
  discount: z.int().nullable(),
  product: z.string().nullable(),
  plan: z.string().nullable(),
  subscription: z.string().nullable(),
  period: z.strictObject({ start: storedInstant, end: storedInstant }).nullable(),
  refunds: z.array(
    z.strictObject({
      refund: z.string(),
      amount: z.int().nullable().meta({ description: 'null: all of it.' }),
      at: storedInstant,
      status: z.enum(['made', 'undone']),
    }),
  ),
})
export type SaleAnswer = z.output<typeof saleAnswer>

export const saleWithReward = saleAnswer.extend({
  reward: rewardAnswer.optional(),
  reversals: z
    .array(rewardAnswer)
    .meta({ description: 'What was taken back of it, or corrected.' }),
  noReward: z
    .strictObject({ reason: z.string() })
    .optional()
    .meta({ description: 'Why it earns nothing; absent where no group has terms.' }),
})
export type SaleWithReward = z.output<typeof saleWithReward>

export const LOGGED_OUTCOMES = ['stored', 'parked', 'rejected', 'conflict'] as const

export const eventsQuery = z.strictObject({
  ...pageQuery,
  outcome: z.enum(LOGGED_OUTCOMES).optional(),
  type: z.enum(EVENT_TYPES).optional(),
  since: moment.optional().meta({ description: 'Received then or later.' }),
})
export type EventsQuery = z.output<typeof eventsQuery>

export const loggedEvent = z.strictObject({
  id: z.string().meta({ description: 'The event’s id; where it had no readable one, `aside`.' }),
  aside: z.string().nullable().meta({ description: 'Where a refused event is kept: `sta_…`.' }),
  type: z.string().nullable(),
  trust: z.enum(['secret', 'open']),
  outcome: z.enum(LOGGED_OUTCOMES),
  reason: z.string().nullable(),
  errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })),
  verdict: verdict.nullable(),
  at: storedInstant.nullable().meta({ description: 'When it counts; null where it was refused.' }),
  received: storedInstant,
  replayedAt: storedInstant.nullable(),
  content: z
    .record(z.string(), z.unknown())
    .nullable()
    .meta({ description: 'What was sent, without people’s data and queries.' }),
})
export type LoggedEvent = z.output<typeof loggedEvent>
