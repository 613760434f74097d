/** Holds a program's books against what is due by the naive reading (RULES M1; docs/rewards-rules.md, section 8). */
import type { Order } from '@sentby/domain'
import type { ProposalRow, RewardRow } from '@sentby/store'
import type { NaiveReward } from '../../../../packages/domain/test/rewards/reference/price-naively.ts'
import type { Books } from './money-program.ts'
import { dueIn } from './naive-due.ts'
import type { Telling } from './tell-money.ts'

/** Sums by currency and kind; none is 0. */
type Sums = Map<string, number>

/** What is wrong in the books, in words; empty unless something is broken. */
export function faultsIn(telling: Telling, books: Books): string[] {
  const { orders, rewards: due } = dueIn(telling, books)
  const faults = [...books.unbalanced, ...payoutFaults(books)]
  for (const [place, partner] of telling.program.partners.entries()) {
    const own = books.rewards.filter(({ partner_id }) => partner_id === partner)
    const expected = due[place] ?? new Map<string, NaiveReward>()
    const keys = new Set([...own.map((row) => row.trigger_key), ...expected.keys()])
    for (const key of keys) {
      const rows = own.filter((row) => row.trigger_key === key)
      const said = faultsOf(rows, expected.get(key), books, orders)
      faults.push(...said.map((fault) => `${place} ${key}: ${fault}`))
    }
  }
  return faults
}

function faultsOf(
  rows: readonly RewardRow[],
  due: NaiveReward | undefined,
  books: Books,
  orders: ReadonlyMap<string, Order>,
): string[] {
  const main = rows.find(({ reverses }) => reverses === null)
  if (!main) return due ? ['is due and not there'] : []
  const proposal = books.proposals.find(({ reward_id }) => reward_id === main.id)
  const posted = sumsOf(rows.filter(({ status }) => status !== 'declined'))
  const isReviewed = ['approved', 'scheduled', 'settled'].includes(main.status)
  const faults = isReviewed
    ? reviewedFaults(main, rows, due, orders)
    : unreviewedFaults(main, rows, due)
  const net = new Map(posted)
  for (const [unit, amount] of changesOf(proposal)) add(net, unit, amount)
  if (isReviewed && isRefused(main, due)) {
    if (proposal) faults.push('was refused and is proposed again')
  } else {
    const isDeclined = main.review_status === 'declined'
    const target = !due || isDeclined ? new Map() : sumsOf([dueNet(due)])
    differ(faults, 'posted + proposed', target, net)
  }
  if (!isReviewed && proposal) faults.push('is proposed and not reviewed')
  return [...faults, ...boundFaults(rows)]
}

/** Nobody reviewed it: it is what is due. */
function unreviewedFaults(
  main: RewardRow,
  rows: readonly RewardRow[],
  due: NaiveReward | undefined,
): string[] {
  const faults: string[] = []
  const say = (what: string, expected: unknown, found: unknown) => {
    if (String(expected) !== String(found)) faults.push(`${what} is ${found}, not ${expected}`)
  }
  if (main.review_status === 'declined' || !due) {
    say('status', 'declined', main.status)
    return faults
  }
  say('amount', due.amount, main.amount)
  say('unit', `${due.currency} ${due.kind}`, `${main.currency} ${main.kind}`)
  say('earned at', due.at, main.earned_at)
  say('hold', due.holdUntil, main.hold_until)
  const status = due.status === 'new' ? 'new' : 'on_hold'
  say('status', main.review_status === 'on_hold' ? 'on_hold' : status, main.status)
  if (main.review_status !== 'on_hold') {
    say('reason', status === 'new' ? null : due.status, main.reason)
  }
  const reversed = rows.filter(({ entry }) => entry === 'reversal')
  const standing = reversed.filter((row) => `${row.currency} ${row.kind}` === unitOf(main))
  say('reversed', due.reversed, -standing.reduce((sum, { amount }) => sum + amount, 0))
  return faults
}

/** It stays as it was reviewed, and refunds take their part of what stands. */
function reviewedFaults(
  main: RewardRow,
  rows: readonly RewardRow[],
  _due: NaiveReward | undefined,
  orders: ReadonlyMap<string, Order>,
): string[] {
  const faults: string[] = []
  const stands = standing(main)
  const corrected: Sums = new Map()
  if (main.agreed !== null) {
    add(corrected, unitOf(main), -main.amount)
    add(corrected, unitOf(stands), stands.amount)
  }
  const entries = (entry: RewardRow['entry']) => sumsOf(rows.filter((row) => row.entry === entry))
  differ(faults, 'corrections', corrected, entries('correction'))
  const reversed = reversedOf(main.trigger_key, stands, orders)
  const target: Sums = new Map()
  add(target, unitOf(stands), -reversed)
  differ(faults, 'reversals', target, entries('reversal'))
  return faults
}

interface Standing {
  amount: number
  currency: string
  kind: string
  numerator: bigint
  denominator: bigint
  orders: string[]
}

