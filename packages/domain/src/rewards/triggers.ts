/** What a customer's facts trigger, and why the rest earns nothing (docs/rewards-rules.md, section 2). */
import { isActiveAt } from '../configuration.ts'
import type { Instant } from '../facts.ts'
import { addLocalMonths, localDayOf, midnightOf } from './calendar.ts'
import type { Draft } from './draft.ts'
import type { NoReward, NoRewardReason } from './due-answer.ts'
import type { CustomerFacts, Order, PartnerFacts, ProgramFacts } from './due-input.ts'
import { ZERO } from './money.ts'
import { firstPaymentOf, givenBackAt, inOrderOfSale, refundedShare } from './orders.ts'
import { draftQualification } from './qualified-draft.ts'
import { type Scene, termsAt } from './scene.ts'
import type { GroupTerms } from './terms.ts'

export interface Triggered {
  drafts: readonly Draft[]
  noRewards: readonly NoReward[]
}

/** Every trigger of a customer: a draft of its reward, or the first reason against it. */
export function triggersOf(
  asked: { asOf: Instant; program: ProgramFacts },
  credited: PartnerFacts | 'no_credit' | 'self_referral',
  customer: CustomerFacts,
): Triggered {
  const { asOf, program } = asked
  const partner: PartnerFacts =
    typeof credited === 'string' ? { partner: '', statuses: [], groups: [] } : credited
  const uncredited = typeof credited === 'string' ? credited : null
  const firstPayment = firstPaymentOf(customer)
  const scene: Scene = { asOf, program, partner, customer, firstPayment }
  const answers = [...customer.orders]
    .sort(inOrderOfSale)
    .map((order) => answerOfSale(scene, order, uncredited))
  if (customer.signup) answers.push(answerOfSignup(scene, customer.signup, uncredited))
  return {
    drafts: answers.filter((answer): answer is Draft => 'earnedAt' in answer),
    noRewards: answers.filter((answer): answer is NoReward => 'reason' in answer),
  }
}

function answerOfSale(
  scene: Scene,
  order: Order,
  uncredited: NoRewardReason | null,
): Draft | NoReward {
  const { program, customer, firstPayment } = scene
  const { sale } = order
  const terms = termsAt(scene, sale.at)
  const isFirst = firstPayment?.order === sale.order
  const isQualifying = isFirst && terms?.terms.trigger === 'qualification'
  const key = isQualifying ? `qualification:${customer.customer}` : `sale:${sale.order}`
  const because = (reason: NoRewardReason): NoReward => ({
    key,
    customer: customer.customer,
    order: sale.order,
    moment: sale.at,
    reason,
  })
  if (program.cutover !== null && sale.at < program.cutover) return because('payable_elsewhere')
  if (sale.amountMinor <= 0) return because('zero_amount')
  if (uncredited) return because(uncredited)
  if (isQualifying) {
    const drafted = draftQualification(scene, order, terms)
    return typeof drafted === 'string' ? because(drafted) : drafted
  }
  if (!isActiveAt(scene.partner, sale.at)) return because('partner_inactive')
  if (!terms) return because('no_terms')
  const against = reasonAgainstSale(scene, order, terms)
  if (against) return because(against)
  return {
    key,
    customer,
    order: sale.order,
    orders: [sale.order],
    moment: sale.at,
    earnedAt: sale.at,
    isDue: sale.at <= scene.asOf,
    terms,
    sale,
    refundedShare: refundedShare(order),
    givenBackAt: givenBackAt(order),
    conflict: order.conflict,
  }
}

/** Reasons 5 and 6 for a sale that is no qualification's first payment. */
function reasonAgainstSale(
  scene: Scene,
  { sale }: Order,
  { terms }: GroupTerms,
): 'no_terms' | 'term_ended' | null {
  const { firstPayment, customer } = scene
  const isFirst = firstPayment?.order === sale.order
  switch (terms.trigger) {
    case 'signup':
      return 'no_terms'
    case 'qualification': {
      const first = firstPayment && termsAt(scene, firstPayment.at)
      return first?.terms.trigger === 'qualification' ? 'term_ended' : 'no_terms'
    }
    case 'first_sale':
      if (!isFirst) return 'term_ended'
      break
    case 'every_sale':
      break
  }
  if (isDurationOver(scene, sale.at, isFirst, terms.duration ?? 'life')) return 'term_ended'
  if (terms.afterCancel === 'resumes') return null
  const isEnded = customer.cancels.some(
    ({ at, subscription }) =>
      at < sale.at && (subscription === undefined || subscription === sale.subscription),
  )
  return isEnded ? 'term_ended' : null
}

function isDurationOver(
  { firstPayment, program }: Scene,
  at: Instant,
  isFirst: boolean,
  duration: NonNullable<GroupTerms['terms']['duration']>,
): boolean {
  if (duration === 'life') return false
  if (duration === 'once') return !isFirst
  if (!firstPayment) return false
  const lastDay = addLocalMonths(localDayOf(firstPayment.at, program.zone), duration.months)
  return at >= midnightOf(lastDay, program.zone)
}

function answerOfSignup(
  scene: Scene,
  { at, trusted }: { at: Instant; trusted: boolean },
  uncredited: NoRewardReason | null,
): Draft | NoReward {
  const { program, customer, asOf } = scene
  const named = { key: `signup:${customer.customer}`, order: null, moment: at }
  const because = (reason: NoRewardReason): NoReward => ({
    ...named,
    customer: customer.customer,
    reason,
  })
  const terms = termsAt(scene, at)
  if (program.cutover !== null && at < program.cutover) return because('payable_elsewhere')
  if (uncredited) return because(uncredited)
  if (!isActiveAt(scene.partner, at)) return because('partner_inactive')
  if (terms?.terms.trigger !== 'signup') return because('no_terms')
  if (!trusted) return because('unverified')
  return {
    ...named,
    customer,
    orders: [],
    earnedAt: at,
    isDue: at <= asOf,
    terms,
    sale: null,
    refundedShare: ZERO,
    givenBackAt: null,
    conflict: false,
  }
}
