/** What the hosting company's site and billing tell, with `@sentby/node`. */
import { Sentby } from '@sentby/node'
import { money } from '../rehearsal/amounts.mjs'
import { at } from './words.mjs'

/** The plan costs this a month, in cents. */
const PRICE = 8000

/**
 * @param {object} collector
 * @param {Function} collector.ask the API, with the secret key
 * @param {() => number} collector.now for a clock that is not the real one; your own program leaves it away
 */
export function openHosting({ endpoint, secretKey, publishableKey, ask, now }) {
  const backend = new Sentby({ endpoint, key: secretKey, now })
  // In a browser the script of /s.js does this.
  const browser = new Sentby({ endpoint, key: publishableKey, now })
  const invoices = new Map()

  return {
    /** Follows a partner's link as a browser does; gives the visitor's id, which the signup needs. */
    async followLink(link) {
      const { headers } = await fetch(link, { redirect: 'manual' })
      const code = new URL(headers.get('location') ?? '').searchParams.get('via') ?? ''
      const visitor = `v_${crypto.randomUUID()}`
      await browser.visit({ visitor, code })
      return visitor
    },

    /** What a page tells whoever types a code. */
    async offerOf(code) {
      const { offer } = await ask('GET', `/v1/codes/${code}?key=${publishableKey}`)
      return offer ? `${offer.basisPoints / 100} % off ${offer.periods} period` : 'nothing'
    },

    /** A customer signed up: in the browser of this visitor, or with a code that was typed. */
    signUp: (customer, { visitor, code } = {}) => backend.signup({ customer, visitor, code }),

    /** An advocate filled in the form for a referral. */
    submitReferral: (lead) => backend.lead(lead),

    /** The vendor talked to them, and they became a customer. */
    acceptReferral: (lead, customer) => backend.lead({ lead, status: 'accepted', customer }),

    /** A customer paid for a period; gives what was paid. */
    async pay(customer, start, end) {
      const number = (invoices.get(customer) ?? 0) + 1
      invoices.set(customer, number)
      // What this customer was given, if anything: once, whatever codes they type later.
      const { offer } = await ask('GET', `/v1/customers/${customer}`)
      const discount = number <= offer?.periods ? (PRICE * offer.basisPoints) / 10_000 : 0
      const amount = PRICE - discount
      const order = `${customer}-${number}`
      const period = { start: at(start), end: at(end) }
      await backend.sale({ customer, order, amount, discount, currency: 'USD', period })
      return money(amount)
    },

    /** A customer left. The id is the billing system's own, so that a retry is the same event. */
    cancel: (customer) => backend.cancel({ id: `cancel:${customer}`, customer }),

    close: () => Promise.all([backend.close(), browser.close()]),
  }
}
