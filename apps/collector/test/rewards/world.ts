/** What reward tests share: a vendor with groups, partners, customers and sales, told over HTTP. */
import type { BalanceAnswer } from '@sentby/contract'
import { call } from '../resources/programs.ts'
import type { TestCollector } from '../test-collector.ts'

export interface Sale {
  customer: string
  order: string
  amount?: number
  currency?: string
  at?: string
  [field: string]: unknown
}

export const RATE_30 = { from: null, trigger: 'every_sale', rate: { basisPoints: 3000 } }

/** One vendor; ids that tests make are counted, so that tests on one collector never meet. */
export class World {
  readonly collector: TestCollector
  #events = 0
  readonly #partners = new Map<string, string>()

  constructor(collector: TestCollector) {
    this.collector = collector
  }

  setClock(time: string): void {
    this.collector.deps.testClock?.set(Date.parse(time))
  }

  async ok(method: string, path: string, body?: unknown) {
    const answer = await call(this.collector, method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  async group(slug: string, terms?: object): Promise<void> {
    await this.ok('POST', '/v1/groups', { slug })
    if (terms) await this.terms(slug, terms)
  }

  terms(group: string, terms: object) {
    return this.ok('PUT', `/v1/groups/${group}/terms`, terms)
  }

  /** @returns the id of a new partner with its name as its code. */
  async partner(name: string, group: string, more: object = {}): Promise<string> {
    const email = `${name.toLowerCase()}@partners.test`
    const input = { email, name, group, code: name, ...more }
    const { id } = await this.ok('POST', '/v1/partners', input)
    this.#partners.set(name, id)
    return id
  }

  /** Sends events with a secret key; each gets an id unless it has one. */
  async tell(...events: Record<string, unknown>[]): Promise<void> {
    const told = events.map((event) => ({ id: `event:${++this.#events}`, ...event }))
    const response = await this.collector.events(told)
    const { results } = (await response.json()) as { results: { outcome: string }[] }
    const bad = results.filter(
      ({ outcome }) => !['stored', 'duplicate', 'parked'].includes(outcome),
    )
    if (bad.length > 0) throw new Error(JSON.stringify(bad))
  }

  /** Gives a customer to the partner of this name. */
  credit(customer: string, name: string, at = '2024-01-01T00:00:00.000Z'): Promise<void> {
    const partner = this.#partners.get(name)
    return this.tell({ type: 'assign', customer, partner, reason: 'it is theirs', at })
  }

  sale(sale: Sale): Promise<void> {
    return this.tell({ type: 'sale', amount: 4900, currency: 'EUR', ...sale })
  }

  refund(order: string, refund: string, amount?: number, more: object = {}): Promise<void> {
    return this.tell({ type: 'refund', order, refund, ...(amount ? { amount } : {}), ...more })
  }

  rewardsOf(customer: string) {
    return this.ok('GET', `/v1/customers/${encodeURIComponent(customer)}/rewards`)
  }

  saleOf(order: string) {
    return this.ok('GET', `/v1/sales/${encodeURIComponent(order)}`)
  }

  async balance(partner: string) {
    return (await this.ok('GET', `/v1/partners/${partner}/balance`)).balances
  }

  /** What a partner has in all that is not declined, in one currency. */
  async total(partner: string, currency = 'EUR'): Promise<number> {
    const own = (await this.balance(partner)).filter(
      (row: { currency: string }) => row.currency === currency,
    )
    return own.reduce(
      (sum: number, row: BalanceAnswer['balances'][number]) =>
        sum + row.new + row.onHold + row.approved + row.reserved + row.settled,
      0,
    )
  }

  async review(
    rewards: { id: string; amount: number; force?: boolean }[],
    status: string,
    reason?: string,
  ) {
    const { results } = await this.ok('POST', '/v1/rewards/review', {
      rewards,
      status,
      ...(reason ? { reason } : {}),
    })
    return results
  }

  /** Reviews what a sale earned, with the amount that it shows. */
  async reviewSale(order: string, status: string, reason?: string) {
    const { reward } = await this.saleOf(order)
    return (await this.review([{ id: reward.id, amount: reward.amount }], status, reason))[0]
  }

  async proposals(partner?: string) {
    const query = partner ? `?partner=${partner}&limit=200` : '?limit=200'
    return (await this.ok('GET', `/v1/proposals${query}`)).data
  }
}
