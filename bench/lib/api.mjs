/** Calls of the API that set the scene or are themselves measured, one at a time. */

/**
 * @param {import('../servers/start-server.mjs').RunningServer} server
 * @param {string} key
 */
export function apiOf(server, key) {
  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @returns {Promise<any>} the answer's JSON.
   * @throws when it is refused.
   */
  return async (method, path, body) => {
    const response = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`)
    return JSON.parse(text)
  }
}

/** @typedef {ReturnType<typeof apiOf>} Api */

/**
 * Sends events in batches, some requests at a time; what a busy machine does not take in time is sent again.
 *
 * @param {Api} api
 * @param {readonly object[]} events
 */
export async function tell(api, events) {
  const waiting = []
  for (let from = 0; from < events.length; from += EVENTS_AT_ONCE) {
    waiting.push(events.slice(from, from + EVENTS_AT_ONCE))
  }
  const sendAll = async () => {
    for (let batch = waiting.shift(); batch; batch = waiting.shift()) {
      const { results } = await send(api, batch)
      const bad = results.find((/** @type {any} */ { outcome }) => !TAKEN.has(outcome))
      if (bad) throw new Error(`an event was not stored: ${JSON.stringify(bad)}`)
    }
  }
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, sendAll))
}

/** @param {Api} api @param {readonly object[]} events @returns {Promise<any>} */
async function send(api, events) {
  for (let tries = 1; ; tries++) {
    try {
      return await api('POST', '/v1/events', { events })
    } catch (error) {
      if (tries === TRIES) throw error
    }
  }
}

const TAKEN = new Set(['stored', 'duplicate'])
const TRIES = 5

const EVENTS_AT_ONCE = 200
const REQUESTS_AT_ONCE = 4
