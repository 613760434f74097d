/** All that a shop needs of Sentby: tell who signed up and who paid. */
import { Sentby, SentbyError } from '@sentby/node'

/** A buyer never waits longer than this for the partner program. */
const PATIENCE_MS = 2500
const MOST_KEPT = 1000

/** @param {import('./server.mjs').ShopSettings} settings */
export function createPartnerProgram({ endpoint, key, log }) {
  /** Events that the collector has not taken yet, by id; for the page that explains. */
  const untold = new Map()
  const sentby = new Sentby({
    endpoint,
    key,
    onError(error, { ids }) {
      log(`not told: ${ids.join(', ')} (${error.code})`)
      for (const id of ids) if (untold.has(id)) untold.get(id).outcome = 'failed'
    },
  })

  /** Tells an event now; when the collector does not answer, keeps it and tells it later. */
  async function tell({ type, ...fields }) {
    try {
      return await sentby[type](fields, { signal: AbortSignal.timeout(PATIENCE_MS) })
    } catch (error) {
      const isFinal = error instanceof SentbyError && !error.retryable
      log(`${type} ${isFinal ? 'refused' : 'waits'}: ${error.code ?? error.name}`)
      if (isFinal) return undefined
      // The same id both times (`signup:<customer>`, `sale:<order>`), so it stays one event.
      const id = sentby.enqueue({ type, ...fields })
      const at = new Date().toISOString()
      untold.set(id, { id, at, type, outcome: 'waiting', content: fields })
      if (untold.size > MOST_KEPT) untold.delete(untold.keys().next().value)
      return undefined
    }
  }

  return {
    /** What the script's cookie tells about the browser. */
    cameWith: (cookieHeader) => sentby.fromCookie(cookieHeader),

    /** A `Set-Cookie` value that keeps the script's cookie for its whole life, Safari's 7 days or not. */
    refreshCookie: (request) => sentby.refreshCookie(request),

    /**
     * A customer signed up in the browser of this cookie.
     *
     * @returns the verdict about a code that the script did not tell itself, if the collector answered.
     */
    async signedUp(customer, { email, cookieHeader, codeField }) {
      const came = sentby.fromCookie(cookieHeader)
      const code = untoldCode(codeField, came)
      const signup = { type: 'signup', customer, email, visitor: came?.visitor, code }
      return (await tell(signup))?.verdict
    },

    /** A customer paid; `amount` in minor units. */
    paid: (sale) => tell({ type: 'sale', ...sale }),

    /** A customer's events that the collector has not taken yet. */
    untold: (customer) =>
      [...untold.values()].filter(({ content }) => content.customer === customer),

    close: () => sentby.close({ timeoutMs: 3000 }),
  }
}

/**
 * The code of the form's field, unless the script knows it already: it fills the field in with the code of
 * a link, which must not become a typed one, and it tells a typed code by itself. What is left is a code
 * that the script could not tell: it was blocked, or may store nothing, or nobody has this code.
 */
function untoldCode(field, came) {
  const code = `${field ?? ''}`.toUpperCase().replace(/[\s._-]/g, '')
  return /^[A-Z0-9]{2,32}$/.test(code) && came?.code !== code ? code : undefined
}
