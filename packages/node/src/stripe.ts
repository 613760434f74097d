import type { Attribution } from './cookie.ts'

export interface StripeMetadataOptions {
  /**
   * Your own id of the customer, for `client_reference_id`. Absent: the visitor's id stands there, which the collector
   * understands as well.
   */
  customer?: string | undefined
}

/** What to pass to Stripe when a checkout session, a customer or a subscription is created. */
export interface StripeTies {
  /** For checkout sessions only: nothing else of Stripe's takes it. */
  client_reference_id?: string
  metadata: { sentby_visitor?: string; sentby_code?: string }
}

/** Stripe refuses longer ones. */
const REFERENCE_LENGTH = 200

/**
 * Ties a customer of Stripe's to the visitor that it was: the collector reads both from Stripe's webhook. A code goes
 * along if it was typed; one that came by a link is the visitor's, and is found there. What is empty is left out, for
 * Stripe refuses `''`.
 *
 * @param attribution what `fromCookie` gives, or the browser's `get()`; `undefined` where there is none.
 * @example
 * const { client_reference_id, metadata } = stripeMetadata(sentby.fromCookie(cookieHeader))
 * await stripe.checkout.sessions.create({ mode: 'subscription', client_reference_id, metadata, … })
 */
export function stripeMetadata(
  attribution: Partial<Attribution> | undefined,
  options: StripeMetadataOptions = {},
): StripeTies {
  const visitor = attribution?.visitor || undefined
  const code = attribution?.code || undefined
  const isTyped = attribution?.last?.source !== 'link'
  const reference = options.customer || visitor
  return {
    ...(reference !== undefined && reference.length <= REFERENCE_LENGTH
      ? { client_reference_id: reference }
      : {}),
    metadata: {
      ...(visitor === undefined ? {} : { sentby_visitor: visitor }),
      ...(code !== undefined && isTyped ? { sentby_code: code } : {}),
    },
  }
}
