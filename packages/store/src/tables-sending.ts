/** What is remembered of payouts that are sent over a provider's API. */
import type { Selectable } from 'kysely'

/** The vendor's PayPal account. */
export interface PaypalSettingTable {
  program_id: string
  client_id: string
  /** Never told. */
  client_secret: string
  environment: 'live' | 'sandbox'
  /** `at_close`: batches are sent by the job; `by_hand`: when somebody asks. */
  sends: 'by_hand' | 'at_close'
  /** Since when the job sends nothing more by itself, as PayPal refused a batch. */
  paused_at: string | null
  paused_reason: string | null
  updated_at: string
}

/** A batch that was sent over an API, from the moment that it was meant to be. */
export interface PayoutSendingTable {
  program_id: string
  batch_id: string
  /** The provider's account and mode: no other account is ever asked to pay it. */
  account: string
  actor: string
  first_at: string
  /** Calls that may have paid: begun, and no answer said that nothing was taken. */
  calls_in_doubt: number
  /** Looks since something changed; the next one waits the longer. */
  tries: number
  /** Until when somebody calls the provider; past it that collector is taken for dead. */
  calling_until: string | null
  /** When to look next; null: there is nothing more to learn. */
  next_at: string | null
  /** What a stranger says that the provider calls the batch: looked up, never believed. */
  hint: string | null
  problem: string | null
  updated_at: string
}

export interface SendingTables {
  paypal_setting: PaypalSettingTable
  payout_sending: PayoutSendingTable
}

export type PaypalSettingRow = Selectable<PaypalSettingTable>
export type PayoutSendingRow = Selectable<PayoutSendingTable>
