/** What is due in a program by the naive reading of docs/rewards-rules.md, from what was told and the reviews alone. */
import type {
  CustomerFacts,
  DueInput,
  Order,
  PaidSale,
  RefundRecord,
  RewardReviews,
  Terms,
  TermsVersion,
} from '@sentby/domain'
import { summariseSale } from '@sentby/domain'
import { dueNaively } from '../../../../packages/domain/test/rewards/reference/due-naively.ts'
import type { NaiveReward } from '../../../../packages/domain/test/rewards/reference/price-naively.ts'
import type { Books, Fact } from './money-program.ts'
import { GROUPS } from './money-setup.ts'
import type { Telling } from './tell-money.ts'

/** What is due to each partner, by trigger key. */
export function dueIn({ program, story, deeds, nowMs }: Telling, books: Books) {
  const facts = factsOf(deeds.flatMap((deed) => (deed.do === 'facts' ? deed.facts : [])))
  const orders = ordersOf(facts)
  return {
    orders,
    rewards: program.partners.map((partner, place) => {
      const customers = books.credits
        .filter((credit) => credit.partner === partner)
        .map((credit) => customerFacts(credit, facts, orders))
      const due = dueNaively({
        asOf: new Date(nowMs).toISOString(),
        program: { zone: story.zone, cutover: null, terms: termsOf({ story, deeds }) },
        partner: { partner, ...changesOf({ deeds }, place) },
        customers,
        reviews: reviewsOf(books, partner),
        taken: takenFrom(books, partner),
      })
      return new Map<string, NaiveReward>(due.rewards.map((one) => [one.key, one]))
    }),
  }
}

/** Each event once. */
function factsOf(told: readonly Fact[]): Fact[] {
  const byId = new Map(told.map((fact) => [`${fact.isOpen} ${fact.event.id}`, fact]))
  return [...byId.values()]
}

function ordersOf(facts: readonly Fact[]): Map<string, Order> {
  const sales = new Map<string, PaidSale[]>()
  const refunds = new Map<string, RefundRecord[]>()
  for (const { event } of facts) {
    if (event.type === 'sale') {
      const { id, at, customer, order, amount, currency, tax, fee } = event
      const { product, plan, subscription, period } = event
      const named = { id, at, customer, order, product, plan, subscription, period }
      const paid = { amountMinor: amount, currency, taxMinor: tax, feeMinor: fee }
      sales.set(order, [...(sales.get(order) ?? []), { ...named, ...paid }])
    } else if (event.type === 'refund') {
      const { id, at, refund, order, amount, status = 'made' } = event
      const record: RefundRecord = { id, at, refund, status }
      if (amount !== undefined) record.amountMinor = amount
      refunds.set(order, [...(refunds.get(order) ?? []), record])
    }
  }
  const orders = new Map<string, Order>()
  for (const [order, own] of sales) {
    const summary = summariseSale(own, refunds.get(order) ?? [])
    if (summary) orders.set(order, summary)
  }
  return orders
}

function customerFacts(
  { customer, provisional }: Books['credits'][number],
  facts: readonly Fact[],
  orders: ReadonlyMap<string, Order>,
): CustomerFacts {
  const own = facts.filter(({ event }) => 'customer' in event && event.customer === customer)
  const signups = own
    .filter(({ event }) => event.type === 'signup')
    .map(({ event, isOpen }) => ({ at: event.at, id: event.id, trusted: !isOpen }))
    .sort((a, b) => Number(b.trusted) - Number(a.trusted) || (a.at + a.id < b.at + b.id ? -1 : 1))
  const [first] = signups
  return {
    customer,
    orders: [...orders.values()].filter(({ sale }) => sale.customer === customer),
    cancels: own.flatMap(({ event }) =>
      event.type === 'cancel' ? [{ at: event.at, subscription: event.subscription }] : [],
    ),
    signup: first ? { at: first.at, trusted: first.trusted } : null,
    provisional: provisional as CustomerFacts['provisional'],
  }
}

function termsOf({ story, deeds }: Pick<Telling, 'story' | 'deeds'>) {
  const terms = new Map<string, TermsVersion[]>()
  const put = (group: string, from: string | null, own: object) => {
    const versions = terms.get(group) ?? []
    const version = versions.length + 1
    terms.set(group, [...versions, { version, hash: '', from, terms: own as Terms }])
  }
  for (const [n, group] of GROUPS.entries()) put(group, null, story.terms[n] ?? {})
  for (const deed of deeds) {
    if (deed.do !== 'terms') continue
    const { from = new Date(deed.nowMs).toISOString(), ...own } = deed.terms
    put(deed.group, from, own)
  }
  return terms
}

function changesOf(
  { deeds }: Pick<Telling, 'deeds'>,
  place: number,
): Pick<DueInput['partner'], 'statuses' | 'groups'> {
  const statuses: { from: string | null; status: 'active' | 'inactive' }[] = [
    { from: null, status: 'active' },
  ]
  const groups: { from: string | null; group: string }[] = [
    { from: null, group: GROUPS[place] ?? '' },
  ]
  for (const deed of deeds) {
    if (deed.do !== 'change' || deed.partner !== place) continue
    const from = new Date(deed.nowMs).toISOString()
    const { status, group } = deed.change
    if (status !== undefined) statuses.push({ from, status })
    if (group !== undefined) groups.push({ from, group })
  }
  return { statuses, groups }
}

/** What reviewers decided about the rewards of one partner; reviews are facts of their own. */
function reviewsOf({ rewards, reviews }: Books, partner: string): Map<string, RewardReviews> {
  const all = new Map<string, RewardReviews>()
  for (const row of rewards) {
    if (row.reverses !== null || row.partner_id !== partner) continue
    const own = reviews.filter(({ reward_id }) => reward_id === row.id)
    const approved = own.find(({ status }) => status === 'approved')
    all.set(row.trigger_key, {
      history: own.map(({ at, status }) => ({ at, status })),
      reviewed: approved
        ? { amountMinor: approved.amount, currency: row.currency, kind: row.kind }
        : null,
    })
  }
  return all
}

/** Triggers that another partner's reviewed reward holds: it is not fully reversed (RULES M3). */
function takenFrom({ rewards }: Books, partner: string): Set<string> {
  const taken = new Set<string>()
  for (const row of rewards) {
    const isReviewed = ['approved', 'scheduled', 'settled'].includes(row.status)
    if (row.reverses !== null || row.partner_id === partner || !isReviewed) continue
    const sums = new Map<string, number>()
    for (const one of rewards) {
      if (one.id !== row.id && one.reverses !== row.id) continue
      const unit = `${one.currency} ${one.kind}`
      sums.set(unit, (sums.get(unit) ?? 0) + one.amount)
    }
    if ([...sums.values()].some((sum) => sum !== 0)) taken.add(row.trigger_key)
  }
  return taken
}
