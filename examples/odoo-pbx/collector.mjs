/** The vendor's side: the program, its partners and what can be downloaded, over the API. */

/** The collector said no; `code` is its word for why. */
class Refused extends Error {
  constructor(method, path, problem) {
    super(`${method} ${path}: ${problem.detail ?? problem.title ?? problem.code}`)
    this.code = problem.code
  }
}

/** @param {{ endpoint: string, key: string }} vendor `key` is the secret one */
export function connect({ endpoint, key }) {
  async function send(method, path, body, type = 'application/json') {
    const response = await fetch(`${endpoint}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': type }) },
      ...(body && { body: type === 'application/json' ? JSON.stringify(body) : body }),
    })
    const answer = await response.json()
    if (!response.ok) throw new Refused(method, path, answer)
    return answer
  }

  /** Makes what may be there already: this example can be run again. */
  async function make(path, body) {
    try {
      return await send('POST', path, body)
    } catch (error) {
      if (error.code !== 'already_exists' && error.code !== 'code_taken') throw error
      return undefined
    }
  }

  return {
    make,
    /** Publishes a file; the same bytes again change nothing. */
    publish: ({ product, file, version, bytes }) =>
      send(
        'POST',
        `/v1/products/${product}/artifacts?${new URLSearchParams({ file, version })}`,
        bytes,
        'application/octet-stream',
      ),
    creditOf: (install) => send('GET', `/v1/installations/${encodeURIComponent(install)}/credit`),
    supportOf: (install) => send('GET', `/v1/support-route?install=${encodeURIComponent(install)}`),
    /** Takes claim lines that somebody carried here, one a line. */
    takeLines: (lines) => send('POST', '/v1/claims', `${lines.join('\n')}\n`, 'text/plain'),
  }
}

/** The two groups of the program, a partner in each, and the products. */
export async function setUp(collector) {
  await collector.make('/v1/groups', { slug: 'partner', name: 'Partners', support: true })
  await collector.make('/v1/groups', { slug: 'referral', name: 'Referrals' })
  for (const [code, name, group] of PARTNERS) {
    const email = `${code.toLowerCase()}@partner.example`
    await collector.make('/v1/partners', { email, name, code, group })
  }
  for (const product of PRODUCTS) await collector.make('/v1/products', product)
}

const PARTNERS = [
  ['MAX', 'Max, integrator', 'partner'],
  ['LEA', 'Lea, who recommends it', 'referral'],
]

const PRODUCTS = [
  // Of an uploaded module Odoo keeps what is in static/.
  { product: 'pbx-odoo', name: 'Acme PBX for Odoo', stampPath: '{top}/static/partner_ref' },
  // FreePBX keeps the module's folder, which is the default place; a script has its own line.
  { product: 'pbx', name: 'Acme PBX' },
]
