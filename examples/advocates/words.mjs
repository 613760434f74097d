/** What the collector says, in a few words. */
import { money } from '../rehearsal/amounts.mjs'

const ZONE = 'America/New_York'

/** A moment of 2026 in New York, whose clocks change on March 8. */
export const at = (day, time = '00:00') =>
  `2026-${day}T${time}:00${day > '03-08' ? '-04:00' : '-05:00'}`

const dayOf = (instant) => new Date(instant).toLocaleDateString('sv', { timeZone: ZONE }).slice(5)

/** Whose code has the credit of a customer, or why nobody has it. */
export async function creditOf(ask, customer) {
  const { credited, candidates, reason } = await ask('GET', `/v1/customers/${customer}/credit`)
  return credited?.code ?? candidates[0]?.verdict ?? reason
}

/** What a customer earns its advocate by now, or will, or why nothing. */
export async function rewardOf(ask, customer) {
  const { earned, expected, noReward } = await ask('GET', `/v1/customers/${customer}/rewards`)
  const [reward, wait] = [earned[0], expected[0]]
  if (reward) return `${reward.status} ${money(reward.amount)} in ${reward.month}`
  if (wait) return `expected ${dayOf(wait.at)}: ${money(wait.amount)}`
  // The first payment answers for the customer.
  const none = noReward.find(({ order }) => order === `${customer}-1`)
  return `none: ${none?.reason}`
}

/** The status that the advocate sees. */
export async function seenOf(ask, customer) {
  const { earned } = await ask('GET', `/v1/customers/${customer}/rewards`)
  return earned[0]?.publishedStatus ?? 'nothing'
}
