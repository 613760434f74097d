import { resultOrError } from './answer.ts'
import {
  type Attribution,
  type CookieRequest,
  cookieToSet,
  type RefreshOptions,
  readCookie,
} from './cookie.ts'
import { SentbyError } from './errors.ts'
import { EventQueue, type FlushReport } from './event-queue.ts'
import type {
  Assign,
  Cancel,
  CodeEntry,
  EventResult,
  EventType,
  Identify,
  Install,
  Lead,
  Refund,
  Sale,
  SentbyEvent,
  Signup,
  Visit,
} from './events.ts'
import { readOptions, type SentbyOptions, type Settings } from './options.ts'
import { isEventType, type PreparedEvent, prepareEvent, unknownType } from './prepare-event.ts'
import { sendEvents } from './send-events.ts'
import { signCustomer } from './sign.ts'

export interface CallOptions {
  /** Ends the call, waits included; it rejects with the signal's reason. */
  signal?: AbortSignal | undefined
}

/**
 * Tells a Sentby collector what happened. Each method named after an event sends that one event and
 * resolves after the collector has committed it. Await it: a serverless host stops what nobody awaits.
 *
 * They reject with {@link ValidationError} (wrong or `rejected`), {@link ConflictError} (the id is taken by
 * other content), {@link ApiError} and {@link RateLimitError} (the collector refused the request),
 * {@link ConnectionError}, {@link TimeoutError}, or the reason of `signal`. Repeating a call is always safe.
 *
 * @example
 * const sentby = new Sentby({ key: 'sk_…', endpoint: 'https://go.acme.test' })
 * await sentby.sale({ customer: 'cus_9', order: 'in_1', amount: 4900, currency: 'EUR' })
 */
export class Sentby {
  readonly #settings: Settings
  readonly #queue: EventQueue
  readonly #calls = new Set<Promise<unknown>>()
  #closed: Promise<FlushReport> | undefined

