/** Pays what was closed: the file for PayPal's Payouts Web, and PayPal's report back. */
import { money } from '../../rehearsal/amounts.mjs'

/**
 * Pays every batch that is ready.
 *
 * @returns what was paid to whom, such as `104.10 to lea@pay.example`; `nothing` where no batch was ready
 */
export async function payByPaypal(ask) {
  const { data } = await ask('GET', '/v1/payouts/batches')
  const paid = []
  for (const { id, status } of data) {
    if (status !== 'ready') continue
    const file = await ask('GET', `/v1/payouts/batches/${id}/file`)
    await ask('POST', `/v1/payouts/batches/${id}/submit`)
    const { rows } = await ask('POST', `/v1/payouts/batches/${id}/result`, uploadToPaypal(file))
    if (rows.some(({ outcome }) => outcome !== 'done')) throw new Error(JSON.stringify(rows))
    const { data: payouts } = await ask('GET', `/v1/payouts?batch=${id}&status=paid`)
    for (const one of payouts) paid.push(`${money(one.amount)} to ${one.destination.email}`)
  }
  return paid.join(', ') || 'nothing'
}

/** Stands for a person with a browser: everybody in the file is paid, and PayPal reports it. */
function uploadToPaypal(file) {
  const lines = file.trim().split('\r\n')
  const rows = lines.map((line, n) => {
    const [, amount, currency, payout] = line.split(',')
    return `${payout},${amount},${currency},Completed,PP-${n + 1}`
  })
  return `Customer ID,Payout amount,Currency code,Payout status,Transaction ID\n${rows.join('\n')}\n`
}
