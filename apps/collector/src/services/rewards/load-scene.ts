/** Loads what some partners' rewards are made from, in a fixed number of queries a thousand customers. */
import type { CustomerFacts, Decision, Order, PartnerFacts, Provisional } from '@sentby/domain'
import { customersAreIndependent, inForce } from '@sentby/domain'
import {
  customersOfPartners,
  decisionsOfCustomers,
  type FactRow,
  factsOfOrders,
  moneyFactsOfCustomers,
  openProposals,
  partnersRewardedFor,
  type RewardRow,
  reviewsOfRewards,
  rewardsOfCustomers,
  rewardsOnOrders,
  type Store,
} from '@sentby/store'
import type { ProgramConfig } from '../program-config.ts'
import { type Book, toBooks } from './book.ts'
import { inPieces } from './in-pieces.ts'
import { toCustomerFacts, toOrders } from './money-facts.ts'

type Db = Store['db']

/** Whom a customer is credited to, or why to nobody. */
export interface Credit {
  partner: string | null
  why: 'no_credit' | 'self_referral'
  provisional: Provisional | null
}

/** Whose rewards are to be computed. */
export interface Scope {
  /** Whoever they are credited to, or were. */
  customers: readonly string[]
  /** All that these partners earn. */
  partners: readonly string[]
}

/** Who is concerned by a scope. */
export interface Concerned {
  credits: ReadonlyMap<string, Credit>
  /** By customer: credited now, or with a reward of it. */
  partnersOf: ReadonlyMap<string, ReadonlySet<string>>
  /** All of them. */
  partners: ReadonlySet<string>
}

/** Everything that is read to settle some rewards. */
export interface Scene {
  program: ProgramConfig
  asOf: string
  /** Whose rewards are computed. */
  customers: ReadonlySet<string>
  /** Partners that are computed as a whole. */
  whole: ReadonlySet<string>
  /** Partners whose rewards are computed. */
  partners: ReadonlySet<string>
  credits: ReadonlyMap<string, Credit>
  facts: ReadonlyMap<string, CustomerFacts>
  orders: ReadonlyMap<string, Order>
  books: Map<string, Book>
}

/** Partners that these customers are credited to now, or that have a reward of them; two queries. */
export async function concernedBy(
  db: Db,
  programId: string,
  customers: readonly string[],
): Promise<Concerned> {
  const credits = await loadCredits(db, programId, customers)
  const partnersOf = new Map(customers.map((customer) => [customer, new Set<string>()]))
  for (const [customer, { partner }] of credits) {
    if (partner !== null) partnersOf.get(customer)?.add(partner)
  }
  for (const { customer, partner_id } of await partnersRewardedFor(db, programId, customers)) {
    partnersOf.get(customer)?.add(partner_id)
  }
  return {
    credits,
    partnersOf,
    partners: new Set([...partnersOf.values()].flatMap((of) => [...of])),
  }
}

async function loadCredits(
  db: Db,
  programId: string,
  customers: readonly string[],
): Promise<Map<string, Credit>> {
  const credits = new Map<string, Credit>()
  const rows = await inPieces(customers, (piece) => decisionsOfCustomers(db, programId, piece))
  for (const row of rows) {
    const isOwn =
      row.partner_id === null &&
      (JSON.parse(row.decision) as Decision).candidates.some(
        ({ verdict }) => verdict === 'self_referral',
      )
    credits.set(row.id, {
      partner: row.partner_id,
      why: isOwn ? 'self_referral' : 'no_credit',
      provisional: row.provisional as Provisional | null,
    })
  }
  return credits
}

/** The partner as its terms see it; a partner that is not there is never active. */
export function partnerFacts(program: ProgramConfig, partner: string): PartnerFacts {
  const row = program.partners.get(partner)
  const changes = (program.changes.get(partner) ?? []).filter(({ field }) => field === 'group')
  const first = row ? [{ from: null, group: row.group_id }] : []
  return {
    partner,
    statuses: program.domain.partners.get(partner)?.statuses ?? [],
    groups:
      changes.length > 0
        ? changes.map(({ from_at, value }) => ({ from: from_at, group: value }))
        : first,
  }
}

