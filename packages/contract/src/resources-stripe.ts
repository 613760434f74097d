/** The vendor's Stripe account, and its webhook (CONTRACT §4.3). */
import { z } from 'zod'
import { OUTCOMES } from './events.ts'
import { storedInstant } from './resources.ts'

const secret = z
  .string()
  .regex(/^whsec_[\x21-\x7e]{4,250}$/, "must be an endpoint's signing secret, whsec_…")

const apiKey = z
  .string()
  .regex(/^rk_(live|test)_[A-Za-z0-9]{8,250}$/, 'must be a restricted key, rk_live_… or rk_test_…')

const sends = z.enum(['by_hand', 'at_close']).meta({
  description:
    'Account credit. at_close: batches that are closed from now on are sent by themselves; by_hand: when you ask.',
})

const stripeFields = z.strictObject({
  secret: secret.meta({
    description: 'The signing secret of the endpoint. It is never told again.',
  }),
  previousSecret: secret.optional().meta({
    description: 'The one before, for as long as Stripe signs with both.',
  }),
  account: z
    .string()
    .regex(/^acct_[A-Za-z0-9]{1,64}$/, 'must be acct_…')
    .optional()
    .meta({ description: 'Connect: take the events of this account; absent: of your own only.' }),
  livemode: z.boolean().optional().meta({
    description: 'true: live events only; false: test events only; absent: both.',
  }),
  apiKey: apiKey.optional().meta({
    description:
      'Credits customer balances with what partners earn; it is never told again. Absent: Stripe is never called.',
  }),
  sends: sends.default('by_hand'),
})

export const stripeInput = stripeFields.refine(
  ({ apiKey: key, livemode }) =>
    key === undefined || livemode === undefined || key.startsWith('rk_live_') === livemode,
  { path: ['apiKey'], message: 'must be of the mode that livemode says' },
)
export type StripeInput = z.output<typeof stripeInput>

export const stripeAnswer = z.strictObject({
  endpoint: z.string().meta({ description: 'The URL to enter in Stripe.' }),
  events: z.array(z.string()).meta({ description: 'The types to tick in Stripe.' }),
  secretEndsWith: z.string().nullable().meta({ description: 'null: not set up yet.' }),
  previousSecretEndsWith: z.string().nullable(),
  apiKeyEndsWith: z.string().nullable().meta({ description: 'null: Stripe is never called.' }),
  sends: sends.nullable(),
  account: z.string().nullable(),
  livemode: z.boolean().nullable(),
  updatedAt: storedInstant.nullable(),
  waitingRefunds: z.int().meta({
    description:
      'Refunds of payments that no sale is known for yet, payments outside of Sentby included.',
  }),
})
export type StripeAnswer = z.output<typeof stripeAnswer>

export const STRIPE_OUTCOMES = [...OUTCOMES, 'ignored'] as const

/** What became of a delivery; Stripe reads the status alone. */
export const stripeDelivery = z.strictObject({
  outcome: z.enum(STRIPE_OUTCOMES),
  results: z.array(z.strictObject({ id: z.string(), outcome: z.enum(OUTCOMES) })),
})
export type StripeDelivery = z.output<typeof stripeDelivery>
