/** Who can be asked over the network to pay a program's batches, by method. */
import type { PayoutMethod } from '@sentby/contract'
import { paypalSetting, type Store, stripeSetting } from '@sentby/store'
import { PaypalPayouts } from '../../adapters/payouts/paypal-api.ts'
import type { PaymentProvider } from '../../adapters/payouts/provider.ts'
import { stripeBalance } from '../../adapters/payouts/stripe-balance.ts'
import type { Clock } from '../clock.ts'

export interface ProviderOptions {
  store: Store
  clock: Clock
  /** Instead of PayPal's own. */
  paypalUrl: string | undefined
  /** Instead of Stripe's own. */
  stripeApiUrl?: string | undefined
  /** For each request to a provider. */
  timeoutMs?: number
}

const TIMEOUT_MS = 30_000

/** The providers of all programs; what one has learnt (a token) it keeps until its settings change. */
export class Providers {
  readonly #options: ProviderOptions
  readonly #paypal = new Map<string, { since: string; provider: PaymentProvider }>()
  readonly #stripe = new Map<string, { since: string; provider: PaymentProvider }>()

  constructor(options: ProviderOptions) {
    this.#options = options
  }

  /** @returns `null` where nobody is set up, or the method is paid by file. */
  async of(programId: string, method: string): Promise<PaymentProvider | null> {
    switch (method as PayoutMethod) {
      case 'paypal':
        return this.#ofPaypal(programId)
      case 'account_credit':
        return this.#ofStripe(programId)
      default:
        return null
    }
  }

  async #ofPaypal(programId: string): Promise<PaymentProvider | null> {
    const { store, clock, paypalUrl: url, timeoutMs = TIMEOUT_MS } = this.#options
    const row = await paypalSetting(store.db, programId)
    if (!row) return null
    const since = `${row.updated_at} ${row.environment} ${row.client_id} ${row.client_secret}`
    const known = this.#paypal.get(programId)
    if (known?.since === since) return known.provider
    const { client_id: clientId, client_secret: clientSecret, environment } = row
    const account = { clientId, clientSecret, environment }
    const provider = new PaypalPayouts(account, { url, timeoutMs, now: () => clock.now() })
    this.#paypal.set(programId, { since, provider })
    return provider
  }

  /** What needs no network goes on without a key: by webhook or by file. */
  async #ofStripe(programId: string): Promise<PaymentProvider | null> {
    const { store, clock, stripeApiUrl: url, timeoutMs = TIMEOUT_MS } = this.#options
    const { api_key: apiKey = null, account = null } =
      (await stripeSetting(store.db, programId)) ?? {}
    if (apiKey === null) return null
    const since = `${apiKey} ${account}`
    const known = this.#stripe.get(programId)
    if (known?.since === since) return known.provider
    const provider = stripeBalance({ apiKey, account }, { url, timeoutMs, now: () => clock.now() })
    this.#stripe.set(programId, { since, provider })
    return provider
  }
}
