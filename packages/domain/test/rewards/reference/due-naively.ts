/**
 * docs/rewards-rules.md, sections 1 and 2, in its plainest form (the others: price-naively.ts, qualify-naively.ts). Slow on purpose: the product's `dueOf` is held against it, so
 * nothing here is clever and nothing is shared with it but the types.
 */
import type { CustomerFacts, DueInput, Order } from '../../../src/index.ts'
import { localDate, monthsOn, startOf } from './calendar-naively.ts'
import {
  bytes,
  capNaively,
  inOrderOfEarning,
  type NaiveReward,
  type NaiveTrigger,
  priceNaively,
} from './price-naively.ts'
import { qualifyNaively } from './qualify-naively.ts'

export interface NaiveDue {
  rewards: NaiveReward[]
  expected: NaiveReward[]
  /** Reasons by trigger key. */
  reasons: Map<string, string>
}

export function dueNaively(input: DueInput): NaiveDue {
  const reasons = new Map<string, string>()
  const triggers: NaiveTrigger[] = []
  for (const customer of input.customers) {
    const sales = customer.orders.map((order) => saleNaively(input, customer, order))
    const signups = customer.signup ? [signupNaively(input, customer, customer.signup)] : []
    for (const { key, outcome } of [...sales, ...signups]) {
      if (typeof outcome === 'string') reasons.set(key, outcome)
      else triggers.push(outcome)
    }
  }
  const priced = triggers.map((trigger) => priceNaively(input, triggers, trigger))
  const worth = priced.filter((one) => {
    if (one.amount > 0n) return true
    reasons.set(one.key, 'zero_amount')
    return false
  })
  const due = worth.filter((one) => one.isDue).sort(inOrderOfEarning)
  capNaively(input, due)
  for (const one of due) if (one.amount === 0n) reasons.set(one.key, 'capped')
  return {
    rewards: due.filter((one) => one.amount > 0n),
    expected: worth.filter((one) => !one.isDue),
    reasons,
  }
}

// 1 and 2. Triggers

function latest<T extends { from: string | null }>(entries: readonly T[], at: string) {
  const begun = entries.filter(({ from }) => from === null || from <= at)
  const from = begun
    .map((entry) => entry.from ?? '')
    .sort()
    .at(-1)
  return begun.filter((entry) => (entry.from ?? '') === from).at(-1)
}

function termsNaively({ partner, program }: DueInput, at: string) {
  const group = latest(partner.groups, at)?.group ?? ''
  const version = latest(program.terms.get(group) ?? [], at)
  return version && { ...version, group }
}

function isActive({ partner }: DueInput, at: string): boolean {
  return latest(partner.statuses, at)?.status === 'active'
}

/** The time and order of the first payment; the order is empty for one to the former system. */
function firstPayment(customer: CustomerFacts): [string, string] | undefined {
  const paid = customer.orders
    .filter(({ sale }) => sale.amountMinor > 0)
    .map(({ sale }): [string, string] => [sale.at, sale.order])
  const first = paid.sort((a, b) => bytes(a[0], b[0]) || bytes(a[1], b[1]))[0]
  const imported = customer.importedFirstPaymentAt
  return imported !== undefined && !(first && first[0] <= imported) ? [imported, ''] : first
}

function saleNaively(input: DueInput, customer: CustomerFacts, order: Order) {
  const { sale } = order
  const terms = termsNaively(input, sale.at)
  const first = firstPayment(customer)
  const isFirst = first?.[1] === sale.order
  const rule = isFirst ? terms?.terms.qualification : undefined
  const key = rule ? `qualification:${customer.customer}` : `sale:${sale.order}`
  const outcome = (): string | NaiveTrigger => {
    const { cutover } = input.program
    if (cutover !== null && sale.at < cutover) return 'payable_elsewhere'
    if (sale.amountMinor === 0) return 'zero_amount'
    const named = { key, customer, moment: sale.at, sale: order }
    if (rule && terms) {
      const found = qualifyNaively(customer, terms.terms, input)
      if (found === 'cancelled') return 'cancelled_before_qualification'
      const { isEarned: isDue, at, orders } = found
      if (isDue && at !== null && !isActive(input, at)) return 'partner_inactive'
      return { ...named, at, isDue, terms, orders, sale: orders[0] ?? order }
    }
    if (!isActive(input, sale.at)) return 'partner_inactive'
    if (!terms || terms.terms.trigger === 'signup') return 'no_terms'
    if (terms.terms.trigger === 'qualification') {
      return first && termsNaively(input, first[0])?.terms.qualification ? 'term_ended' : 'no_terms'
    }
    if (terms.terms.trigger === 'first_sale' && !isFirst) return 'term_ended'
    const { duration } = terms.terms
    if (duration === 'once' && !isFirst) return 'term_ended'
    if (typeof duration === 'object') {
      const { zone } = input.program
      const end = startOf(monthsOn(localDate(first?.[0] ?? '', zone), duration.months), zone)
      if (!(sale.at < end)) return 'term_ended'
    }
    const ending = customer.cancels.filter(
      (cancel) =>
        cancel.at < sale.at &&
        (cancel.subscription === undefined || cancel.subscription === sale.subscription),
    )
    if (ending.length > 0 && terms.terms.afterCancel !== 'resumes') return 'term_ended'
    return { ...named, at: sale.at, isDue: sale.at <= input.asOf, terms, orders: [order] }
  }
  return { key, outcome: outcome() }
}

function signupNaively(
  input: DueInput,
  customer: CustomerFacts,
  { at, trusted }: { at: string; trusted: boolean },
) {
  const key = `signup:${customer.customer}`
  const terms = termsNaively(input, at)
  const outcome = (): string | NaiveTrigger => {
    const { cutover } = input.program
    if (cutover !== null && at < cutover) return 'payable_elsewhere'
    if (!isActive(input, at)) return 'partner_inactive'
    if (terms?.terms.trigger !== 'signup') return 'no_terms'
    if (!trusted) return 'unverified'
    return { key, customer, moment: at, at, isDue: at <= input.asOf, terms, orders: [], sale: null }
  }
  return { key, outcome: outcome() }
}
