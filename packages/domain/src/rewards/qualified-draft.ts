import { isActiveAt } from '../configuration.ts'
import type { Draft } from './draft.ts'
import type { CustomerFacts, Order } from './due-input.ts'
import { ONE, ZERO } from './money.ts'
import { givenBackAt } from './orders.ts'
import { qualificationOf } from './qualification.ts'
import type { Scene } from './scene.ts'
import type { GroupTerms } from './terms.ts'

/**
 * What a first payment under terms of qualification leads to: a draft that is due or expected, or the reason against
 * it (docs/rewards-rules.md, sections 2 and 4).
 */
export function draftQualification(
  scene: Scene,
  firstPayment: Order,
  terms: GroupTerms,
): Draft | 'cancelled_before_qualification' | 'partner_inactive' | 'no_terms' {
  const { asOf, program, customer } = scene
  const { qualification: rule, afterCancel = 'ends' } = terms.terms
  if (!rule) return 'no_terms'
  const found = qualificationOf(customer, { rule, afterCancel, zone: program.zone }, asOf)
  if (found.state === 'cancelled') return 'cancelled_before_qualification'
  const isDue = found.state === 'earned'
  if (found.state === 'earned' && !isActiveAt(scene.partner, found.at)) return 'partner_inactive'
  const used = ordersNamed(customer, found.orders)
  const [backAt = null] = isDue ? used.flatMap((order) => givenBackAt(order) ?? []).sort() : []
  return {
    key: `qualification:${customer.customer}`,
    customer,
    order: firstPayment.sale.order,
    orders: found.orders,
    moment: firstPayment.sale.at,
    earnedAt: found.at,
    isDue,
    terms,
    sale: (used[0] ?? firstPayment).sale,
    refundedShare: backAt === null ? ZERO : ONE,
    givenBackAt: backAt,
    conflict: used.some(({ conflict }) => conflict),
  }
}

/** In the order of the names. */
function ordersNamed({ orders }: CustomerFacts, names: readonly string[]): Order[] {
  return names.flatMap((name) => orders.find(({ sale }) => sale.order === name) ?? [])
}
