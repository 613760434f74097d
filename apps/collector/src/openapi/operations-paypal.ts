import { paypalAnswer, paypalDelivery, paypalInput } from '@sentby/contract'
import { z } from 'zod'
import type { Operation } from './operation.ts'

const tag = 'Payouts'
const settings = { tag, key: 'secret', path: '/v1/program/paypal' } as const

/** The vendor's PayPal account, and its webhook (CONTRACT §4.3). */
export const paypalOperations: readonly Operation[] = [
  {
    ...settings,
    method: 'GET',
    summary: 'How PayPal is set up; its secret is never told',
    answers: { 200: { description: 'The settings', schema: paypalAnswer } },
  },
  {
    ...settings,
    method: 'PUT',
    summary: 'Set up PayPal anew: what is left away is unset',
    body: { schema: paypalInput },
    answers: { 200: { description: 'The settings', schema: paypalAnswer } },
  },
  {
    tag,
    key: 'none',
    method: 'POST',
    path: '/v1/paypal/{program}',
    summary: 'For PayPal: its events make us ask it how payouts stand, and say nothing themselves',
    body: { schema: z.looseObject({ event_type: z.string() }) },
    answers: {
      200: { description: 'How many batches are looked at soon', schema: paypalDelivery },
    },
    problems: ['bad_request', 'overloaded', 'storage_unavailable', 'draining'],
  },
]
