/** Whether a delivery is Stripe's own, unchanged, and of now. */

/** How far a delivery's time may be from ours, either way, seconds; Stripe's own default, which looks back only. */
const TOLERANCE_SECONDS = 300

export type Verified =
  | { event: unknown }
  /** A notification that carries no object: nothing to read. */
  | { thin: true }
  | { refused: 'bad_signature' | 'stale_signature' | 'malformed_json' }

/**
 * Checks the signature over the body as it came with Stripe's own library, which is loaded with the first delivery: it
 * costs a third of a second.
 *
 * @param header `Stripe-Signature`.
 * @param secrets any of them may have signed: Stripe signs with two while one is replaced.
 */
export async function verifyDelivery(
  body: string,
  header: string | undefined,
  secrets: readonly string[],
  nowMs: number,
): Promise<Verified> {
  const { Stripe } = await import('stripe')
  const { webhooks, errors } = Stripe
  for (const secret of secrets) {
    try {
      // Tolerance 0: the library leaves the time to us.
      const event: unknown = webhooks.constructEvent(
        body,
        header ?? '',
        secret,
        0,
        undefined,
        nowMs,
      )
      return isOfNow(header ?? '', nowMs) ? { event } : { refused: 'stale_signature' }
    } catch (error) {
      if (error instanceof errors.StripeSignatureVerificationError) continue
      if (!isOfNow(header ?? '', nowMs)) return { refused: 'stale_signature' }
      return error instanceof SyntaxError ? { refused: 'malformed_json' } : { thin: true }
    }
  }
  return { refused: 'bad_signature' }
}

/** Of the time that was signed: of several the library takes the last. */
function isOfNow(header: string, nowMs: number): boolean {
  const times = header.split(',').filter((item) => item.split('=')[0] === 't')
  const signedAt = Number.parseInt(times.at(-1)?.split('=')[1] ?? '', 10)
  return Math.abs(Math.floor(nowMs / 1000) - signedAt) <= TOLERANCE_SECONDS
}
