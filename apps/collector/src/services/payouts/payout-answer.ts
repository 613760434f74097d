/** Payouts and batches as the API tells them (CONTRACT §4.3). */
import type { BatchAnswer, PayoutAnswer, PayoutMethod } from '@sentby/contract'
import type { BatchSum, PayoutBatchRow, PayoutRow } from '@sentby/store'
import { convertedOf, detailsOf } from './payment-of.ts'

export function toPayout(row: PayoutRow): PayoutAnswer {
  const converted = convertedOf(row)
  return {
    id: row.id,
    batch: row.batch_id,
    partner: row.partner_id,
    method: row.method as PayoutMethod,
    kind: row.kind,
    amount: row.amount,
    currency: row.currency,
    ...(converted ? { converted } : {}),
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
  states: readonly Omit<BatchSum, 'batch'>[],
): BatchAnswer {
  const converted = convertedOf({ converted: states[0]?.converted ?? null })
  const paid = states.reduce((sum, state) => sum + (state.paid ?? 0), 0)
  return {
    id: row.id,
    method: row.method as PayoutMethod,
    kind: row.kind,
    currency: row.currency,
    period: row.period,
    status: row.status,
    amount: states.reduce((sum, { amount }) => sum + amount, 0),
    ...(converted ? { converted: { ...converted, amount: paid } } : {}),
    count: states.reduce((sum, { count }) => sum + count, 0),
    states: states.map(({ status, count, amount }) => ({ status, count, amount })),
    createdBy: row.actor,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
