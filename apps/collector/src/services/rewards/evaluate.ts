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
import { eachInPieces } from './in-pieces.ts'
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
export async function evaluate(scene: Scene): Promise<Evaluation> {
  const index = indexOf(scene)
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
      const known = ofWhole.get(partner)
      if (known) known.push(facts)
      else ofWhole.set(partner, [facts])
    } else evaluateCustomer(scene, index, partner, facts, evaluation)
  }
  for (const partner of scene.whole) {
    const customers = ofWhole.get(partner) ?? []
    const due = dueOf({
      ...askedFor(scene, partner, scene.books.values()),
      partner: partnerFacts(scene.program, partner),
      customers,
    })
    take(scene, partner, due, evaluation)
    const answer = answersOf(due)
    await eachInPieces(scene.books.values(), (book) => settleDue(scene, partner, book, answer))
  }
  return evaluation
}

/** A partner that is not looked at as a whole may be computed for some of the customers that are loaded. */
function isComputed(scene: Scene, partner: string, customer: string): boolean {
  if (scene.whole.has(partner)) return true
  return scene.partners.has(partner) && scene.customers.has(customer)
}

/** Books by what a customer knows them by, so that many customers are not quadratic. */
interface BookIndex {
  ofKey: ReadonlyMap<string, readonly Book[]>
  ofCustomer: ReadonlyMap<string, readonly Book[]>
}

function indexOf({ books }: Scene): BookIndex {
  const ofKey = new Map<string, Book[]>()
  const ofCustomer = new Map<string, Book[]>()
  for (const book of books.values()) {
    append(ofKey, book.key, book)
    append(ofCustomer, book.customer, book)
  }
  return { ofKey, ofCustomer }
}

function append(lists: Map<string, Book[]>, key: string, book: Book): void {
  const list = lists.get(key)
  if (list) list.push(book)
  else lists.set(key, [book])
}

/** The books under every trigger that a customer can have, whosever they are. */
function booksOn({ ofKey }: BookIndex, { customer, orders }: CustomerFacts): Book[] {
  const keys = [`signup:${customer}`, `qualification:${customer}`]
  for (const { sale } of orders) keys.push(`sale:${sale.order}`)
  return keys.flatMap((key) => ofKey.get(key) ?? [])
}

function evaluateCustomer(
  scene: Scene,
  index: BookIndex,
  partner: string | null,
  customer: CustomerFacts,
  evaluation: Evaluation,
): void {
  const why = scene.credits.get(customer.customer)?.why ?? 'no_credit'
  const credited = partner === null ? why : partnerFacts(scene.program, partner)
  const triggered = booksOn(index, customer)
  const due = dueOfCustomer({ ...askedFor(scene, partner, triggered), credited, customer })
  const opened = take(scene, partner, due, evaluation)
  const own = [...(index.ofCustomer.get(customer.customer) ?? []), ...opened]
  if (partner === null) return
  const answer = answersOf(due)
  for (const book of new Set(own)) {
    if (book.customer === customer.customer) settleDue(scene, partner, book, answer)
  }
}

/** @param books at least all under the triggers that are asked for. */
function askedFor(
  { program, asOf }: Scene,
  partner: string | null,
  books: Iterable<Book>,
): Pick<CustomerDueInput, 'asOf' | 'program' | 'reviews' | 'taken'> {
  const reviews = new Map<string, RewardReviews>()
  const taken = new Set<string>()
  for (const book of books) {
    const { posted, key, history } = book
    if (!posted) continue
    if (book.partner === partner) {
      reviews.set(key, { history, reviewed: isReviewed(posted) ? posted.worth : null })
    } else if (takesTrigger(posted)) taken.add(key)
  }
  return { asOf, program: programFacts(program), reviews, taken }
}

/** @returns the books of the rewards that are due. */
function take(
  scene: Scene,
  partner: string | null,
  due: Due,
  evaluation: Evaluation,
): readonly Book[] {
  for (const one of due.noRewards) evaluation.noRewards.push(one)
  if (partner === null) return []
  for (const one of due.expected) evaluation.expected.push({ ...one, partner })
  return due.rewards.map((reward) => open(scene, partner, reward))
}

function settleDue(
  scene: Scene,
  partner: string,
  book: Book,
  answer: ReturnType<typeof answersOf>,
): void {
  if (book.partner !== partner || scene.credits.get(book.customer)?.partner !== partner) return
  settle(scene, book, answer(book.key))
}

/** The book of a reward that is due; an order that names another customer now takes its book along. */
function open({ program, books }: Scene, partner: string, { key, customer }: DueReward): Book {
  const fresh = newBook(program.row.id, partner, key, customer)
  const book = books.get(fresh.id) ?? fresh
  book.customer = customer
  books.set(fresh.id, book)
  return book
}

function settle(scene: Scene, book: Book, due: DueReward | NothingDue): void {
  const { reward, proposal } = settleReward(book.posted, book.key, due, scene.orders)
  book.posted = reward
  book.proposal = proposal
  book.due = due
}
