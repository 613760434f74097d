/** The collector's log of events, read on and kept by visitor and customer: for the page that explains. */
const DAY_MS = 24 * 60 * 60 * 1000
/** What several collectors store at the same time may appear a little out of order. */
const OVERLAP_MS = 5000
const MOST_EVENTS = 5000
const MOST_PAGES = 50

/**
 * A page of the collector's log, as far as it is read here.
 *
 * @typedef {{ customer?: string, visitor?: string, [field: string]: unknown }} Content
 * @typedef {{ id: string, trust: string, received: string, content: Content | null }} LoggedEvent
 * @typedef {{ data: LoggedEvent[], next: string | null }} LogPage
 */

/** @param {(path: string) => Promise<{ status: number, body: LogPage }>} ask */
export function createEventLog(ask) {
  /** Newest last. */
  const events = new Map()
  let since = new Date(Date.now() - DAY_MS).toISOString()
  let reading

  async function readPages() {
    let cursor
    for (let page = 0; page < MOST_PAGES; page++) {
      const query = new URLSearchParams({ limit: '100', since, ...(cursor && { cursor }) })
      const { status, body } = await ask(`/v1/events?${query}`)
      if (status !== 200) return
      for (const event of body.data) events.set(`${event.trust} ${event.id}`, event)
      cursor = body.next
      if (!cursor) return
    }
  }

  async function readOn() {
    await readPages()
    const last = [...events.values()].at(-1)
    if (last) since = new Date(Date.parse(last.received) - OVERLAP_MS).toISOString()
    for (const key of events.keys()) {
      if (events.size <= MOST_EVENTS) return
      events.delete(key)
    }
  }

  return {
    /** What was stored about a customer and its browsers, and about this visitor. */
    async of(customer, visitor) {
      // Many who look at once share one look.
      reading ??= readOn().finally(() => {
        reading = undefined
      })
      await reading
      const all = [...events.values()].filter(({ content }) => content)
      const visitors = new Set([visitor])
      for (const { content } of all) if (isOf(content, customer)) visitors.add(content.visitor)
      visitors.delete(undefined)
      return all.filter(({ content }) => isOf(content, customer) || visitors.has(content.visitor))
    },
  }
}

const isOf = (content, customer) => customer !== undefined && content.customer === customer
