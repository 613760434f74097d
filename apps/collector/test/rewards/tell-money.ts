/** Lets a story happen to a program, and remembers it in words that another program understands too. */
import type { TermsInput } from '@sentby/contract'
import type { RewardRow } from '@sentby/store'
import { rewardId } from '../../src/services/rewards/book.ts'
import { factOf, instantOf } from './fact-of.ts'
import { type Books, type Fact, MoneyProgram } from './money-program.ts'
import type { Services } from './money-rig.ts'
import { FIRST, type NewTermsStep, type ReviewStep, type Step, type Story } from './money-story.ts'

const DAY_MS = 86_400_000
export const START_MS = Date.parse('2026-01-10T10:00:00.000Z')

type Change = { status?: 'active' | 'inactive'; group?: string }
type Mark = 'submitted' | 'unknown' | 'paid' | 'failed' | 'returned'

/** Something that happened, named without any program's own ids. Partners are places in their list. */
export type Deed = { nowMs: number } & (
  | { do: 'facts'; facts: readonly Fact[] }
  | { do: 'terms'; group: string; terms: TermsInput }
  | { do: 'change'; partner: number; change: Change }
  | {
      do: 'review'
      partner: number
      key: string
      amount: number
      status: 'approved' | 'declined' | 'on_hold' | 'new'
      force: boolean
    }
  | { do: 'decide'; partner: number; key: string; decision: 'accept' | 'refuse' }
  | { do: 'close'; currency: string | undefined }
  | { do: 'mark'; partner: number; unit: string; n: number; to: Mark }
  | { do: 'jobs' }
)

export type FactsDeed = Extract<Deed, { do: 'facts' }>
export type ReviewDeed = Extract<Deed, { do: 'review' }>

/** A program with all that happened to it. */
export interface Telling {
  program: MoneyProgram
  story: Pick<Story, 'terms' | 'zone'>
  deeds: Deed[]
  /** What each deed came to. */
  outcomes: string[]
  nowMs: number
}

export async function begin(
  services: Services,
  story: Pick<Story, 'terms' | 'zone'>,
): Promise<Telling> {
  const dated = story.terms.map((one) => ({ ...one, from: null }))
  const program = await MoneyProgram.open(services, dated, START_MS, story.zone)
  return { program, story, deeds: [], outcomes: [], nowMs: START_MS }
}

/** Tells what stands at the beginning of every story. */
export async function tellFirst(telling: Telling): Promise<void> {
  const { nowMs } = telling
  const facts = FIRST.map((step, n) => factOf(step, `first${n}`, nowMs))
  const deed: Deed = { nowMs, do: 'facts', facts }
  telling.deeds.push(deed)
  telling.outcomes.push(await act(telling.program, deed))
}

/** Takes one step; one that names nothing that is there does nothing. */
export async function take(telling: Telling, step: Step): Promise<void> {
  if (step.do === 'wait') telling.nowMs += step.days * DAY_MS
  // Facts are told at the moment of the decision before them, several at one.
  else if (!isFact(step)) telling.nowMs += 1000
  const deed = await deedOf(telling, step)
  if (!deed) return
  telling.deeds.push(deed)
  telling.outcomes.push(await act(telling.program, deed))
}

/** Does a deed; what it comes to, in a word. */
export async function act(program: MoneyProgram, deed: Deed): Promise<string> {
  program.at(deed.nowMs)
  switch (deed.do) {
    case 'facts':
      await program.tell(deed.facts)
      return 'told'
    case 'terms':
      await program.terms(deed.group, deed.terms)
      return 'put'
    case 'change':
      await program.change(program.partners[deed.partner] ?? '', deed.change)
      return 'changed'
    case 'review': {
      const { partner, key, amount, force, status } = deed
      const id = rewardId(program.id, key, program.partners[partner] ?? '')
      return program.review({ id, amount, force }, status)
    }
    case 'decide': {
      const id = rewardId(program.id, deed.key, program.partners[deed.partner] ?? '')
      const { proposals } = await program.books()
      const open = proposals.find(({ reward_id }) => reward_id === id)
      if (!open) return 'no proposal'
      const decided = await program.decide(open.id, deed.decision)
      return typeof decided === 'string' ? decided : decided.status
    }
    case 'close': {
      const { payouts } = await program.close(deed.currency)
      return payouts
        .map(({ partner, kind, currency, amount }) => {
          return `${program.partners.indexOf(partner)} ${kind} ${currency} ${amount}`
        })
        .sort()
        .join()
    }
    case 'mark': {
      const payout = payoutsOf(program, await program.books(), deed.partner, deed.unit)[deed.n]
      if (!payout) return 'no payout'
      const marked = await program.mark(payout.id, deed.to)
      return typeof marked === 'string' ? marked : marked.status
    }
    case 'jobs':
      await program.runJobs()
      return 'run'
  }
}

