/** A moment: a `Date`, or ISO-8601 text with a zone (`2026-11-22T10:00:00.000Z`). */
export type Instant = string | Date

/** What every event may carry. */
export interface EventBase {
  /**
   * Your own id for the event, 1–128 of `A-Z a-z 0-9 . _ : -`, unique for ever. Absent: derived where the
   * content names one (`sale:<order>`), else random. The same id twice is one event.
   */
  id?: string | undefined
  /**
   * When it happened. Absent: when the collector receives it. Leave it away for whatever came out of a
   * visitor's cookie: that time is the visitor's claim, not yours.
   */
  at?: Instant | undefined
}

/** A visitor came by a partner's link. */
export interface Visit extends EventBase {
  /** The browser's id, from {@link Sentby.fromCookie} or your own: grammar as `id`. */
  visitor: string
  /** The partner's code. Case, spaces and `- _ .` are ignored. */
  code: string
  /** The page; its query is cut before storing. */
  url?: string | undefined
  referrer?: string | undefined
  campaign?: string | undefined
  /** Up to 10 fields: `{ utm_source: 'newsletter' }`. */
  utm?: Record<string, string> | undefined
  /** The page stood inside a frame of another site; such a visit earns no credit. */
  frame?: boolean | undefined
}

/** Somebody entered a partner's code. Names exactly one of `visitor`, `install`, `customer`. */
export interface CodeEntry extends EventBase {
  code: string
  visitor?: string | undefined
  install?: string | undefined
  customer?: string | undefined
  /** `typed` (default), or `coupon`: redeemed at the checkout; secret key only. */
  source?: 'typed' | 'coupon' | undefined
  /** Made by {@link Sentby.sign}; needed for `customer` with a publishable key. */
  signature?: string | undefined
}

/** Where an installed product found a partner's code. */
export type ClaimSource = 'flag' | 'env' | 'config' | 'prompt' | 'stamp' | 'url' | 'filename'

/** A copy of a product was installed. */
export interface Install extends EventBase {
  /** The copy's own random id, grammar as `id`. */
  install: string
  product: string
  version?: string | undefined
  /** Every code or stamp it found, up to 16; the collector knows which source counts most. */
  claims?: { source: ClaimSource; value: string }[] | undefined
  visitor?: string | undefined
  /** A container or a test machine that will be gone soon. */
  ephemeral?: boolean | undefined
  /** The installation that this one is a copy of. */
  parent?: string | undefined
}

/** Ties a browser or an installation to a customer. It is no conversion. */
export interface Identify extends EventBase {
  /** Your own id of the customer, 1–255 printable characters. */
  customer: string
  visitor?: string | undefined
  install?: string | undefined
  email?: string | undefined
  name?: string | undefined
  /** Made by {@link Sentby.sign}; needed only with a publishable key. */
  signature?: string | undefined
}

/** A customer signed up. It is a conversion: from now on no later touch wins this customer. */
export interface Signup extends Identify {
  /** A code that the customer *typed*. A code from the cookie is a {@link Visit}, not this. */
  code?: string | undefined
  /** A partner's coupon that was redeemed; secret key only. */
  coupon?: string | undefined
}

/**
 * A customer paid. Secret key only. All amounts are integers in the currency's minor units: 49.00 EUR is
 * `4900`, 500 JPY is `500`.
 */
export interface Sale extends EventBase {
  customer: string
  /** Your id of the order, invoice or charge; one order is one sale, however often it is sent. */
  order: string
  /** What was paid, tax in and discount off, in minor units. */
  amount: number
  /** ISO 4217, any case: `EUR`. */
  currency: string
  /** Tax inside `amount`, minor units. */
  tax?: number | undefined
  /** The payment provider's fee, minor units. */
  fee?: number | undefined
  /** Discount that `amount` has already off, minor units. */
  discount?: number | undefined
  product?: string | undefined
  plan?: string | undefined
  subscription?: string | undefined
  /** The time paid for. */
  period?: { start: Instant; end: Instant } | undefined
  /** Ties for a guest's checkout, where no signup came before. */
  visitor?: string | undefined
  install?: string | undefined
  email?: string | undefined
  /** A partner's code typed at the checkout. */
  code?: string | undefined
  coupon?: string | undefined
}

/** Money went back, or a dispute took it. Secret key only. May arrive before its sale: it waits (`parked`). */
export interface Refund extends EventBase {
  /** Your id of the refund or dispute. */
  refund: string
  /** The order of the sale. */
  order: string
  /** Minor units of the sale's currency; absent: all of it. */
  amount?: number | undefined
  reason?: string | undefined
  /** `made` (default), or `undone`: the refund failed or the dispute was won. */
  status?: 'made' | 'undone' | undefined
}

/** A subscription ended. Secret key only. */
export interface Cancel extends EventBase {
  customer: string
  /** Absent: all of the customer's subscriptions. */
  subscription?: string | undefined
}

/** A partner refers somebody by name. Secret key only. */
export interface Lead extends EventBase {
  /** Your id of the lead. */
  lead: string
  /** The partner's code; needed on the first event of a lead. */
  code?: string | undefined
  name?: string | undefined
  email?: string | undefined
  company?: string | undefined
  note?: string | undefined
  status?: 'new' | 'accepted' | 'declined' | undefined
  /** Who the lead became, when accepted. */
  customer?: string | undefined
}

/** The vendor decides who gets the credit. Secret key only. The latest one stands. */
export interface Assign extends EventBase {
  customer: string
  /** A partner's id (`ptr_…`), or `null`: nobody. */
  partner: string | null
  /** Kept with the decision, for both sides to read. */
  reason: string
}

/** The fields of each type of event. */
export interface EventFields {
  visit: Visit
  code: CodeEntry
  install: Install
  identify: Identify
  signup: Signup
  sale: Sale
  refund: Refund
  cancel: Cancel
  lead: Lead
  assign: Assign
}

export type EventType = keyof EventFields

/** Any event, told apart by `type`: what {@link Sentby.enqueue} takes. */
export type SentbyEvent = { [Type in EventType]: { type: Type } & EventFields[Type] }[EventType]

/** What the collector says about the code that an event named; it does not tell who wins the customer. */
export interface Verdict {
  status: 'accepted' | 'unknown_code' | 'inactive' | 'not_creditable' | 'deferred'
  /** The code in its canonical form. */
  code?: string
  reason?: string
  /** Only for `code` and `install`, and only where the partner lets its name show. */
  partner?: { name: string }
  /** Of `code`: what the code offers. Of `signup`: what this customer is given, once for ever. */
  offer?: Offer
}

/** Off the customer's first `periods` bills: a share of each (5000 is 50 %), or a fixed amount in minor units. */
export type Offer = { periods: number } & (
  | { basisPoints: number }
  | { amount: number; currency: string }
)

/** What became of one event. */
export interface EventResult {
  id: string
  /**
   * `stored`; `duplicate`: this very event was stored before; `parked`: stored, and waits for another fact,
   * as a refund for its sale. All three are success.
   */
  outcome: 'stored' | 'duplicate' | 'parked'
  /** There when the event names a partner's code, or a signup is given an offer. */
  verdict?: Verdict
  /** Why it is parked. */
  reason?: string
}
