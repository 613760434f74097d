/** Credits on customers' next invoices: here in memory, where your billing system stands. */
import { money } from '../rehearsal/amounts.mjs'

export function openInvoices() {
  const credits = []
  return {
    /** Gives the billing system's own id of the credit. The same payout twice is one credit. */
    async credit({ payout, customer, amount, currency }) {
      const id = `credit:${payout}`
      if (!credits.some((one) => one.id === id)) credits.push({ id, customer, amount, currency })
      return id
    },
    /** All credits of a customer. */
    of: (customer) =>
      credits
        .filter((one) => one.customer === customer)
        .map(({ amount }) => money(amount))
        .join(' '),
  }
}
