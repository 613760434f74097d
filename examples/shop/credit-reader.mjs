/** Asks the collector, with the secret key, what it knows: for the page that explains the credit. */
import { createEventLog } from './event-log.mjs'

const PATIENCE_MS = 2500

/** @param {import('./server.mjs').ShopSettings} settings */
export function createCreditReader({ endpoint, key }) {
  const names = new Map()
  const eventLog = createEventLog(ask)

  async function ask(path) {
    try {
      const response = await fetch(`${endpoint}${path}`, {
        headers: { authorization: `Bearer ${key}` },
        signal: AbortSignal.timeout(PATIENCE_MS),
      })
      return { status: response.status, body: await response.json() }
    } catch {
      return { status: 0, body: undefined }
    }
  }

  return {
    /**
     * The decision about a customer, as `GET /v1/customers/{id}/credit` gives it; `null` while the collector
     * knows no such customer, `undefined` when it does not answer.
     */
    async credit(customer) {
      const { status, body } = await ask(`/v1/customers/${encodeURIComponent(customer)}/credit`)
      if (status === 404) return null
      return status === 200 ? body : undefined
    },

    /** What was stored about a customer or a visitor. */
    events: (customer, visitor) => eventLog.of(customer, visitor),

    /** The name of a partner; its id when the collector does not tell. */
    async partnerName(id) {
      if (!names.has(id)) {
        const { status, body } = await ask(`/v1/partners/${encodeURIComponent(id)}`)
        if (status !== 200) return id
        names.set(id, body.name)
      }
      return names.get(id)
    },
  }
}