  /** @throws SentbyError `invalid_option` when the key, the endpoint or a number is wrong. */
  constructor(options: SentbyOptions) {
    const settings = readOptions(options)
    this.#settings = settings
    this.#queue = new EventQueue({
      ...settings,
      send: (events, signal) => sendEvents(settings, events, signal),
    })
  }

  /** A visitor came by a partner's link. Id: random. */
  visit(event: Visit, options?: CallOptions): Promise<EventResult> {
    return this.#sendOne('visit', event, options)
  }

  /** Somebody entered a partner's code; the verdict tells whether it is known. Id: random. */
  code(event: CodeEntry, options?: CallOptions): Promise<EventResult> {
    return this.#sendOne('code', event, options)
  }

  /** A copy of the product was installed. Id: random. */
  install(event: Install, options?: CallOptions): Promise<EventResult> {
    return this.#sendOne('install', event, options)
  }

  /** Ties a browser or an installation to a customer; repeated, it changes nothing. Id: random. */
  identify(event: Identify, options?: CallOptions): Promise<EventResult> {
    return this.#sendOne('identify', event, options)
  }

  /** A customer signed up: decides who is credited. Id: `signup:<customer>`. */
  signup(event: Signup, options?: CallOptions): Promise<EventResult> {
    return this.#sendOne('signup', event, options)
  }

  /** A customer paid; amounts are integers in minor units (49.00 EUR is 4900). Id: `sale:<order>`. */
  sale(event: Sale, options?: CallOptions): Promise<EventResult> {
    return this.#sendOne('sale', event, options)
  }

  /** Money went back. Id: `refund:<refund>`; with `status: 'undone'`, `refund-undone:<refund>`. */
  refund(event: Refund, options?: CallOptions): Promise<EventResult> {
    return this.#sendOne('refund', event, options)
  }

  /** A subscription ended. Id: random; give your billing system's own, so that a retry is the same event. */
  cancel(event: Cancel, options?: CallOptions): Promise<EventResult> {
    return this.#sendOne('cancel', event, options)
  }

  /** A partner refers somebody by name. Id: `lead:<lead>:<status>`; a status that comes back needs its own. */
  lead(event: Lead, options?: CallOptions): Promise<EventResult> {
    return this.#sendOne('lead', event, options)
  }

  /** You decide who gets the credit. Id: random, as a customer may be assigned back. */
  assign(event: Assign, options?: CallOptions): Promise<EventResult> {
    return this.#sendOne('assign', event, options)
  }

  /**
   * Queues an event in memory and returns at once; it goes out with others, within `flushIntervalMs`, under
   * the time of this call. Errors go to `onError`. Not for money, and not without `flush` where the process
   * may stop.
   *
   * @returns the event's id.
   * @throws ValidationError when the event is wrong.
   */
  enqueue(event: SentbyEvent): string {
    const { type, ...fields } = event
    if (!isEventType(type)) throw unknownType(type)
    const at = fields.at ?? new Date(this.#settings.now()).toISOString()
    const prepared = this.#prepare(type, { ...fields, at })
    if (this.#closed) this.#queue.refuse(closedError(), [prepared])
    else this.#queue.add(prepared)
    return prepared.id
  }

  /**
   * Sends what is queued. Resolves when all of it is sent or dropped, or the collector does not answer
   * (`queued` tells how many wait on). Never rejects.
   */
  flush(): Promise<FlushReport> {
    return this.#queue.flush()
  }

  /**
   * Takes no more events, sends what is queued, waits for calls under way, for `timeoutMs` at most
   * (default 10,000), and reports what is left to `onError`. Never rejects; a second call is the first.
   */
  close(options: { timeoutMs?: number | undefined } = {}): Promise<FlushReport> {
    this.#closed ??= this.#close(options.timeoutMs ?? 10_000)
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /**
   * Signs a customer's id, for the browser's `signup` and `identify` (RULES S8). Counts for 24 hours: make
   * it when the page is rendered, for the customer who is signed in.
   *
   * @throws SentbyError `invalid_option` without `identitySecret` and `program`.
   */
  sign(customer: string): string {
    const { identitySecret, program, now } = this.#settings
    if (!identitySecret || !program) {
      throw new SentbyError('sign needs the options identitySecret and program', {
        code: 'invalid_option',
      })
    }
    return signCustomer(identitySecret, program, customer, Math.floor(now() / 1000))
  }

  /**
   * What the browser's script knows about the visitor, from a `Cookie` header. Pass on `visitor`; the times
   * are the visitor's claim, and no event of yours carries them.
   */
  fromCookie(header: string | null | undefined): Attribution | undefined {
    return readCookie(header, this.#settings.cookieDays, this.#settings.now())
  }

  /**
   * A `Set-Cookie` value that re-sets the script's cookie by HTTP, for Safari ends after 7 days what a
   * script wrote. Value, Domain and end of life stay as they are. `undefined`: nothing to refresh.
   *
   * @param request of `node:http` or Fetch; or the bare `Cookie` header, with `host`.
   */
  refreshCookie(request: CookieRequest, options?: RefreshOptions): string | undefined
  refreshCookie(
    header: string | null | undefined,
    options: RefreshOptions & { host: string },
  ): string | undefined
  refreshCookie(
    request: CookieRequest | string | null | undefined,
    options: RefreshOptions = {},
  ): string | undefined {
    const { cookieDays: days, cookieDomain: domain, now } = this.#settings
    return cookieToSet(request ?? '', { ...options, days, domain, nowMs: now() })
  }

  #prepare(type: EventType, fields: object): PreparedEvent {
    const { keyKind, now } = this.#settings
    return prepareEvent(type, fields, keyKind, { now, randomBytes })
  }

  async #sendOne(type: EventType, fields: object, options?: CallOptions): Promise<EventResult> {
    if (this.#closed) throw closedError()
    const event = this.#prepare(type, fields)
    const call = sendEvents(this.#settings, [event], options?.signal)
    const settled: Promise<unknown> = call.then(
      () => this.#calls.delete(settled),
      () => this.#calls.delete(settled),
    )
    this.#calls.add(settled)
    const [result] = await call
    const answer = result && resultOrError(event.id, result)
    if (!answer) throw new SentbyError('the collector gave no result', { code: 'bad_answer' })
    if (answer instanceof SentbyError) throw answer
    return answer
  }

  async #close(timeoutMs: number): Promise<FlushReport> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
    })
    const [report] = await Promise.all([
      this.#queue.close(timeoutMs),
      Promise.race([Promise.all(this.#calls), late]),
    ])
    clearTimeout(timer)
    return report
  }
}

function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length))
}

function closedError(): SentbyError {
  return new SentbyError('this client is closed', { code: 'closed' })
}
