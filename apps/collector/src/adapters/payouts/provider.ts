/** What a provider that pays over the network must be able to do, so that nobody is paid twice (reliability M6). */
import type { PayoutStatus } from '@sentby/store'

/** One payout as a provider is asked to pay it: minor units of its currency. */
export interface Payment {
  /** The payout's id: the provider keeps it with the payment. */
  id: string
  amount: number
  currency: string
  /** As the partner gave it when the batch was closed. */
  destination: Readonly<Record<string, string>>
}

/** A batch under the key by which the provider knows it for ever. */
export interface PaymentBatch {
  key: string
  /** What the provider calls it, once it has said so. */
  providerId: string | null
  /** What somebody else says that the provider calls it: to be believed only where it answers with our key. */
  hint?: string | null
  /** When it was first sent; ISO-8601. */
  firstSentAt: string
  /** What is told to who is paid. */
  note: string
  /** To `send` those without an end only; to `look` all that were sent. */
  payments: readonly Payment[]
}

/** How a payment stands at the provider; amounts as it tells them, to be compared with ours. */
export interface PaymentReport {
  id: string
  status: Exclude<PayoutStatus, 'ready'>
  amount: number
  currency: string
  reference: string | null
  /** No secret and no value of ours stands in it: vendors read it. */
  reason: string | null
}

export interface BatchReport {
  providerId: string | null
  /** Payments that are not in it stay as they are. */
  payments: PaymentReport[]
}

export interface PaymentProvider {
  /** Whose money it is: the provider's account and mode. What one account was asked to pay, no other is ever asked. */
  readonly account: string
  /** How long after the first time the same key pays nothing more for certain, in milliseconds. */
  readonly keyLifeMs: number
  /**
   * Tells from what is known here why the provider cannot pay a batch; nothing is asked of it.
   *
   * @returns `null` when it may be sent.
   */
  refuses(payments: readonly Payment[]): string | null
  /**
   * Asks to pay what the batch names, once for its key: the same key again pays nothing more.
   *
   * @throws ProviderRefusal when the provider took nothing of **this** request; any other failure may have paid.
   */
  send(batch: PaymentBatch): Promise<BatchReport>
  /**
   * Looks how a batch stands, by its key or the provider's id.
   *
   * @returns `null` when the provider knows nothing of it. @throws whatever kept it from looking.
   */
  look(batch: PaymentBatch): Promise<BatchReport | null>
}

/** The provider took nothing of the request; the message says why and holds no secret. */
export class ProviderRefusal extends Error {
  override readonly name = 'ProviderRefusal'
  /** `true`: the same request may be taken later (no token, too many requests). */
  readonly later: boolean

  constructor(reason: string, { later = false }: { later?: boolean } = {}) {
    super(reason)
    this.later = later
  }
}
