/** Who a customer is, and the end of a subscription. */
import type { z } from 'zod'
import { type Parts, type Scene, timeOf, toTime } from './reading.ts'
import type { customer as customerShape, subscription as subscriptionShape } from './shapes.ts'
import { readEmail, readName, readTies } from './ties.ts'

/** What of a customer concerns us; Stripe tells of every change of a balance too. */
const TOLD = ['email', 'name', 'metadata']

/** `customer.created`, `customer.updated`: e-mail, name and ties; a code in the metadata counts as entered by the customer. */
export function readCustomer(scene: Scene, customer: z.output<typeof customerShape>): Parts {
  const before = scene.event.data.previous_attributes
  const changed = before && Object.keys(before)
  if (changed && !changed.some((name) => TOLD.includes(name))) return {}
  const at = timeOf(scene)
  const { visitor, code } = readTies(scene, [customer.metadata])
  const told = {
    ...readEmail(customer.email),
    ...readName(customer.name),
    ...(visitor === undefined ? {} : { visitor }),
  }
  const isCodeNew = changed === undefined || changed.includes('metadata')
  return {
    events: [
      Object.keys(told).length > 0
        ? { type: 'identify', at, customer: customer.id, ...told }
        : undefined,
      code !== undefined && isCodeNew
        ? { type: 'code', at, customer: customer.id, code }
        : undefined,
    ],
  }
}

/** `customer.subscription.deleted`: the subscription is over, not merely about to end. */
export function readEnded(scene: Scene, ended: z.output<typeof subscriptionShape>): Parts {
  const customer = ended.customer ?? ended.customer_account
  if (customer === undefined) return {}
  const at = ended.ended_at === undefined ? timeOf(scene) : toTime(ended.ended_at)
  return { events: [{ type: 'cancel', at, customer, subscription: ended.id }] }
}
