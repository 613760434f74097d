/** What the collector says, in a few words. */
import { amountsBesideZero, money } from '../../rehearsal/amounts.mjs'

/** Who has the credit of an installation, by what, and who else had a part. */
export async function creditWords(vendor, install) {
  const { candidates } = await vendor.creditOf(install)
  return candidates
    .map(({ code, kind, verdict }) => `${code} by ${kind} ${verdict}`)
    .sort()
    .join(', ')
}

/** What a sale earned and how, what refunds took back, or why it earns nothing. */
export async function earnedBy(ask, order) {
  const { reward, reversals, noReward } = await ask('GET', `/v1/sales/${encodeURIComponent(order)}`)
  if (!reward) return `none: ${noReward.reason}`
  const others = reversals.map(({ amount }) => amount).sort((a, b) => b - a)
  return [reward.explanation, ...others.map(money)].join(', ')
}

/** What is left of a sale's reward. */
export async function leftOf(ask, order) {
  const { reward, reversals } = await ask('GET', `/v1/sales/${encodeURIComponent(order)}`)
  return money([reward, ...reversals].reduce((sum, { amount }) => sum + amount, 0))
}

/** The sum of all that a customer's payments earned. */
export async function sumOf(ask, customer) {
  const { earned } = await ask('GET', `/v1/customers/${customer}/rewards`)
  return money(earned.reduce((sum, { amount }) => sum + amount, 0))
}

/** Why a partner's approved balance is not paid now. */
export async function waitingOf(ask, partner) {
  const { payouts, waiting } = await ask('POST', '/v1/payouts', { dryRun: true })
  if (payouts.some((one) => one.partner === partner)) return 'is paid'
  return waiting.find((one) => one.partner === partner)?.reason ?? 'nothing'
}

/** The ledger's entries of a sale's reward, summed up by account. */
export async function ledgerOf(ask, order) {
  const { reward } = await ask('GET', `/v1/sales/${encodeURIComponent(order)}`)
  const { entries } = await ask('GET', `/v1/rewards/${reward.id}`)
  const sums = {}
  for (const { account, amount } of entries) sums[account] = (sums[account] ?? 0) + amount
  return amountsBesideZero(sums)
}
