/** Brings the books of a scene to what is due, in memory. */
import {
  answersOf,
  type CustomerDueInput,
  type CustomerFacts,
  type Due,
  type DueReward,
  dueOf,
  dueOfCustomer,
  type ExpectedReward,
  isReviewed,
  type NoReward,
  type NothingDue,
  type RewardReviews,
  settleReward,
  takesTrigger,
} from '@sentby/domain'
import { type Book, newBook } from './book.ts'
import { partnerFacts, programFacts, type Scene } from './load-scene.ts'

/** What there is to say of customers beside their rewards. */
export interface Evaluation {
  /** The customers that it speaks of. */
  customers: string[]
  noRewards: NoReward[]
  expected: (ExpectedReward & { partner: string })[]
}

/**
 * Computes what is due and settles every book of the scene's partners. First those whose customer is credited to
 * somebody else now: what they keep decides whether the credited partner's reward waits (RULES M3).
 */
export function evaluate(scene: Scene): Evaluation {
  for (const book of scene.books.values()) {
    if (!isComputed(scene, book.partner, book.customer)) continue
    const credit = scene.credits.get(book.customer)
    if (credit?.partner === book.partner) continue
    settle(scene, book, { reason: credit?.partner === null ? credit.why : 'no_credit' })
  }
  const evaluation: Evaluation = { customers: [], noRewards: [], expected: [] }
  const ofWhole = new Map<string, CustomerFacts[]>()
  for (const customer of scene.customers) {
    const facts = scene.facts.get(customer)
    const partner = scene.credits.get(customer)?.partner ?? null
    if (!facts || (partner !== null && !isComputed(scene, partner, customer))) continue
    evaluation.customers.push(customer)
    if (partner !== null && scene.whole.has(partner)) {
      ofWhole.set(partner, [...(ofWhole.get(partner) ?? []), facts])
    } else evaluateCustomer(scene, partner, facts, evaluation)
  }
  for (const partner of scene.whole) {
    const customers = ofWhole.get(partner) ?? []
    const due = dueOf({
      ...askedFor(scene, partner),
      partner: partnerFacts(scene.program, partner),
      customers,
    })
    take(scene, partner, due, evaluation)
  }
  return evaluation
}

/** A partner that is not looked at as a whole may be computed for some of the customers that are loaded. */
function isComputed(scene: Scene, partner: string, customer: string): boolean {
  if (scene.whole.has(partner)) return true
  return scene.partners.has(partner) && scene.customers.has(customer)
}

function evaluateCustomer(
  scene: Scene,
  partner: string | null,
  customer: CustomerFacts,
  evaluation: Evaluation,
): void {
  const why = scene.credits.get(customer.customer)?.why ?? 'no_credit'
  const credited = partner === null ? why : partnerFacts(scene.program, partner)
  const due = dueOfCustomer({ ...askedFor(scene, partner), credited, customer })
  take(scene, partner, due, evaluation, customer.customer)
}

function askedFor(
  { program, asOf, books }: Scene,
  partner: string | null,
): Pick<CustomerDueInput, 'asOf' | 'program' | 'reviews' | 'taken'> {
  const reviews = new Map<string, RewardReviews>()
  const taken = new Set<string>()
  for (const book of books.values()) {
    const { posted, key, history } = book
    if (!posted) continue
    if (book.partner === partner) {
      reviews.set(key, { history, reviewed: isReviewed(posted) ? posted.worth : null })
    } else if (takesTrigger(posted)) taken.add(key)
  }
  return { asOf, program: programFacts(program), reviews, taken }
}

/** @param customer absent: all that are credited to the partner. */
function take(
  scene: Scene,
  partner: string | null,
  due: Due,
  evaluation: Evaluation,
  customer?: string,
): void {
  evaluation.noRewards.push(...due.noRewards)
  if (partner === null) return
  for (const one of due.expected) evaluation.expected.push({ ...one, partner })
  const answer = answersOf(due)
  for (const reward of due.rewards) open(scene, partner, reward)
  for (const book of scene.books.values()) {
    if (book.partner !== partner || (customer !== undefined && book.customer !== customer)) continue
    if (scene.credits.get(book.customer)?.partner === partner) settle(scene, book, answer(book.key))
  }
}

/** The book of a reward that is due; an order that names another customer now takes its book along. */
function open({ program, books }: Scene, partner: string, { key, customer }: DueReward): void {
  const fresh = newBook(program.row.id, partner, key, customer)
  const book = books.get(fresh.id)
  if (book) book.customer = customer
  else books.set(fresh.id, fresh)
}

function settle(scene: Scene, book: Book, due: DueReward | NothingDue): void {
  const { reward, proposal } = settleReward(book.posted, book.key, due, scene.orders)
  book.posted = reward
  book.proposal = proposal
  book.due = due
}
