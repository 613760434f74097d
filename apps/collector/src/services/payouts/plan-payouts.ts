/** Which approved balances are paid now, and why the others wait. */
import type { ClosedAnswer, PayoutMethod, PayoutsInput, WaitingReason } from '@sentby/contract'
import { inForce } from '@sentby/domain'
import type { BalanceRow, RewardKind } from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { type Destination, destinationOf, ownMinimum } from './destination.ts'

/** One partner's whole balance of one kind and currency. */
export interface PlannedPayout {
  partner: string
  method: PayoutMethod
  kind: RewardKind
  currency: string
  amount: number
  destination: Record<string, string>
}

/** Payouts of one method, kind and currency. */
export interface PlannedBatch {
  method: PayoutMethod
  kind: RewardKind
  currency: string
  payouts: PlannedPayout[]
}

export interface Plan {
  batches: PlannedBatch[]
  waiting: ClosedAnswer['waiting']
  /** Payouts that went over {@link PAYOUTS_OF_BATCH}. */
  left: number
}

/** What Wise takes in one file; PayPal takes 5,000. */
const PAYOUTS_OF_BATCH = 1000
const WAITING_TOLD = 1000

/**
 * Plans payouts of whole balances. Balances of different currencies never mix (RULES M13), and nothing is paid from a
 * balance that is not above 0.
 *
 * @param balances approved ones.
 * @param now for the terms in force, whose `minimumPayout` is the least that is paid at once in its currency.
 */
export function planPayouts(
  program: ProgramConfig,
  balances: readonly BalanceRow[],
  asked: Pick<PayoutsInput, 'method'>,
  now: string,
): Plan {
  const batches = new Map<string, PlannedBatch>()
  const plan: Plan = { batches: [], waiting: [], left: 0 }
  for (const balance of balances) {
    const { partner_id: partner, kind, currency, amount } = balance
    const { to, reason } = planOne(program, balance, now)
    if (asked.method !== undefined && asked.method !== to?.method) continue
    if (reason !== null) {
      if (plan.waiting.length < WAITING_TOLD) {
        plan.waiting.push({ partner, kind, currency, amount, reason })
      }
      continue
    }
    const { method, details: destination } = to
    const key = `${method} ${kind} ${currency}`
    const batch = batches.get(key) ?? { method, kind, currency, payouts: [] }
    batches.set(key, batch)
    if (batch.payouts.length >= PAYOUTS_OF_BATCH) plan.left++
    else batch.payouts.push({ partner, method, kind, currency, amount, destination })
  }
  plan.batches = [...batches.values()]
  return plan
}

/** Where a balance is paid to, as far as that is known, and why not now. */
type Planned = { to: Destination; reason: null } | { to: Destination | null; reason: WaitingReason }

function planOne(
  program: ProgramConfig,
  { partner_id, kind, currency, amount }: BalanceRow,
  now: string,
): Planned {
  if (amount <= 0) return { to: null, reason: 'in_debt' }
  const partner = program.partners.get(partner_id)
  const to = partner ? destinationOf(partner, kind) : 'no_payout_method'
  if (typeof to === 'string') return { to: null, reason: to }
  const isUnder = amount < minimumOf(program, partner_id, currency, now)
  return isUnder ? { to, reason: 'under_minimum' } : { to, reason: null }
}

/** The least that a partner is paid at once in a currency: its own minimum, else that of its group's terms, else 1. */
function minimumOf(
  program: ProgramConfig,
  partnerId: string,
  currency: string,
  now: string,
): number {
  const partner = program.partners.get(partnerId)
  if (!partner) return 1
  const own = ownMinimum(partner, program.row.currency)
  if (own?.currency === currency) return Math.max(1, own.amount)
  const terms = inForce(program.terms.get(groupOf(program, partnerId, now)) ?? [], now)?.terms
  const least = terms?.minimumPayout
  return least?.currency === currency ? Math.max(1, least.amount) : 1
}

/** The group that a partner is in at a moment: what was dated ahead has come by then. */
function groupOf(program: ProgramConfig, partnerId: string, now: string): string {
  const changes = (program.changes.get(partnerId) ?? [])
    .filter(({ field }) => field === 'group')
    .map(({ from_at: from, value }) => ({ from, value }))
  return inForce(changes, now)?.value ?? program.partners.get(partnerId)?.group_id ?? ''
}
