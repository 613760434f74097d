/** Which approved balances are paid now, and why the others wait. */
import type {
  ClosedAnswer,
  Converted,
  PayoutMethod,
  PayoutsInput,
  WaitingReason,
} from '@sentby/contract'
import { inForce } from '@sentby/domain'
import type { BalanceRow, RewardKind, UnpublishedBalance } from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { groupAt } from '../rewards/load-scene.ts'
import { convert } from './convert.ts'
import { type Destination, destinationOf, ownMinimum, wantedCurrency } from './destination.ts'

/** What partners have, and how much of it they may not see yet. */
export interface Payable {
  approved: readonly BalanceRow[]
  /** Several of one balance are summed. */
  unpublished: readonly UnpublishedBalance[]
  /** Account credit goes into customer balances at Stripe. */
  isStripe?: boolean
}

/** What is published of one partner's balance of one kind and currency. */
export interface PlannedPayout {
  partner: string
  method: PayoutMethod
  kind: RewardKind
  currency: string
  amount: number
  converted?: Converted
  destination: Record<string, string>
  /** What stays behind; absent: nothing. */
  unpublished?: number
}

/** Payouts of one method, kind and currency, all converted at one rate or none. */
export interface PlannedBatch {
  method: PayoutMethod
  kind: RewardKind
  currency: string
  payouts: PlannedPayout[]
}

export interface Plan {
  batches: PlannedBatch[]
  waiting: ClosedAnswer['waiting']
  /** Payouts that went over {@link PAYOUTS_OF_BATCH}, or over what a sum can be. */
  left: number
}

/** What Wise takes in one file; PayPal takes 5,000. */
const PAYOUTS_OF_BATCH = 1000
const WAITING_TOLD = 1000

/**
 * Plans payouts of whole balances, less what the partner may not see yet. Balances of different currencies never mix
 * (RULES M13), and nothing is paid from a balance that is not above 0.
 *
 * @param asked its `convert` says what is paid in another currency; minimums are those of the currency that was earned.
 * @param now for the terms in force, whose `minimumPayout` is the least that is paid at once in its currency.
 * @throws Refusal `invalid_request` where a rate makes too large an amount.
 */
export function planPayouts(
  program: ProgramConfig,
  { approved, unpublished, isStripe = false }: Payable,
  asked: Pick<PayoutsInput, 'method' | 'convert'>,
  now: string,
): Plan {
  const hidden = new Map<string, number>()
  for (const row of unpublished) {
    hidden.set(keyOf(row), (hidden.get(keyOf(row)) ?? 0) + row.amount)
  }
  const batches = new Map<string, PlannedBatch>()
  const plan: Plan = { batches: [], waiting: [], left: 0 }
  for (const balance of approved) {
    const { partner_id: partner, kind, currency, amount } = balance
    const held = hidden.get(keyOf(balance)) ?? 0
    const stays = held === 0 ? {} : { unpublished: held }
    const { to, reason, converted } = planOne(
      program,
      balance,
      amount - held,
      { ...asked, isStripe },
      now,
    )
    if (asked.method !== undefined && asked.method !== to?.method) continue
    if (reason !== null) {
      if (plan.waiting.length < WAITING_TOLD) {
        plan.waiting.push({ partner, kind, currency, amount, ...stays, reason })
      }
      continue
    }
    const { method, details: destination } = to
    const key = `${method} ${kind} ${currency} ${converted?.currency}`
    const batch = batches.get(key) ?? { method, kind, currency, payouts: [] }
    batches.set(key, batch)
    const paid = converted ? { converted } : {}
    const payout = { partner, method, kind, currency, amount: amount - held, ...paid }
    if (hasRoom(batch, payout)) batch.payouts.push({ ...payout, destination, ...stays })
    else plan.left++
  }
  plan.batches = [...batches.values()]
  return plan
}

/** What a batch adds up to is a number that holds it exactly, in both currencies. */
function hasRoom(
  { payouts }: PlannedBatch,
  next: Pick<PlannedPayout, 'amount' | 'converted'>,
): boolean {
  if (payouts.length >= PAYOUTS_OF_BATCH) return false
  let { amount, converted: { amount: paid } = { amount: 0 } } = next
  for (const payout of payouts) {
    amount += payout.amount
    paid += payout.converted?.amount ?? 0
  }
  return Number.isSafeInteger(amount) && Number.isSafeInteger(paid)
}

function keyOf({ partner_id, kind, currency }: UnpublishedBalance): string {
  return `${partner_id} ${kind} ${currency}`
}

/** Where a balance is paid to, as far as that is known, and why not now. */
type Planned =
  | { to: Destination; reason: null; converted: Converted | null }
  | { to: Destination | null; reason: WaitingReason; converted?: undefined }

/** @param amount what is published of the balance. */
function planOne(
  program: ProgramConfig,
  { partner_id, kind, currency, amount: whole }: BalanceRow,
  amount: number,
  { convert: conversion, isStripe }: Pick<PayoutsInput, 'convert'> & { isStripe: boolean },
  now: string,
): Planned {
  if (whole <= 0) return { to: null, reason: 'in_debt' }
  const partner = program.partners.get(partner_id)
  if (!partner) return { to: null, reason: 'no_payout_method' }
  const found = destinationOf(partner, kind, isStripe)
  const to = typeof found === 'string' ? null : found
  if (amount <= 0) return { to, reason: 'unpublished' }
  if (typeof found === 'string') return { to: null, reason: found }
  if (amount < minimumOf(program, partner_id, currency, now)) {
    return { to: found, reason: 'under_minimum' }
  }
  if (!conversion) return { to: found, reason: null, converted: null }
  const converted = convert(amount, currency, conversion, wantedCurrency(partner))
  // Nothing can be paid that is less than half a minor unit.
  if (converted?.amount === 0) return { to: found, reason: 'under_minimum' }
  return { to: found, reason: null, converted }
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
  const terms = inForce(program.terms.get(groupAt(program, partnerId, now) ?? '') ?? [], now)?.terms
  const least = terms?.minimumPayout
  return least?.currency === currency ? Math.max(1, least.amount) : 1
}
