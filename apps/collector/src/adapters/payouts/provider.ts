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
  /** What is told to who is paid. */
  note: string
  payments: readonly Payment[]
}

/** How a payment stands at the provider; amounts as it tells them, to be compared with ours. */
export interface PaymentReport {
  id: string
  status: Exclude<PayoutStatus, 'ready'>
  amount: number
  currency: string
  reference: string | null
  reason: string | null
}

export interface BatchReport {
  providerId: string | null
  payments: PaymentReport[]
}

export interface PaymentProvider {
  /**
   * Asks to pay what the batch names, once for its key: the same key again pays nothing more.
   *
   * @throws ProviderRefusal when the provider says that it took nothing; any other failure may have paid.
   */
  send(batch: PaymentBatch): Promise<BatchReport>
  /**
   * Looks how a batch stands, by its key or the provider's id.
   *
   * @returns `null` when the provider knows nothing of it. @throws whatever kept it from looking.
   */
  look(batch: PaymentBatch): Promise<BatchReport | null>
}

/** The provider answered, and took nothing of the batch. */
export class ProviderRefusal extends Error {
  override readonly name = 'ProviderRefusal'
}
