/** Partners who are paid in credit at Stripe, a collector, and Stripe on loopback. */
import type { BatchAnswer, ClosedAnswer, PayoutAnswer } from '@sentby/contract'
import { runSending } from '../../src/jobs/send-payouts.ts'
import { Providers } from '../../src/services/payouts/providers.ts'
import type { SendDeps } from '../../src/services/payouts/sending.ts'
import { openWorld, type Reply, type World } from '../payouts/world.ts'
import type { Engine } from '../test-collector.ts'
import { type FakeStripe, startFakeStripe } from './fake-stripe.ts'

export const API_KEY = 'rk_test_51AcmeAcmeAcmeAcmeSecret0001'
export const MINUTE_MS = 60_000
/** Long enough for an answer on loopback, however busy the machine is. */
const ANSWER_MS = 10_000

export interface BalanceWorld {
  world: World
  stripe: FakeStripe
  deps: World['collector']['deps']
  /** As another collector on the same database has them. */
  another(timeoutMs?: number): SendDeps
  setUp(more?: object): Promise<Reply<Record<string, unknown>>>
  /** A partner with approved account credit, and with a customer at Stripe. */
  partner(amount: number, currency?: string): Promise<string>
  /** Closes the balances of partners, of all if none is named. */
  close(partners?: readonly string[]): Promise<string>
  send(batch: string): Promise<Reply<BatchAnswer>>
  payouts(batch: string): Promise<PayoutAnswer[]>
  /** Lets time pass and runs the job. */
  later(ms: number): Promise<void>
  end(): Promise<void>
}

export async function openBalanceWorld(
  engine: Engine,
  paymentTimeoutMs = ANSWER_MS,
): Promise<BalanceWorld> {
  let nowMs = () => 0
  const stripe = await startFakeStripe(() => nowMs())
  const env = { STRIPE_API_URL: stripe.url }
  const world = await openWorld(engine, { env, paymentTimeoutMs })
  const { deps } = world.collector
  nowMs = () => deps.clock.now()
  let made = 0
  const setUp = (more: object = {}) =>
    world.call<Record<string, unknown>>('PUT', '/v1/program/stripe', {
      ...{ secret: 'whsec_acme0001', apiKey: API_KEY },
      ...more,
    })
  await setUp()
  return {
    world,
    stripe,
    deps,
    setUp,
    another: (timeoutMs = ANSWER_MS) => ({
      ...deps,
      providers: new Providers({
        ...{ store: deps.store, clock: deps.clock, timeoutMs },
        ...{ paypalUrl: undefined, stripeApiUrl: stripe.url },
      }),
    }),
    async partner(amount, currency = 'EUR') {
      const name = `Partner${++made}`
      const customer = `cus_${name}`
      stripe.customers.set(customer, null)
      const id = await world.partner(name, { payout: { customer } })
      if (amount > 0) await world.reward(id, amount, { currency, kind: 'account_credit' })
      return id
    },
    async close(partners) {
      const input = partners === undefined ? {} : { partners }
      const { body } = await world.call<ClosedAnswer>('POST', '/v1/payouts', input)
      const [batch] = body.batches
      if (!batch?.id) throw new Error(`nothing was closed: ${JSON.stringify(body)}`)
      return batch.id
    },
    send: (batch) => world.call<BatchAnswer>('POST', `/v1/payouts/batches/${batch}/send`),
    payouts: async (batch) =>
      (await world.call<{ data: PayoutAnswer[] }>('GET', `/v1/payouts?batch=${batch}&limit=200`))
        .body.data,
    async later(ms) {
      deps.testClock?.set(deps.clock.now() + ms)
      await runSending(deps)
    },
    async end() {
      await world.close()
      await stripe.close()
    },
  }
}