/** The group that a partner is in at a moment: what was dated ahead has come by then. */
export function groupAt(program: ProgramConfig, partner: string, at: string): string | undefined {
  return inForce(partnerFacts(program, partner).groups, at)?.group
}

export function programFacts(program: ProgramConfig) {
  return { zone: program.row.timezone, cutover: null, terms: program.terms }
}

/** Whether a customer can earn the partner more or less because of another one: tiers, caps of all its customers. */
export function isWhole(program: ProgramConfig, partner: string): boolean {
  return !customersAreIndependent(partnerFacts(program, partner), programFacts(program))
}

/**
 * Loads a scene.
 *
 * @param customers whose rewards are asked for; those of the `whole` partners come too.
 */
export async function loadScene(
  db: Db,
  program: ProgramConfig,
  asked: {
    customers: readonly string[]
    whole: ReadonlySet<string>
    partners: ReadonlySet<string>
  },
  concerned: Concerned,
  now: string,
): Promise<Scene> {
  const { id } = program.row
  const { whole } = asked
  const of = await customersOfPartners(db, id, [...whole])
  const customers = new Set([...asked.customers, ...of])
  const more = [...customers].filter((customer) => !concerned.credits.has(customer))
  const credits = new Map([...concerned.credits, ...(await loadCredits(db, id, more))])
  const all = [...customers]
  const own = await inPieces(all, (piece) => moneyFactsOfCustomers(db, id, piece))
  const sold = new Set(own.flatMap((row) => (row.type === 'sale' ? (row.order_id ?? []) : [])))
  const rewards = uniqueRows([
    ...(await inPieces(all, (piece) => rewardsOfCustomers(db, id, piece))),
    ...(await inPieces([...sold], (piece) => rewardsOnOrders(db, id, piece))),
  ])
  for (const row of rewards) for (const order of restsOn(row)) sold.add(order)
  const orders = toOrders(await inPieces([...sold], (piece) => factsOfOrders(db, id, piece)))
  const mains = rewards.filter((row) => row.reverses === null).map((row) => row.id)
  const reviews = await inPieces(mains, (piece) => reviewsOfRewards(db, id, piece))
  const proposals = await inPieces(mains, (piece) => openProposals(db, id, piece))
  return {
    program,
    asOf: lastOf(now, own),
    customers,
    whole,
    partners: asked.partners,
    credits,
    facts: factsByCustomer(customers, own, orders, credits),
    orders,
    books: toBooks(id, rewards, reviews, proposals),
  }
}

/** The moment as of which is computed: what another collector's clock has seen is past. */
function lastOf(now: string, facts: readonly FactRow[]): string {
  let last = now
  for (const { at } of facts) if (at > last) last = at
  return last
}

function uniqueRows(rows: readonly RewardRow[]): RewardRow[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()]
}

/** The orders whose refunds matter to a reward. */
function restsOn({ orders, agreed }: RewardRow): string[] {
  const accepted = agreed === null ? [] : (JSON.parse(agreed) as { orders: string[] }).orders
  return [...(JSON.parse(orders) as string[]), ...accepted]
}

function factsByCustomer(
  customers: ReadonlySet<string>,
  own: readonly FactRow[],
  orders: ReadonlyMap<string, Order>,
  credits: ReadonlyMap<string, Credit>,
): Map<string, CustomerFacts> {
  const rowsOf = new Map<string, FactRow[]>()
  for (const row of own) append(rowsOf, row.customer ?? '', row)
  const ordersOf = new Map<string, Order[]>()
  for (const order of orders.values()) append(ordersOf, order.sale.customer, order)
  return new Map(
    [...customers].map((customer) => [
      customer,
      toCustomerFacts(
        customer,
        rowsOf.get(customer) ?? [],
        ordersOf.get(customer) ?? [],
        credits.get(customer)?.provisional ?? null,
      ),
    ]),
  )
}

function append<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
