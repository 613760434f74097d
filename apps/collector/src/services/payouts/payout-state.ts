/** The states of a payout: a graph without a circle, so that nothing is paid twice (reliability M6). */
import type { PayoutStatus } from '@sentby/store'

/** `failed` and `returned` are the end: the rewards go into another payout. What was paid can still come back. */
const NEXT: Readonly<Record<PayoutStatus, readonly PayoutStatus[]>> = {
  ready: ['submitted', 'unknown', 'paid', 'failed', 'returned'],
  submitted: ['unknown', 'paid', 'failed', 'returned'],
  unknown: ['paid', 'failed', 'returned'],
  paid: ['returned'],
  failed: [],
  returned: [],
}

export function canBecome(from: PayoutStatus, to: PayoutStatus): boolean {
  return NEXT[from].includes(to)
}

/** Whether its money is neither paid nor given back. */
export function isOpen(status: PayoutStatus): boolean {
  return status === 'ready' || status === 'submitted' || status === 'unknown'
}

/** How a batch stands: as that of its payouts which needs a person most. */
export function batchStatus(statuses: Iterable<PayoutStatus>): PayoutStatus {
  const found = new Set(statuses)
  const order: PayoutStatus[] = ['unknown', 'ready', 'submitted', 'paid', 'returned', 'failed']
  return order.find((status) => found.has(status)) ?? 'ready'
}
