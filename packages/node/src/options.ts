import { SentbyError } from './errors.ts'
import type { OnError } from './event-queue.ts'
import { warn } from './warn.ts'

export interface SentbyOptions {
  /** The secret key (`sk_…`); a publishable one (`pk_…`) may send visit, code, install, identify, signup. */
  key: string
  /** The collector's address: `https://go.acme.test`. A path in front of it may stay. */
  endpoint: string
  /** One try, in milliseconds; default 10,000. */
  timeoutMs?: number | undefined
  /** A whole call, all tries and waits, in milliseconds; default three times `timeoutMs`. */
  deadlineMs?: number | undefined
  /** Tries after the first; default 3. */
  maxRetries?: number | undefined
  /** As many queued events are sent without waiting; default 100. */
  flushAt?: number | undefined
  /** A queued event waits no longer, in milliseconds; default 5,000. */
  flushIntervalMs?: number | undefined
  /** Events queued at most; default 10,000 (and 32 MB). */
  maxQueueSize?: number | undefined
  /** Hears of every error of queued events; default: `console.warn`. */
  onError?: OnError | undefined
  /** The program, as `sentby init` printed it; needed for `sign`. */
  program?: string | undefined
  /** The identity secret that `sentby init` printed; needed for `sign`. */
  identitySecret?: string | undefined
  /** The script's `data-sentby-days`; default 90. */
  cookieDays?: number | undefined
  /** Domain of the refreshed cookie; default: the one that the script chose. */
  cookieDomain?: string | undefined
  /** Instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined
  /** Milliseconds since 1970; default `Date.now`. */
  now?: (() => number) | undefined
  /** In [0, 1), for the waits between tries; default `Math.random`. */
  random?: (() => number) | undefined
}

/** Options with every default filled in. */
export interface Settings {
  key: string
  keyKind: 'secret' | 'publishable'
  endpoint: string
  timeoutMs: number
  deadlineMs: number
  maxRetries: number
  flushAt: number
  flushIntervalMs: number
  maxQueueSize: number
  onError: OnError
  program: string | undefined
  identitySecret: string | undefined
  cookieDays: number
  cookieDomain: string | undefined
  fetch: typeof globalThis.fetch
  now: () => number
  random: () => number
}

/** setTimeout fires at once beyond this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Checks the options and fills in the defaults.
 *
 * @throws SentbyError `invalid_option`; its message never holds the key.
 */
export function readOptions(options: SentbyOptions): Settings {
  const timeoutMs = number(options.timeoutMs, 'timeoutMs', 10_000, 1)
  const { key } = options
  return {
    keyKind: keyKind(key),
    key,
    endpoint: endpoint(options.endpoint),
    timeoutMs,
    deadlineMs: number(options.deadlineMs, 'deadlineMs', 3 * timeoutMs, 1),
    maxRetries: number(options.maxRetries, 'maxRetries', 3, 0),
    flushAt: number(options.flushAt, 'flushAt', 100, 1),
    flushIntervalMs: number(options.flushIntervalMs, 'flushIntervalMs', 5_000, 1),
    maxQueueSize: number(options.maxQueueSize, 'maxQueueSize', 10_000, 1),
    onError: options.onError ?? warnOf,
    program: options.program,
    identitySecret: options.identitySecret,
    cookieDays: number(options.cookieDays, 'cookieDays', 90, 1),
    cookieDomain: domain(options.cookieDomain),
    // Called as a method, fetch throws "Illegal invocation" on workers.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    now: options.now ?? Date.now,
    random: options.random ?? Math.random,
  }
}

function keyKind(key: unknown): 'secret' | 'publishable' {
  if (typeof key !== 'string' || key === '') {
    throw invalid('key is missing: give the secret key (sk_…) that `sentby init` printed')
  }
  if (/\s/.test(key)) throw invalid('key holds a space or a line break: was it cut from a file?')
  if (!/^[sp]k_[A-Za-z0-9_-]+$/.test(key)) {
    throw invalid('key is none of Sentby: a secret key begins with sk_, a publishable one with pk_')
  }
  return key.startsWith('sk_') ? 'secret' : 'publishable'
}

function endpoint(given: unknown): string {
  if (typeof given !== 'string' || !URL.canParse(given)) {
    throw invalid("endpoint must be the collector's address, such as https://go.acme.test")
  }
  const { protocol, username, password, search, hash, origin, pathname } = new URL(given)
  if (protocol !== 'https:' && protocol !== 'http:') throw invalid('endpoint must be http or https')
  if (username !== '' || password !== '' || search !== '' || hash !== '') {
    throw invalid('endpoint must have no user, query or fragment')
  }
  return origin + pathname.replace(/\/+$/, '')
}

function number(given: unknown, name: string, fallback: number, least: number): number {
  if (given === undefined) return fallback
  if (!Number.isInteger(given) || Number(given) < least || Number(given) > LONGEST_TIMER_MS) {
    throw invalid(`${name} must be an integer of ${least} or more`)
  }
  return Number(given)
}

function domain(given: unknown): string | undefined {
  if (given === undefined) return undefined
  if (typeof given !== 'string' || !/^\.?[A-Za-z0-9.-]+$/.test(given)) {
    throw invalid('cookieDomain must be a host name, such as acme.test')
  }
  return given
}

const warnOf: OnError = (error, { dropped }) => {
  warn(`${error.message}${dropped > 0 ? ` (events dropped: ${dropped})` : ''}`)
}

function invalid(message: string): SentbyError {
  return new SentbyError(message, { code: 'invalid_option' })
}
