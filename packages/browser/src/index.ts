import { open, start, VERSION } from './client.ts'
import { watchLinks } from './links.ts'
import type { Options, Sentby } from './types.ts'

export type { Offer, Options, Person, Sentby, Snapshot, Touch, Verdict } from './types.ts'

let client: Sentby | undefined

/**
 * Starts capturing partner codes in this page; on a server it does nothing and stores nothing. A page has
 * one client: a second call returns the first one's.
 *
 * @example
 * const sentby = createSentby({ key: 'pk_…', endpoint: 'https://go.acme.test' })
 * sentby.get().code // 'JANE'
 */
export function createSentby(options: Options): Sentby {
  if (typeof document !== 'undefined') {
    try {
      if (!client) {
        if (options.domains) watchLinks(options.domains)
        client = start(options)
        open()
      }
      return client
    } catch {
      // A browser too old for this: the page goes on without.
    }
  }
  const queued = async () => ({ status: 'queued' }) as const
  return {
    version: VERSION,
    get: () => ({ visitor: '' }),
    code: queued,
    signup: queued,
    identify: queued,
    onChange: () => () => {},
    consent() {},
    flush: async () => {},
  }
}
