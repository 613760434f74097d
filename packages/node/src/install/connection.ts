import { type Environment, readStarted } from './config.ts'
import { isOn } from './may-send.ts'
import { type Answer, type CollectorAnswer, postForm } from './post-form.ts'

/** Where and as whom something is told. */
export interface ConnectionOptions {
  /** The collector's address: `https://go.acme.test`. A path in front of it may stay. */
  endpoint: string
  /** The publishable key (`pk_…`): whoever has the product can read it. */
  key: string
  /** Everything that one call sends, in milliseconds; default 3,000. */
  timeoutMs?: number | undefined
  /** Environment; default: the process's. */
  env?: Environment | undefined
  /** Instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined
}

/** How telling the collector ended. Nothing of it should change what the installer does next. */
export interface Report {
  /**
   * The collector's word; `queued`: kept on disk for the next call; `refused`: the collector will not take
   * it; `not_sent`: nothing left the machine, or it failed and nothing could be kept.
   */
  status: CollectorAnswer['status'] | 'queued' | 'refused' | 'not_sent'
  /** The credited partner's code. */
  code?: string
  receipt?: string
  partner?: { name: string }
  queued?: boolean
  reason?: string
}

export interface Connection {
  env: Environment
  isDebugging: boolean
  /** `path` below the endpoint; `form` is what follows the key. */
  post(path: string, form: string): Promise<Answer>
  close(): void
}

const DEFAULT_TIMEOUT_MS = 3_000
/** setTimeout fires at once beyond this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Opens what one call sends through: all its requests share one time budget.
 *
 * @throws RangeError when the endpoint or the key is none.
 */
export function connect(options: ConnectionOptions): Connection {
  const { endpoint, key, timeoutMs = DEFAULT_TIMEOUT_MS } = options
  if (!/^https?:\/\/[^?#]+$/.test(endpoint) || !URL.canParse(endpoint)) {
    throw new RangeError('endpoint must be an address such as https://go.acme.test')
  }
  if (!/^[sp]k_[A-Za-z0-9_-]+$/.test(key)) throw new RangeError('key must be a key (pk_…)')
  const env = options.env ?? readStarted().env
  const base = endpoint.replace(/\/+$/, '')
  const budget = new AbortController()
  const budgetMs = Math.min(Math.max(timeoutMs, 1), LONGEST_TIMER_MS)
  let timer: NodeJS.Timeout | undefined
  return {
    env,
    isDebugging: isOn(env['SENTBY_DEBUG']),
    post(path, form) {
      // The time to read a notice is not the network's.
      timer ??= setTimeout(() => budget.abort(), budgetMs).unref()
      const fetch = options.fetch ?? globalThis.fetch
      return postForm(base + path, `key=${key}&${form}`, budget.signal, fetch)
    },
    close: () => clearTimeout(timer),
  }
}

/** Shows, where `SENTBY_DEBUG` is set, what would have been sent. */
export function showInstead(sent: object): Report {
  process.stderr.write(`${JSON.stringify(sent)}\n`)
  return { status: 'not_sent', reason: 'debug' }
}

/** A promise never rejects in the installer's face: options that cannot be used become a reason. */
export function reasonOf(error: unknown): string {
  return error instanceof RangeError || error instanceof TypeError ? 'invalid_option' : 'failed'
}
