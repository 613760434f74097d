/** A small world that facts and reviews are told to, one after the other, with its books settled after each. */
import {
  answersOf,
  type Due,
  type DueReward,
  decideProposal,
  dueOf,
  type Money,
  type NothingDue,
  type PaidSale,
  type PostedReward,
  type Proposal,
  type RefundRecord,
  type RewardReviews,
  reviewReward,
  settleReward,
  summariseSale,
  type Terms,
} from '../../src/index.ts'

export type Step =
  | { step: 'sale'; sale: PaidSale }
  | { step: 'refund'; order: string; refund: RefundRecord }
  | { step: 'cancel'; customer: string; at: string }
  | { step: 'credit'; customer: string; isOurs: boolean }
  | { step: 'terms'; terms: Terms }
  | {
      step: 'review'
      /** Which of the rewards, counted round. */
      pick: number
      status: 'new' | 'on_hold' | 'approved' | 'declined'
      isStale: boolean
    }
  | { step: 'proposal'; pick: number; decision: 'accepted' | 'refused' }

export interface Books {
  due: Due
  answer: (key: string) => DueReward | NothingDue
  rewards: Map<string, PostedReward>
  proposals: Map<string, Proposal>
  paid: ReadonlyMap<string, NonNullable<ReturnType<typeof summariseSale<PaidSale>>>>
}

export class BookKeeping {
  readonly #sales: PaidSale[] = []
  readonly #refunds: { order: string; refund: RefundRecord }[] = []
  readonly #cancels: { customer: string; at: string }[] = []
  readonly #elsewhere = new Set<string>()
  readonly #terms: Terms[]
  readonly #history = new Map<string, RewardReviews['history'][number][]>()
  readonly rewards = new Map<string, PostedReward>()
  readonly proposals = new Map<string, Proposal>()
  /** How often a review or a decision was done, stale or not open. */
  readonly outcomes: string[] = []

  constructor(terms: Terms) {
    this.#terms = [terms]
  }

  take(step: Step): void {
    switch (step.step) {
      case 'sale':
        this.#sales.push(step.sale)
        break
      case 'refund':
        this.#refunds.push(step)
        break
      case 'cancel':
        this.#cancels.push(step)
        break
      case 'credit':
        if (step.isOurs) this.#elsewhere.delete(step.customer)
        else this.#elsewhere.add(step.customer)
        break
      case 'terms':
        this.#terms.push(step.terms)
        break
      case 'review':
        this.#review(step)
        break
      case 'proposal':
        this.#decide(step)
        break
    }
  }

  /** Brings the books to what is due, and gives what it posted. */
  settle(): Books & { posted: number } {
    const { due, paid } = this.#due()
    const answer = answersOf(due)
    let posted = 0
    for (const key of new Set([...this.rewards.keys(), ...due.rewards.map((one) => one.key)])) {
      const settled = settleReward(this.rewards.get(key) ?? null, key, answer(key), paid)
      posted += settled.postings.length
      if (settled.reward) this.rewards.set(key, settled.reward)
      if (settled.proposal) this.proposals.set(key, settled.proposal)
      else this.proposals.delete(key)
    }
    return { due, answer, paid, rewards: this.rewards, proposals: this.proposals, posted }
  }

  #due() {
    const paid: Books['paid'] = new Map(
      [...new Set(this.#sales.map(({ order }) => order))].flatMap((order) => {
        const sales = this.#sales.filter((sale) => sale.order === order)
        const refunds = this.#refunds.filter((one) => one.order === order)
        const summary = summariseSale(
          sales,
          refunds.map(({ refund }) => refund),
        )
        return summary ? [[order, summary] as const] : []
      }),
    )
    const customers = ['c1', 'c2', 'c3'].filter((customer) => !this.#elsewhere.has(customer))
    const due = dueOf({
      asOf: '2030-01-01T00:00:00.000Z',
      program: {
        zone: 'UTC',
        cutover: null,
        terms: new Map([
          [
            'g',
            this.#terms.map((terms, n) => ({ version: n + 1, hash: `${n}`, from: null, terms })),
          ],
        ]),
      },
      partner: {
        partner: 'ptr_1',
        statuses: [{ from: null, status: 'active' }],
        groups: [{ from: null, group: 'g' }],
      },
      customers: customers.map((customer) => ({
        customer,
        orders: [...paid.values()].filter(({ sale }) => sale.customer === customer),
        cancels: this.#cancels.filter((one) => one.customer === customer),
        signup: { at: '2026-01-01T00:00:00.000Z', trusted: true },
        provisional: null,
      })),
      reviews: this.#reviews(),
      taken: new Set(),
    })
    return { due, paid }
  }

  #reviews(): Map<string, RewardReviews> {
    return new Map(
      [...this.#history].map(([key, history]) => {
        const reward = this.rewards.get(key)
        return [
          key,
          { history, reviewed: reward?.status === 'approved' ? reward.worth : null },
        ] as const
      }),
    )
  }

  #picked<T>(values: Iterable<T>, pick: number): T | undefined {
    const all = [...values]
    return all[pick % Math.max(1, all.length)]
  }

  #review({ pick, status, isStale }: Step & { step: 'review' }): void {
    const reward = this.#picked(this.rewards.values(), pick)
    if (!reward) return
    const amountMinor = reward.worth.amountMinor + (isStale ? 1 : 0)
    const review = { status, amountMinor, reason: status === 'new' ? null : 'they say so' }
    const reviewed = reviewReward(reward, review)
    this.outcomes.push(reviewed.outcome)
    if (reviewed.outcome !== 'done') return
    this.rewards.set(reward.key, reviewed.reward)
    const history = this.#history.get(reward.key) ?? []
    if (reviewed.reward === reward) return
    this.#history.set(reward.key, [...history, { at: '2026-06-01T00:00:00.000Z', status }])
  }

  #decide({ pick, decision }: Step & { step: 'proposal' }): void {
    const [key, open] = this.#picked(this.proposals, pick) ?? []
    const reward = key === undefined ? undefined : this.rewards.get(key)
    if (key === undefined || !reward || !open) return
    const due = answersOf(this.#due().due)(key)
    const seen: Money[] = [...open.changes]
    const decided = decideProposal(reward, due, open, { decision, seen })
    this.outcomes.push(`${decision} ${decided.outcome}`)
    if (decided.outcome === 'done') this.rewards.set(key, decided.reward)
  }
}