function standing({ agreed, amount, currency, kind, exact, orders }: RewardRow): Standing {
  if (agreed === null) {
    const [numerator = '0', denominator = '1'] = exact.split('/')
    const value = { numerator: BigInt(numerator), denominator: BigInt(denominator) }
    return { amount, currency, kind, ...value, orders: JSON.parse(orders) as string[] }
  }
  const worth = JSON.parse(agreed) as {
    amountMinor: number
    value: { numerator: string; denominator: string }
    currency: string
    kind: string
    orders: string[]
  }
  return {
    ...{ amount: worth.amountMinor, currency: worth.currency, kind: worth.kind },
    numerator: BigInt(worth.value.numerator),
    denominator: BigInt(worth.value.denominator),
    orders: worth.orders,
  }
}

/** Exact value × refunded ÷ paid, rounded half up; of a qualification all, with any of its periods. */
function reversedOf(key: string, of: Standing, orders: ReadonlyMap<string, Order>): number {
  const known = of.orders.flatMap((order) => orders.get(order) ?? [])
  const isAll = known.some(
    ({ sale, refundedMinor }) => sale.amountMinor > 0 && refundedMinor === sale.amountMinor,
  )
  if (!key.startsWith('sale:')) return isAll ? of.amount : 0
  const [order] = known
  if (!order || order.sale.amountMinor === 0) return 0
  const above = of.numerator * BigInt(order.refundedMinor)
  const below = of.denominator * BigInt(order.sale.amountMinor)
  return Number((2n * above + below) / (2n * below))
}

/** A refusal holds as long as the same is due. */
function isRefused({ refused }: RewardRow, due: NaiveReward | undefined): boolean {
  if (refused === null) return false
  if (!due) return refused === 'nothing'
  const [value = '', currency, kind] = refused.split(' ')
  if (currency !== due.currency || kind !== due.kind) return false
  const [above = '0', below = '1'] = value.split('/')
  return BigInt(above) * 10_000n === due.exact * BigInt(below)
}

/** Reversals sum up to at least nothing and at most the reward with its corrections, in each unit. */
function boundFaults(rows: readonly RewardRow[]): string[] {
  const reversed = sumsOf(rows.filter(({ entry }) => entry === 'reversal'))
  const earned = sumsOf(rows.filter(({ entry }) => entry !== 'reversal'))
  return [...reversed].flatMap(([unit, amount]) => {
    if (amount > 0) return [`more than nothing is given back in ${unit}`]
    return -amount > (earned.get(unit) ?? 0) ? [`more is reversed than was earned in ${unit}`] : []
  })
}

/** What is paid is settled, what is under way is reserved, nothing else is; none is for nothing. */
function payoutFaults({ payouts, balances }: Books): string[] {
  const faults: string[] = []
  const open = ['ready', 'submitted', 'unknown']
  const inState = (states: string[]) => {
    const sums: Sums = new Map()
    for (const { partner_id, kind, currency, amount, status } of payouts) {
      if (states.includes(status)) add(sums, `${partner_id} ${currency} ${kind}`, amount)
    }
    return sums
  }
  const inAccount = (named: string) => {
    const sums: Sums = new Map()
    for (const { partner, kind, currency, account, amount } of balances) {
      if (account === named) add(sums, `${partner} ${currency} ${kind}`, amount)
    }
    return sums
  }
  differ(faults, 'settled', inState(['paid']), inAccount('settled'))
  differ(faults, 'reserved', inState(open), inAccount('reserved'))
  if (payouts.some(({ amount }) => amount <= 0)) faults.push('a payout of nothing')
  return faults
}

function dueNet({ amount, reversed, currency, kind }: NaiveReward) {
  return { amount: Number(amount - reversed), currency, kind }
}

function changesOf(proposal: ProposalRow | undefined): Sums {
  if (!proposal) return new Map()
  return sumsOf(
    JSON.parse(proposal.changes) as { amount: number; currency: string; kind: string }[],
  )
}

function sumsOf(lines: readonly { amount: number; currency: string; kind: string }[]): Sums {
  const sums: Sums = new Map()
  for (const line of lines) add(sums, unitOf(line), line.amount)
  return sums
}

function add(sums: Sums, unit: string, amount: number): void {
  const sum = (sums.get(unit) ?? 0) + amount
  if (sum === 0) sums.delete(unit)
  else sums.set(unit, sum)
}

function unitOf({ currency, kind }: { currency: string; kind: string }): string {
  return `${currency} ${kind}`
}

function differ(faults: string[], what: string, expected: Sums, found: Sums): void {
  const text = (sums: Sums) =>
    [...sums]
      .map(([unit, sum]) => `${sum} ${unit}`)
      .sort()
      .join()
  if (text(expected) === text(found)) return
  faults.push(`${what}: ${text(found) || 'nothing'}, not ${text(expected) || 'nothing'}`)
}
