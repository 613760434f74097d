/** Every route of the collector; a test compares this list with the app. */
import type { Operation } from './operation.ts'
import { configurationOperations } from './operations-configuration.ts'
import { installOperations } from './operations-installs.ts'
import { leadOperations } from './operations-leads.ts'
import { moneyOperations } from './operations-money.ts'
import { payoutOperations } from './operations-payouts.ts'
import { paypalOperations } from './operations-paypal.ts'
import { productOperations } from './operations-products.ts'
import { publicOperations } from './operations-public.ts'
import { readingOperations } from './operations-reading.ts'
import { stripeOperations } from './operations-stripe.ts'
import { webhookOperations } from './operations-webhooks.ts'

export const OPERATIONS: readonly Operation[] = [
  ...publicOperations,
  ...configurationOperations,
  ...installOperations,
  ...productOperations,
  ...readingOperations,
  ...leadOperations,
  ...moneyOperations,
  ...payoutOperations,
  ...paypalOperations,
  ...webhookOperations,
  ...stripeOperations,
]
