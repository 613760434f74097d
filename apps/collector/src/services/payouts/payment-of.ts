/** What is paid of a payout, and how: the amount and currency that files, providers and their reports speak of. */
import type { PayoutRow } from '@sentby/store'
import type { Payment } from '../../adapters/payouts/provider.ts'

/** A payout as a provider is asked to pay it: minor units of the currency that it is paid in. */
export function paymentOf(row: PayoutRow): Payment {
  return {
    id: row.id,
    amount: row.amount,
    currency: row.currency,
    destination: JSON.parse(row.destination) as Record<string, string>,
  }
}
