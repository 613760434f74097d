import type { Kysely } from 'kysely'
import * as main from './2026-11-22-main.ts'
import * as installs from './2026-11-23-installs.ts'
import * as stripe from './2026-11-24-stripe.ts'
import * as webhooks from './2026-11-25-webhooks.ts'
import * as money from './2026-11-26-money.ts'
import * as moneyUnread from './2026-11-27-money-unread.ts'
import * as offers from './2026-11-27-offers.ts'
import * as paypal from './2026-11-27-paypal.ts'
import * as stripeBalance from './2026-11-27-stripe-balance.ts'
import * as unpublished from './2026-11-27-unpublished.ts'
import * as leads from './2026-11-28-leads.ts'

/** One step of the schema: frozen in time, named by its date. */
export interface SchemaStep {
  up(db: Kysely<unknown>, postgres: boolean): Promise<void>
}

/** Every step, in order; a name once released never changes. */
export const STEPS: Readonly<Record<string, SchemaStep>> = {
  '2026-11-22-main': main,
  '2026-11-23-installs': installs,
  '2026-11-24-stripe': stripe,
  '2026-11-25-webhooks': webhooks,
  '2026-11-26-money': money,
  '2026-11-27-money-unread': moneyUnread,
  '2026-11-27-offers': offers,
  '2026-11-27-paypal': paypal,
  '2026-11-27-stripe-balance': stripeBalance,
  '2026-11-27-unpublished': unpublished,
  '2026-11-28-leads': leads,
}
