/** A moment at which this browser met a code: by a link, or typed (also by the page's own call). */
export interface Touch {
  code: string
  /** ISO-8601, UTC, milliseconds. */
  at: string
  source: 'link' | 'typed'
}

/** What this browser knows of its visitor. `code` is the code of `last`. */
export interface Snapshot {
  visitor: string
  code?: string | undefined
  first?: Touch | undefined
  last?: Touch | undefined
}

/**
 * What became of a code. The first five are the collector's; `queued`: it was not reached yet (or may
 * not be, before consent) and the code waits; `invalid`: no code at all, or the request was refused.
 */
export interface Verdict {
  status:
    | 'accepted'
    | 'unknown_code'
    | 'inactive'
    | 'not_creditable'
    | 'deferred'
    | 'queued'
    | 'invalid'
  code?: string
  reason?: string | undefined
  partner?: { name: string }
  /** Of a typed code: what it offers. Of a signup: what this customer is given, once for ever. */
  offer?: Offer
}

/** Off the customer's first `periods` bills: a share of each (5000 is 50 %), or a fixed amount in minor units. */
export type Offer = { periods: number } & (
  | { basisPoints: number }
  | { amount: number; currency: string }
)

/** Who signs up or logs in; `signature` is made by the backend (`sentby.sign(customer)`). */
export interface Person {
  customer: string
  email?: string | undefined
  name?: string | undefined
  signature?: string | undefined
}

export interface Options {
  /** The publishable key, `pk_…`. */
  key: string
  /** Origin (or origin and path) of the collector, without a slash at the end. */
  endpoint: string
  /** Query parameters that carry a code. Default: `['via']`. */
  params?: string[] | undefined
  /** How long a touch is kept. Default: 90. */
  days?: number | undefined
  /** `'required'`: nothing is stored or sent before `consent(true)`. */
  consent?: 'required' | undefined
  /** Domain of the cookie; without it the widest that the browser allows. */
  cookieDomain?: string | undefined
  /** Other domains of the same vendor whose links carry the visitor over. */
  domains?: string[] | undefined
}

export interface Sentby {
  /** What is known now: synchronous, no network. */
  get(): Snapshot
  /** Claims a typed code; resolves with the verdict and never rejects. */
  code(code: string): Promise<Verdict>
  /** Reports that this visitor became a customer; never rejects. */
  signup(person: Person): Promise<Verdict>
  /** Ties this visitor to a customer without a conversion; never rejects. */
  identify(person: Person): Promise<Verdict>
  /** Calls back at every change of what is known; returns the function that ends it. */
  onChange(listener: (snapshot: Snapshot) => void): () => void
  /** The visitor's answer: `true` stores and sends what waited, `false` wipes all and stops. */
  consent(given: boolean): void
  /** Sends what waits, whatever the back-off; never rejects. */
  flush(): Promise<void>
  version: string
}
