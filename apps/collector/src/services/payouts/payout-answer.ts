/** Payouts and batches as the API tells them (CONTRACT §4.3). */
import type { BatchAnswer, PayoutAnswer, PayoutMethod } from '@sentby/contract'
import type { PayoutBatchRow, PayoutRow, PayoutStatus } from '@sentby/store'

export function toPayout(row: PayoutRow): PayoutAnswer {
  return {
    id: row.id,
    batch: row.batch_id,
    partner: row.partner_id,
    method: row.method as PayoutMethod,
    kind: row.kind,
    amount: row.amount,
    currency: row.currency,
    destination: detailsOf(row),
    status: row.status,
    ...(row.provider_id === null ? {} : { reference: row.provider_id }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** @param states how many of its payouts stand where. */
export function toBatch(
  row: PayoutBatchRow,
  states: readonly { status: PayoutStatus; count: number; amount: number }[],
): BatchAnswer {
  return {
    id: row.id,
    method: row.method as PayoutMethod,
    kind: row.kind,
    currency: row.currency,
    period: row.period,
    status: row.status,
    amount: states.reduce((sum, { amount }) => sum + amount, 0),
    count: states.reduce((sum, { count }) => sum + count, 0),
    states: states.map(({ status, count, amount }) => ({ status, count, amount })),
    createdBy: row.actor,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** Where a payout goes, as it was when its batch was closed. */
export function detailsOf({ destination }: Pick<PayoutRow, 'destination'>): Record<string, string> {
  return JSON.parse(destination) as Record<string, string>
}
