/** What is paid of a payout, and how: the amount and currency that files, providers and their reports speak of. */
import type { Converted } from '@sentby/contract'
import type { PayoutRow } from '@sentby/store'
import type { Payment } from '../../adapters/payouts/provider.ts'

/** A payout as a provider is asked to pay it: minor units of the currency that it is paid in. */
export function paymentOf(row: PayoutRow): Payment {
  const { amount, currency } = convertedOf(row) ?? row
  return { id: row.id, amount, currency, destination: detailsOf(row) }
}

/** What is paid where that is another currency than what was earned. */
export function convertedOf({ converted }: Pick<PayoutRow, 'converted'>): Converted | null {
  return converted === null ? null : (JSON.parse(converted) as Converted)
}

/** What payouts of one batch, converted at one rate or none, are paid with in all; nothing where none was converted. */
export function sumConverted(rows: readonly (Converted | null | undefined)[]): {
  converted?: Converted
} {
  const [first] = rows
  if (!first) return {}
  const amount = rows.reduce((sum, row) => sum + (row?.amount ?? 0), 0)
  return { converted: { ...first, amount } }
}

/** Where a payout goes, as it was when its batch was closed. */
export function detailsOf({ destination }: Pick<PayoutRow, 'destination'>): Record<string, string> {
  return JSON.parse(destination) as Record<string, string>
}
