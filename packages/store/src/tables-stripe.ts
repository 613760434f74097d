/** What is remembered of the vendor's Stripe account. */
import type { Selectable } from 'kysely'

/** The vendor's Stripe account. */
export interface StripeSettingTable {
  program_id: string
  /** Checks the signatures of its events; never told. */
  secret: string
  /** The one before, while Stripe signs with both. */
  previous_secret: string | null
  account: string | null
  /** 1: live events only; 0: test events only; null: both. */
  livemode: number | null
  /** A restricted key that credits customer balances; never told. */
  api_key: string | null
  /** `at_close`: batches of account credit are sent by the job; `by_hand`: when somebody asks. */
  sends: 'by_hand' | 'at_close'
  updated_at: string
}

/** Which order a payment of Stripe's (`pi_…`, `ch_…`) paid; refunds name the payment only. */
export interface StripePaymentTable {
  program_id: string
  payment: string
  order_id: string
  currency: string
  created_at: string
}

/** A refund that waits for the order of its payment. */
export interface StripeRefundTable {
  program_id: string
  payment: string
  event_id: string
  /** JSON: the refund without its order. */
  body: string
  created_at: string
}

export interface StripeTables {
  stripe_setting: StripeSettingTable
  stripe_payment: StripePaymentTable
  stripe_refund: StripeRefundTable
}

export type StripeSettingRow = Selectable<StripeSettingTable>
export type StripePaymentRow = Selectable<StripePaymentTable>
export type StripeRefundRow = Selectable<StripeRefundTable>