async function deedOf({ program, deeds, nowMs }: Telling, step: Step): Promise<Deed | null> {
  switch (step.do) {
    case 'sale':
    case 'refund':
    case 'dispute':
    case 'cancel':
    case 'assign':
    case 'signup':
      return { nowMs, do: 'facts', facts: [factOf(step, `e${deeds.length}`, nowMs)] }
    case 'again': {
      const told = deeds.flatMap((deed) => (deed.do === 'facts' ? deed.facts : []))
      const again = told[step.pick % Math.max(1, told.length)]
      return again ? { nowMs, do: 'facts', facts: [again] } : null
    }
    case 'wait':
      return null
    case 'jobs':
      return { nowMs, do: 'jobs' }
    case 'close':
      return { nowMs, do: 'close', currency: step.currency }
    case 'terms':
      return termsOf(step, nowMs)
    case 'change': {
      const { partner, status, group } = step
      return { nowMs, do: 'change', partner, change: status ? { status } : { group } }
    }
    case 'review':
      program.at(nowMs)
      return reviewOf(program, await program.rewards(), step, nowMs)
    case 'decide': {
      program.at(nowMs)
      const { rewards, proposals } = await program.books()
      const named = new Set(proposals.map(({ reward_id }) => reward_id))
      const open = rewards.filter(({ id }) => named.has(id)).sort(byName(program))
      const row = open[step.pick % Math.max(1, open.length)]
      if (!row) return null
      const partner = program.partners.indexOf(row.partner_id)
      return { nowMs, do: 'decide', partner, key: row.trigger_key, decision: step.decision }
    }
    case 'mark': {
      const books = await program.books()
      const all = program.partners.flatMap((_, partner) => {
        const units = [...new Set(books.payouts.map(({ kind, currency }) => `${kind} ${currency}`))]
        return units
          .sort()
          .flatMap((unit) =>
            payoutsOf(program, books, partner, unit).map((_payout, n) => ({ partner, unit, n })),
          )
      })
      const one = all[step.pick % Math.max(1, all.length)]
      return one ? { nowMs, do: 'mark', ...one, to: step.to } : null
    }
  }
}

export function termsOf({ group, terms, from }: NewTermsStep, nowMs: number): Deed {
  const dated = typeof from === 'number' ? instantOf(nowMs - from * DAY_MS) : from
  const given = dated === undefined ? terms : { ...terms, from: dated }
  return { nowMs, do: 'terms', group, terms: given }
}

/** A review of one of the rewards that stand in some list: what nobody declined and nothing is due for stands in none. */
export function reviewOf(
  program: MoneyProgram,
  rewards: readonly RewardRow[],
  { pick, status, isStale, force }: ReviewStep,
  nowMs: number,
): ReviewDeed | null {
  const open = rewards
    .filter((row) => row.reverses === null)
    .filter((row) => row.status !== 'declined' || row.review_status === 'declined')
    .sort(byName(program))
  const row = open[pick % Math.max(1, open.length)]
  if (!row) return null
  const partner = program.partners.indexOf(row.partner_id)
  const amount = row.amount + (isStale ? 1 : 0)
  return { nowMs, do: 'review', partner, key: row.trigger_key, amount, status, force }
}

function isFact({ do: what }: Step): boolean {
  return ['sale', 'refund', 'dispute', 'cancel', 'assign', 'signup', 'again'].includes(what)
}

function byName({ partners }: MoneyProgram) {
  const name = (row: { partner_id: string; trigger_key: string }) =>
    `${partners.indexOf(row.partner_id)} ${row.trigger_key}`
  return (a: Books['rewards'][number], b: Books['rewards'][number]) => (name(a) < name(b) ? -1 : 1)
}

/** The payouts of a partner in one kind and currency, in the order in which they were closed. */
function payoutsOf(program: MoneyProgram, { payouts }: Books, partner: number, unit: string) {
  return payouts
    .filter(({ partner_id }) => partner_id === program.partners[partner])
    .filter(({ kind, currency }) => `${kind} ${currency}` === unit)
    .sort((a, b) => (a.created_at < b.created_at ? -1 : 1))
}
