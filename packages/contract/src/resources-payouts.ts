/** Payouts: batches of them, their files, and how they went (CONTRACT §4.3). */
import { z } from 'zod'
import { pageQuery, resourceId, storedInstant } from './resources.ts'
import { REWARD_KINDS } from './resources-money.ts'
import { currency, freeText } from './text.ts'

export const PAYOUT_METHODS = ['paypal', 'wise', 'manual', 'account_credit'] as const
export type PayoutMethod = (typeof PAYOUT_METHODS)[number]

export const PAYOUT_STATUSES = [
  'ready',
  'submitted',
  'unknown',
  'paid',
  'failed',
  'returned',
] as const

export const PAYOUT_FORMATS = ['csv', 'paypal_masspay', 'wise'] as const
export type PayoutFormat = (typeof PAYOUT_FORMATS)[number]

/** Why a balance is not paid now; each is one of the words. */
export const WAITING_REASONS = [
  'under_minimum',
  'in_debt',
  'unpublished',
  'no_payout_method',
  'bad_destination',
] as const
export type WaitingReason = (typeof WAITING_REASONS)[number]

const method = z.enum(PAYOUT_METHODS)
const kind = z.enum(REWARD_KINDS)
const status = z.enum(PAYOUT_STATUSES).meta({
  description: 'unknown: the provider may have paid; it is reconciled, never sent again.',
})

/** When batches of a method are closed by themselves. */
const payoutDays = z
  .string()
  .regex(/^(threshold|quarterly|monthly:([1-9]|1\d|2[0-8]))$/, {
    message: 'must be threshold, monthly:DAY (1–28) or quarterly',
  })
  .meta({ example: 'monthly:15' })

export const payoutCalendar = z.partialRecord(method, payoutDays).meta({
  description:
    'By method: `threshold` pays whoever reaches the minimum, the others on their days in the program’s zone.',
})
export type PayoutCalendar = z.output<typeof payoutCalendar>

/** Exactly as a bank writes it: no exponent, no sign, no thousands. */
const rate = z
  .string()
  .regex(/^(?=(?:\d\.?){1,12}$)\d+(?:\.\d+)?$/, 'must be a decimal number of 12 digits at most')
  .regex(/[1-9]/, 'must be above 0')
  .meta({ example: '0.9215', description: 'What one unit is worth in the currency to pay in.' })

const rateSource = freeText(200)
  .refine((text) => text.trim() !== '', 'must say where the rate is from')
  .meta({ example: 'ECB 2026-11-20', description: 'Where the rate is from, for your books.' })

/** In capitals, so that no currency is named twice. */
const rateCurrency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 currency in capitals')
  .pipe(currency)

const conversion = z
  .strictObject({
    to: currency.meta({ description: 'What is paid.' }),
    rates: z
      .record(rateCurrency, z.strictObject({ rate, source: rateSource }))
      .refine((rates) => Object.keys(rates).length > 0, 'must name a currency')
      .meta({ description: 'By the currency that was earned.' }),
  })
  .refine(({ to, rates }) => !Object.hasOwn(rates, to), {
    path: ['rates'],
    message: 'must not name the currency to pay in',
  })
export type Conversion = z.output<typeof conversion>

export const payoutsInput = z.strictObject({
  method: method.optional().meta({ description: 'Only partners who are paid like this.' }),
  kind: kind.optional(),
  currency: currency.optional(),
  partners: z.array(resourceId).min(1).max(1000).optional(),
  period: freeText(64).optional().meta({ description: 'A name for your books.' }),
  convert: conversion.optional().meta({
    description: 'Pay balances of these currencies in another one. Absent: nothing is converted.',
  }),
  dryRun: z.boolean().optional().meta({ description: 'Tell what would be paid; change nothing.' }),
})
export type PayoutsInput = z.output<typeof payoutsInput>

const destination = z
  .record(z.string(), z.string())
  .meta({ description: 'Where it goes, as it was when the batch was closed.' })

export const converted = z
  .strictObject({ amount: z.int(), currency: z.string(), rate: z.string(), source: z.string() })
  .meta({ description: 'What is paid, where that is another currency than what was earned.' })
export type Converted = z.output<typeof converted>

const payoutFields = {
  partner: z.string(),
  method,
  kind,
  amount: z
    .int()
    .meta({ description: 'What was earned: minor units of `currency`, always above 0.' }),
  currency: z.string(),
  converted: converted.optional(),
  destination,
}

export const payoutAnswer = z.strictObject({
  id: z.string(),
  batch: z.string(),
  ...payoutFields,
  status,
  reference: z.string().optional().meta({ description: "The provider's own id, or yours." }),
  reason: z.string().optional(),
  createdAt: storedInstant,
  updatedAt: storedInstant,
})
export type PayoutAnswer = z.output<typeof payoutAnswer>

export const payoutDetail = payoutAnswer.extend({
  rewards: z
    .array(z.strictObject({ reward: z.string(), amount: z.int() }))
    .meta({ description: 'What it was made of; refunds are taken off their reward.' }),
})
export type PayoutDetail = z.output<typeof payoutDetail>

