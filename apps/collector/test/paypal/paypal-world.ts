/** Partners who are paid over PayPal's API, a collector, and PayPal on loopback. */
import type { BatchAnswer, ClosedAnswer, PayoutAnswer } from '@sentby/contract'
import type { Deps } from '../../src/deps.ts'
import { runSending } from '../../src/jobs/send-payouts.ts'
import { Providers } from '../../src/services/payouts/providers.ts'
import type { SendDeps } from '../../src/services/payouts/sending.ts'
import { openWorld, type World } from '../payouts/world.ts'
import type { Engine, openTestCollector } from '../test-collector.ts'
import { FakePaypal } from './fake-paypal.ts'

export const MINUTE_MS = 60_000
export const DAY_MS = 24 * 60 * MINUTE_MS
/** Long enough for an answer on loopback, however busy the machine is. */
export const ANSWER_MS = 4000

export interface PaypalWorld {
  world: World
  paypal: FakePaypal
  /** As another collector on the same database has them. */
  another(): SendDeps
  deps: Deps
  setUp(more?: object): Promise<{ status: number; body: unknown }>
  /** A partner with an approved balance. */
  partner(amount: number, currency?: string): Promise<string>
  /** Closes the balances of partners, of all if none is named. */
  close(partners?: readonly string[]): Promise<string>
  send(batch: string): Promise<{ status: number; body: BatchAnswer }>
  batch(batch: string): Promise<BatchAnswer>
  payouts(batch: string): Promise<PayoutAnswer[]>
  /** Lets time pass and runs the job. */
  later(ms: number): Promise<void>
  /** Lets time pass until no payout of a batch is under way any more. */
  over(batch: string): Promise<void>
  end(): Promise<void>
}

export async function openPaypalWorld(
  engine: Engine,
  options: Parameters<typeof openTestCollector>[1] = {},
): Promise<PaypalWorld> {
  const paypal = new FakePaypal()
  await paypal.open()
  const env = { ...options.env, PAYPAL_API_URL: paypal.url }
  const world = await openWorld(engine, { paymentTimeoutMs: ANSWER_MS, ...options, env })
  const { deps } = world.collector
  const { clock, testClock } = deps
  let made = 0
  const setUp = (more: object = {}) =>
    world.call('PUT', '/v1/program/paypal', {
      ...{ clientId: paypal.clientId, clientSecret: paypal.clientSecret },
      ...{ environment: 'sandbox', ...more },
    })
  await setUp()
  return {
    world,
    paypal,
    deps,
    setUp,
    another: () => ({
      ...deps,
      providers: new Providers({
        ...{ store: deps.store, clock: deps.clock, paypalUrl: paypal.url },
        timeoutMs: options.paymentTimeoutMs ?? ANSWER_MS,
      }),
    }),
    async partner(amount, currency = 'EUR') {
      const name = `Partner${++made}`
      const payout = { method: 'paypal', email: `${name.toLowerCase()}@pay.test` }
      const id = await world.partner(name, { payout })
      if (amount > 0) await world.reward(id, amount, { currency })
      return id
    },
    async close(partners) {
      const input = partners === undefined ? {} : { partners }
      const { body } = await world.call<ClosedAnswer>('POST', '/v1/payouts', input)
      const [batch] = body.batches
      if (!batch?.id) throw new Error(`nothing was closed: ${JSON.stringify(body)}`)
      return batch.id
    },
    send: (batch) => world.call('POST', `/v1/payouts/batches/${batch}/send`),
    batch: async (batch) =>
      (await world.call<BatchAnswer>('GET', `/v1/payouts/batches/${batch}`)).body,
    payouts: async (batch) =>
      (await world.call<{ data: PayoutAnswer[] }>('GET', `/v1/payouts?batch=${batch}&limit=200`))
        .body.data,
    async later(ms) {
      testClock?.set(clock.now() + ms)
      await runSending(deps)
    },
    async over(batch) {
      // Answers may come too late on a busy machine: then the next look tells.
      for (let round = 0; round < 20; round++) {
        testClock?.set(clock.now() + 20 * MINUTE_MS)
        await runSending(deps)
        const path = `/v1/payouts/batches/${batch}`
        const { states } = (await world.call<BatchAnswer>('GET', path)).body
        if (states.every(({ status }) => status !== 'submitted' && status !== 'unknown')) return
      }
    },
    async end() {
      await world.close()
      await paypal.close()
    },
  }
}
