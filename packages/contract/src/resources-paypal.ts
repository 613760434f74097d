/** The vendor's PayPal account, and its webhook (CONTRACT §4.3). */
import { z } from 'zod'
import { storedInstant } from './resources.ts'

const PRINTABLE = /^[\x21-\x7e]{8,250}$/
const environment = z.enum(['live', 'sandbox'])
const sends = z.enum(['by_hand', 'at_close']).meta({
  description:
    'at_close: batches that are closed from now on are sent by themselves; by_hand: when you ask.',
})

export const paypalInput = z.strictObject({
  clientId: z.string().regex(PRINTABLE, 'must be the client id of your app'),
  clientSecret: z
    .string()
    .regex(PRINTABLE, 'must be the secret of your app')
    .meta({ description: 'It is never told again.' }),
  environment,
  sends: sends.default('by_hand'),
})
export type PaypalInput = z.output<typeof paypalInput>

export const paypalAnswer = z.strictObject({
  endpoint: z.string().meta({ description: 'The webhook URL to enter at PayPal.' }),
  clientIdEndsWith: z.string().nullable().meta({ description: 'null: not set up yet.' }),
  environment: environment.nullable(),
  sends: sends.nullable(),
  paused: z
    .strictObject({ at: storedInstant, reason: z.string() })
    .nullable()
    .meta({ description: 'PayPal refused a batch: nothing is sent by itself until the next PUT.' }),
  updatedAt: storedInstant.nullable(),
})
export type PaypalAnswer = z.output<typeof paypalAnswer>

export const paypalDelivery = z.strictObject({
  woken: z.int().meta({ description: 'Batches that are looked at soon.' }),
})
export type PaypalDelivery = z.output<typeof paypalDelivery>
