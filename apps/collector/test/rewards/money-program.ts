/** One small program that is told what happens, by the services behind the routes. */
import type { PayoutAnswer, ReviewInput, TermsInput } from '@sentby/contract'
import type { SentbyEventInput } from '@sentby/contract/events'
import type { PayoutRow, ProposalRow, RewardReviewRow, RewardRow } from '@sentby/store'
import { runCalendar } from '../../src/jobs/calendar.ts'
import { runRewards } from '../../src/jobs/rewards.ts'
import { changePartner } from '../../src/services/configuration/partners.ts'
import { readEvents } from '../../src/services/ingest/read-events.ts'
import { closeBatches } from '../../src/services/payouts/close-batches.ts'
import { markPayout } from '../../src/services/payouts/mark-payout.ts'
import { makeProgram } from '../../src/services/programs.ts'
import { Refusal } from '../../src/services/refusal.ts'
import { decideProposalById } from '../../src/services/rewards/decide-proposal.ts'
import { reviewRewards } from '../../src/services/rewards/review-rewards.ts'
import { settleBeforeReading } from '../../src/services/rewards/settle-stale.ts'
import { makeTerms } from '../../src/services/rewards/terms.ts'
import type { Services } from './money-rig.ts'
import { type PARTNERS, setUp } from './money-setup.ts'

export type Told = SentbyEventInput & { at: string }
/** An event and who says it; an assignment names the partner by its place in {@link PARTNERS}. */
export interface Fact {
  event: Told
  isOpen: boolean
}

/** How the books stand. */
export interface Books {
  rewards: RewardRow[]
  reviews: RewardReviewRow[]
  proposals: ProposalRow[]
  payouts: PayoutRow[]
  balances: { partner: string; kind: string; currency: string; account: string; amount: number }[]
  credits: { customer: string; partner: string | null; provisional: string | null }[]
  /** Sums of all entries by kind and currency that are not zero. */
  unbalanced: string[]
}

let made = 0

export class MoneyProgram {
  readonly services: Services
  readonly id: string
  /** In the order of {@link PARTNERS}. */
  readonly partners: readonly string[]

  private constructor(services: Services, id: string, partners: readonly string[]) {
    this.services = services
    this.id = id
    this.partners = partners
  }

  /** Partner n begins in group n, whose terms are the n-th. */
  static async open(
    services: Services,
    terms: readonly TermsInput[],
    nowMs: number,
    timezone = 'UTC',
  ): Promise<MoneyProgram> {
    services.clock.set(nowMs)
    const slug = `p${++made}`
    const input = { slug, name: slug, currency: 'EUR', timezone, sites: ['https://acme.test/'] }
    const { id } = await makeProgram(services.store, input, nowMs)
    await services.directory.refresh()
    return new MoneyProgram(services, id, await setUp(services, id, terms))
  }

  at(nowMs: number): void {
    this.services.clock.set(nowMs)
    this.services.directory.own = this.id
  }

  /** Tells facts in one commit; throws where one is refused. */
  async tell(facts: readonly Fact[]): Promise<void> {
    const { directory, committer, clock } = this.services
    const program = directory.program(this.id)
    if (!program) throw new Error('no program')
    const arrivals = facts.flatMap(({ event: told, isOpen }) => {
      const event = this.#sent(told)
      const kind = isOpen ? ('publishable' as const) : ('secret' as const)
      const sender = { program, keyId: 'key', kind, bot: false, nowMs: clock.now(), bytes: 2000 }
      return readEvents([event], undefined, sender)
    })
    const results = await committer.submit(this.id, arrivals, 2000)
    const bad = results.filter(({ outcome }) => outcome === 'rejected' || outcome === 'conflict')
    if (bad.length > 0) throw new Error(JSON.stringify(bad))
  }

  /** An assignment names the partner by its id. */
  #sent(event: Told): Told {
    if (event.type !== 'assign' || event.partner === null) return event
    return { ...event, partner: this.partners[Number(event.partner)] ?? '' }
  }

  terms(group: string, terms: TermsInput) {
    return makeTerms(this.services, this.id, group, terms, 'vendor')
  }

  change(partner: string, input: Parameters<typeof changePartner>[3]) {
    return changePartner(this.services, this.id, partner, input)
  }

  async review(row: ReviewInput['rewards'][number], status: ReviewInput['status']) {
    const reason = status === 'new' ? undefined : 'they say so'
    const input = { rewards: [row], status, ...(reason ? { reason } : {}) }
    const { results } = await reviewRewards(this.services, this.id, input, 'vendor')
    return results[0]?.outcome ?? 'not_found'
  }

  decide(proposal: string, decision: 'accept' | 'refuse') {
    const input = { decision, reason: 'they say so' }
    return refusedAs(decideProposalById(this.services, this.id, proposal, input, 'vendor'))
  }

  close(currency: string | undefined) {
    const input = currency === undefined ? {} : { currency }
    return closeBatches(this.services, this.id, input, 'vendor')
  }

  mark(payout: string, status: 'submitted' | 'unknown' | 'paid' | 'failed' | 'returned') {
    const input = { status, reason: 'by chance' }
    return refusedAs<PayoutAnswer>(markPayout(this.services, this.id, payout, input, 'vendor'))
  }

  async runJobs(): Promise<void> {
    await runRewards(this.services)
    await runCalendar(this.services)
  }

  settle(): Promise<void> {
    return settleBeforeReading(this.services, this.id, Number.POSITIVE_INFINITY)
  }

  async rewards(): Promise<RewardRow[]> {
    await this.settle()
    const rows = this.services.store.db.selectFrom('reward').selectAll()
    return rows.where('program_id', '=', this.id).execute()
  }

  reward(id: string): Promise<RewardRow | undefined> {
    const row = this.services.store.db.selectFrom('reward').selectAll()
    return row.where('program_id', '=', this.id).where('id', '=', id).executeTakeFirst()
  }

  async books(): Promise<Books> {
    await this.settle()
    const { db } = this.services.store
    const of = 'program_id'
    const entries = await db
      .selectFrom('ledger_entry')
      .select(({ fn }) => ['kind', 'currency', fn.sum<number>('amount').as('sum')])
      .where(of, '=', this.id)
      .groupBy(['kind', 'currency'])
      .execute()
    const balances = await db.selectFrom('balance').selectAll().where(of, '=', this.id).execute()
    const customers = await db
      .selectFrom('customer')
      .select(['id', 'partner_id', 'provisional'])
      .where(of, '=', this.id)
      .execute()
    return {
      rewards: await db.selectFrom('reward').selectAll().where(of, '=', this.id).execute(),
      reviews: await db
        .selectFrom('reward_review')
        .selectAll()
        .where(of, '=', this.id)
        .orderBy('n')
        .execute(),
      proposals: await db
        .selectFrom('proposal')
        .selectAll()
        .where(of, '=', this.id)
        .where('status', '=', 'open')
        .execute(),
      payouts: await db.selectFrom('payout').selectAll().where(of, '=', this.id).execute(),
      balances: balances.map(({ partner_id: partner, kind, currency, account, amount }) => ({
        partner,
        ...{ kind, currency, account, amount },
      })),
      credits: customers.map(({ id: customer, partner_id: partner, provisional }) => ({
        customer,
        ...{ partner, provisional },
      })),
      unbalanced: entries
        .filter(({ sum }) => Number(sum) !== 0)
        .map(({ kind, currency, sum }) => `${kind} ${currency} ${sum}`),
    }
  }
}

/** What is refused by a closed word is an answer, not a fault. */
async function refusedAs<T>(work: Promise<T>): Promise<T | string> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}
