import { stripeAnswer, stripeDelivery, stripeInput } from '@sentby/contract'
import { z } from 'zod'
import type { Operation } from './operation.ts'

const tag = 'Stripe'
const settings = { tag, key: 'secret', path: '/v1/program/stripe' } as const

/** The vendor's Stripe account, and its webhook (CONTRACT §4.3). */
export const stripeOperations: readonly Operation[] = [
  {
    ...settings,
    method: 'GET',
    summary: 'How Stripe is set up; of secrets the last four characters',
    answers: { 200: { description: 'The settings', schema: stripeAnswer } },
  },
  {
    ...settings,
    method: 'PUT',
    summary: 'Set up Stripe anew: what is left away is unset',
    body: { schema: stripeInput },
    answers: { 200: { description: 'The settings', schema: stripeAnswer } },
  },
  {
    tag,
    key: 'none',
    method: 'POST',
    path: '/v1/stripe/{program}',
    summary: 'For Stripe: its events, signed; answered after the commit',
    body: { schema: z.looseObject({ id: z.string(), type: z.string() }) },
    answers: { 200: { description: 'What became of it', schema: stripeDelivery } },
    problems: [
      ...(['bad_signature', 'stale_signature', 'wrong_account', 'stripe_not_set_up'] as const),
      ...([
        'bad_request',
        'overloaded',
        'storage_unavailable',
        'outcome_unknown',
        'draining',
      ] as const),
    ],
  },
]
