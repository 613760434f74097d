/** What a referred customer is offered (CONTRACT §4.2, §4.4). */
import { z } from 'zod'
import { amountMinor, currency } from './text.ts'

const periods = z
  .int()
  .min(1)
  .max(1200)
  .meta({ description: 'Of how many billing periods, counted from the first.' })

/** Off the customer's own bill: a share, all of it at most, or a fixed amount each period. */
export const offer = z.union([
  z.strictObject({
    basisPoints: z
      .int()
      .min(1)
      .max(10_000)
      .meta({ description: '5000 is 50 % off.', example: 5000 }),
    periods,
  }),
  z.strictObject({ amount: amountMinor.min(1), currency, periods }),
])
export type Offer = z.output<typeof offer>