export const batchAnswer = z.strictObject({
  id: z.string(),
  method,
  kind,
  currency: z.string(),
  period: z.string(),
  status: status.meta({ description: 'That of the payout that is furthest from its end.' }),
  amount: z.int(),
  converted: converted.optional(),
  count: z.int(),
  states: z.array(z.strictObject({ status, count: z.int(), amount: z.int() })),
  sent: z
    .strictObject({
      by: z.string(),
      at: storedInstant,
      lookAt: storedInstant.optional().meta({ description: 'When the provider is asked next.' }),
      problem: z.string().optional(),
    })
    .optional()
    .meta({ description: "It was sent over the provider's API." }),
  createdBy: z.string(),
  createdAt: storedInstant,
  updatedAt: storedInstant,
})
export type BatchAnswer = z.output<typeof batchAnswer>

const unpublished = z.int().meta({
  description: 'What else was approved, and waits until the partner may see it.',
})

export const closedAnswer = z.strictObject({
  dryRun: z.boolean(),
  batches: z.array(
    z.strictObject({
      id: z.string().nullable().meta({ description: 'null: a dry run.' }),
      method,
      kind,
      currency: z.string(),
      amount: z.int(),
      converted: converted.optional(),
      count: z.int(),
    }),
  ),
  payouts: z.array(
    z.strictObject({
      id: z.string().nullable(),
      ...payoutFields,
      unpublished: unpublished.optional(),
    }),
  ),
  waiting: z
    .array(
      z.strictObject({
        partner: z.string(),
        kind,
        currency: z.string(),
        amount: z.int(),
        unpublished: unpublished.optional(),
        reason: z.enum(WAITING_REASONS),
      }),
    )
    .meta({ description: 'Approved balances that are not paid now, and why; 1,000 at most.' }),
  left: z.int().meta({ description: 'Payouts over 1,000 a batch: ask again for them.' }),
})
export type ClosedAnswer = z.output<typeof closedAnswer>

export const payoutsQuery = z.strictObject({
  ...pageQuery,
  partner: resourceId.optional(),
  batch: resourceId.optional(),
  status: z.enum(PAYOUT_STATUSES).optional(),
})
export type PayoutsQuery = z.output<typeof payoutsQuery>

export const batchFileQuery = z.strictObject({
  format: z.enum(PAYOUT_FORMATS).optional().meta({ description: "Absent: the method's own." }),
  again: z.enum(['true', 'false']).optional().meta({
    description: 'true: payouts that were submitted stand in it too. Pay no file twice.',
  }),
})
export type BatchFileQuery = z.output<typeof batchFileQuery>

const reason = freeText(1000)
const reference = freeText(255)

export const payoutMark = z
  .strictObject({
    status: z.enum(['submitted', 'unknown', 'paid', 'failed', 'returned']),
    reference: reference.optional(),
    reason: reason.optional(),
    by: freeText(255).optional().meta({ description: 'Who says so; absent: the key.' }),
  })
  .refine(
    (mark) => mark.reason !== undefined || mark.status === 'submitted' || mark.status === 'paid',
    { path: ['reason'], message: 'is needed for this' },
  )
export type PayoutMark = z.output<typeof payoutMark>

/** Columns of a result file that have other names than those known. */
export const resultQuery = z.strictObject({
  id: freeText(100).optional(),
  amount: freeText(100).optional(),
  currency: freeText(100).optional(),
  status: freeText(100).optional(),
  reference: freeText(100).optional(),
  reason: freeText(100).optional(),
})
export type ResultQuery = z.output<typeof resultQuery>

/** What became of a row of a result file, with its meaning. */
export const RESULT_OUTCOMES = {
  done: 'The payout stands as the row says.',
  same: 'It stood so already.',
  not_found: 'No payout of this batch has this id.',
  amount_differs: 'The amount is not that of the payout; nothing was changed.',
  currency_differs: 'The currency is not that of the payout; nothing was changed.',
  unreadable: 'A cell is missing or cannot be read; nothing was changed.',
  unknown_status: 'The status is none of those known; nothing was changed.',
  contradicts: 'Another row says something else of this payout; nothing was changed.',
  not_allowed: 'The payout has ended otherwise; nothing was changed.',
} as const

export type ResultOutcome = keyof typeof RESULT_OUTCOMES
const OUTCOME_NAMES = Object.keys(RESULT_OUTCOMES) as [ResultOutcome, ...ResultOutcome[]]

export const resultAnswer = z.strictObject({
  batch: batchAnswer,
  rows: z.array(
    z.strictObject({
      line: z.int().meta({ description: 'Counted from 1.' }),
      payout: z.string().nullable(),
      outcome: z.enum(OUTCOME_NAMES),
      status: status.optional(),
    }),
  ),
  unnamed: z.int().meta({ description: 'Payouts without an end that the file does not name.' }),
})
export type ResultAnswer = z.output<typeof resultAnswer>
