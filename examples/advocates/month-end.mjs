/** What the vendor does with rewards: reviews them, and gives the credit. */
import { money } from '../rehearsal/amounts.mjs'

/**
 * Approves all that is new.
 *
 * @returns what became of each: `done`, or `stale` when it changed after it was read
 */
export async function approveAll(ask) {
  const { data } = await ask('GET', '/v1/rewards?unreviewed=true&status=new&limit=200')
  if (data.length === 0) return 'nothing'
  // With the amounts that were seen: nobody approves what they did not see.
  const rewards = data.map(({ id, amount }) => ({ id, amount }))
  const { results } = await ask('POST', '/v1/rewards/review', { rewards, status: 'approved' })
  return results.map(({ outcome }) => outcome).join(' ')
}

/**
 * Gives every advocate the approved credit, on the next invoice of their own account.
 *
 * @param {string} period a name for the books; asked again, the run of a period is answered again
 * @param {(credit: object) => Promise<string>} creditInvoice gives the billing system's id of the credit
 * @returns who was given what
 */
export async function settle(ask, period, creditInvoice) {
  const run = { kind: 'account_credit', period }
  const { payouts } = await ask('POST', '/v1/payouts', run, `settlement-${period}`)
  for (const { id: payout, destination, amount, currency } of payouts) {
    const { customer } = destination
    const reference = await creditInvoice({ payout, customer, amount, currency })
    await ask('POST', `/v1/payouts/${payout}/mark`, { status: 'paid', reference })
  }
  return payouts.map((one) => `${one.destination.customer} ${money(one.amount)}`).join(', ')
}
