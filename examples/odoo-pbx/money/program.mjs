/** The terms of both groups, how their partners are paid, and one partner more. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** @returns the partners by their codes */
export async function setUpMoney(ask) {
  for (const group of ['partner', 'referral']) {
    await ask('PUT', `/v1/groups/${group}/terms`, await readTerms(group))
  }
  // PayPal as soon as a partner's minimum is reached, everything else four times a year.
  await ask('PATCH', '/v1/program', { payouts: { paypal: 'threshold', manual: 'quarterly' } })
  const nia = { code: 'NIA', name: 'Nia, integrator', email: 'nia@partner.example' }
  await ask('POST', '/v1/partners', { ...nia, group: 'partner' })
  const { data } = await ask('GET', '/v1/partners')
  for (const { id, code } of data) {
    const email = `${code.toLowerCase()}@pay.example`
    await ask('PATCH', `/v1/partners/${id}`, { payout: { method: 'paypal', email } })
  }
  return Object.fromEntries(data.map(({ code, id }) => [code, id]))
}

async function readTerms(group) {
  return JSON.parse(await readFile(join(import.meta.dirname, `terms-${group}.json`), 'utf8'))
}
