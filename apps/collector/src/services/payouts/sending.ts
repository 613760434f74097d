/**
 * How a batch is sent over a provider's API, and what is known of it. Each call that may pay is written down before it
 * begins and struck off only when the provider says that it took nothing: then, and when the database is asked again
 * after a crash, nothing that may have been paid is taken for unpaid (reliability M6).
 */
import {
  type PayoutBatchRow,
  type PayoutRow,
  type PayoutSendingRow,
  type PayoutStatus,
  sendingOf,
} from '@sentby/store'
import type { Logger } from 'pino'
import type { PaymentBatch } from '../../adapters/payouts/provider.ts'
import type { Metrics } from '../../metrics.ts'
import type { ProgramConfig } from '../program-config.ts'
import { Refusal } from '../refusal.ts'
import type { SettleDeps } from '../rewards/in-locks.ts'
import type { LockedBatch } from './change-payouts.ts'
import { paymentOf } from './payment-of.ts'
import type { Providers } from './providers.ts'

export interface SendDeps extends SettleDeps {
  providers: Providers
  log: Logger
  /** Absent in commands. */
  metrics?: Pick<Metrics, 'payouts'>
}

/** A call that takes longer than this was begun by a collector that is dead. */
export const CALL_MS = 5 * 60_000

const MINUTE_MS = 60_000
/** Waits between looks while payouts have no end; the last one again and again. */
const WAITS_MS = [1, 2, 5, 15, 60, 360].map((minutes) => minutes * MINUTE_MS)
const DAY_MS = 24 * 60 * MINUTE_MS
/** Payments come back for so long: PayPal gives unclaimed ones back after 30 days, refunds may be later. */
const WATCH_MS = 60 * DAY_MS

/** Sent, and nobody knows the end. */
export function isUnderWay(status: PayoutStatus): boolean {
  return status === 'submitted' || status === 'unknown'
}

/** What a provider is asked about these payouts. */
export function toPaymentBatch(
  program: ProgramConfig,
  batch: PayoutBatchRow,
  sending: Pick<PayoutSendingRow, 'first_at' | 'hint'>,
  payouts: readonly PayoutRow[],
): PaymentBatch {
  return {
    key: batch.provider_key,
    providerId: batch.provider_id,
    hint: sending.hint,
    firstSentAt: sending.first_at,
    note: `${program.row.name}: partner payout`,
    payments: payouts.map(paymentOf),
  }
}

/** When to ask next, by how the payouts stand; `null`: there is nothing more to learn. */
export function nextLook(
  sending: Pick<PayoutSendingRow, 'first_at' | 'tries'>,
  statuses: readonly PayoutStatus[],
  nowMs: number,
): string | null {
  if (statuses.some(isUnderWay)) {
    const wait = WAITS_MS[Math.min(sending.tries, WAITS_MS.length - 1)] ?? DAY_MS
    return new Date(nowMs + wait).toISOString()
  }
  const isOver = nowMs > Date.parse(sending.first_at) + WATCH_MS
  if (isOver || !statuses.includes('paid')) return null
  return new Date(nowMs + DAY_MS).toISOString()
}

/**
 * What people say of a batch waits while a provider is being asked to pay it: else what is given back here could be paid
 * there.
 *
 * @throws Refusal `in_progress`.
 */
export async function refuseDuringCall({ tx, program, batch, now }: LockedBatch): Promise<void> {
  const sending = await sendingOf(tx.db, program.row.id, batch.id)
  if (sending?.calling_until && sending.calling_until > now) {
    throw new Refusal('in_progress', {
      detail: 'the provider is being asked about this batch',
      retryAfterSeconds: 5,
    })
  }
}
