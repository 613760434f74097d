/**
 * All that the shop has to do with Sentby: it tells who signed up and who paid, and (for the page that
 * explains) asks who is credited and why.
 */
import { Sentby, SentbyError } from '@sentby/node'

/** A buyer never waits longer than this for the partner program. */
const PATIENCE_MS = 2500
const MOST_CUSTOMERS = 1000

/** @param {import('./server.mjs').ShopSettings} settings */
export function createPartnerProgram({ endpoint, key, log }) {
  const journal = createJournal()
  const sentby = new Sentby({
    endpoint,
    key,
    onError: (error, { ids }) => {
      log(`not told: ${ids.join(', ')} (${error.code})`)
      for (const id of ids) journal.settle(id, 'failed')
    },
  })
  const names = new Map()

  /** Tells an event now; when the collector does not answer, keeps it and tells it later. */
  async function tell(event) {
    const { type, ...fields } = event
    const at = new Date().toISOString()
    const signal = AbortSignal.timeout(PATIENCE_MS)
    try {
      const { id, outcome, verdict } = await sentby[type](fields, { signal })
      journal.add(event.customer, { ...event, id, at, outcome, verdict })
      return verdict
    } catch (error) {
      const isFinal = error instanceof SentbyError && !error.retryable
      log(`${type}: ${isFinal ? 'refused' : 'later'} (${error.code ?? error.name})`)
      // The same id both times (`signup:<customer>`, `sale:<order>`), so it stays one event.
      const id = isFinal ? undefined : sentby.enqueue(event)
      journal.add(event.customer, { ...event, id, at, outcome: isFinal ? 'failed' : 'waiting' })
      return undefined
    }
  }

  return {
    cameWith: (cookieHeader) => sentby.fromCookie(cookieHeader),
    /** A `Set-Cookie` value that keeps the script's cookie for its whole life, Safari's 7 days or not. */
    refreshCookie: (request) => sentby.refreshCookie(request),

    /**
     * A customer signed up in the browser of this cookie.
     *
     * @returns the verdict about a typed code, if there was one and the collector answered.
     */
    signedUp(customer, { email, cookieHeader, codeField }) {
      const came = sentby.fromCookie(cookieHeader)
      return tell({
        type: 'signup',
        customer,
        email,
        visitor: came?.visitor,
        code: typedCode(codeField, came),
      })
    },

    /** A customer paid; `amount` in minor units. */
    paid: (sale) => tell({ type: 'sale', ...sale }),

    /** What the shop told about a customer, in order. */
    told: (customer) => journal.of(customer),

    /**
     * The decision about a customer, as `GET /v1/customers/{id}/credit` gives it; `null` while the collector
     * knows no such customer, `undefined` when it does not answer.
     */
    async credit(customer) {
      const { status, body } = await ask(`/v1/customers/${encodeURIComponent(customer)}/credit`)
      if (status === 200) journal.arrived(customer)
      return status === 200 ? body : status === 404 ? null : undefined
    },

    /** The name of a partner; its id when the collector does not tell. */
    async partnerName(id) {
      if (!names.has(id)) {
        const { status, body } = await ask(`/v1/partners/${encodeURIComponent(id)}`)
        if (status !== 200) return id
        names.set(id, body.name)
      }
      return names.get(id)
    },

    close: () => sentby.close({ timeoutMs: 3000 }),
  }

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
}

/**
 * The code of the form's field if a person typed it. The script fills the field in with the code of a link;
 * sent back unchanged that is still a link, and telling it as typed would give it more weight than it has.
 */
function typedCode(field, came) {
  const code = `${field ?? ''}`.toUpperCase().replace(/[\s._-]/g, '')
  if (!/^[A-Z0-9]{2,32}$/.test(code)) return undefined
  return came?.last?.source === 'link' && came.code === code ? undefined : code
}

/** What was told about each customer and what became of it, for the page that explains. */
function createJournal() {
  const entries = new Map()
  return {
    add(customer, entry) {
      if (entries.size >= MOST_CUSTOMERS) entries.delete(entries.keys().next().value)
      entries.set(customer, [...(entries.get(customer) ?? []), entry].slice(-20))
    },
    of: (customer) => entries.get(customer) ?? [],
    settle(id, outcome) {
      for (const list of entries.values()) {
        for (const entry of list) if (entry.id === id) entry.outcome = outcome
      }
    },
    /** The collector knows the customer, so the signup that waited has reached it. */
    arrived(customer) {
      for (const entry of entries.get(customer) ?? []) {
        if (entry.outcome === 'waiting' && entry.type === 'signup') entry.outcome = 'stored'
      }
    },
  }
}
