/** What Stripe's tests share: a collector that has the secret, deliveries signed by Stripe's own helper, what came of them. */
import { Stripe } from 'stripe'
import type { OpenOptions } from '../../src/open-collector.ts'
import { call } from '../resources/programs.ts'
import { type Engine, openTestCollector, type TestCollector } from '../test-collector.ts'
import { newNames, oldInvoice, stripeEvent } from './payloads.ts'

export const SECRET = 'whsec_test_of_acme_0001'

/** A collector on a day in December 2026, whose program `acme` has its secret. */
export async function openStripeCollector(
  engine: Engine,
  options: Partial<OpenOptions> = {},
): Promise<TestCollector> {
  const collector = await openTestCollector(engine, options)
  collector.deps.testClock?.set(Date.parse('2026-12-05T12:00:00.000Z'))
  const { status, body } = await call(collector, 'PUT', '/v1/program/stripe', { secret: SECRET })
  if (status !== 200) throw new Error(JSON.stringify(body))
  return collector
}

interface SignOptions {
  secret?: string
  /** Seconds since 1970; the collector's own now unless said. */
  timestamp?: number
  program?: string
}

/** Signs and sends a delivery as Stripe does. */
export async function deliver(
  collector: Pick<TestCollector, 'app' | 'deps'>,
  event: object | string,
  options: SignOptions = {},
): Promise<Response> {
  const body = typeof event === 'string' ? event : JSON.stringify(event, null, 2)
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload: body,
    secret: options.secret ?? SECRET,
    timestamp: options.timestamp ?? Math.floor(collector.deps.clock.now() / 1000),
  })
  return collector.app.request(`/v1/stripe/${options.program ?? 'acme'}`, {
    method: 'POST',
    headers: { 'stripe-signature': signature, 'content-type': 'application/json; charset=utf-8' },
    body,
  })
}

/** Sends a delivery that must be taken; tells what became of it. */
export async function taken(
  collector: Pick<TestCollector, 'app' | 'deps'>,
  event: object,
): Promise<string> {
  const response = await deliver(collector, event)
  const answer = (await response.json()) as { outcome?: string; code?: string; errors?: unknown }
  if (response.status !== 200) throw new Error(`${response.status} ${JSON.stringify(answer)}`)
  return answer.outcome ?? ''
}

/** An invoice of 49.00 EUR that is paid, with the payment known. */
export async function sold(
  collector: TestCollector,
  more: object = {},
): Promise<{ order: string; payment: string }> {
  const { order, payment } = newNames()
  await taken(collector, stripeEvent('invoice.paid', oldInvoice(order, payment, more)))
  return { order, payment }
}

export async function saleOf(collector: TestCollector, order: string) {
  return (await call(collector, 'GET', `/v1/sales/${order}`)).body
}

export async function creditOf(collector: TestCollector, customer: string) {
  return (await call(collector, 'GET', `/v1/customers/${customer}/credit`)).body
}

/** How many refunds wait for their order, of a program; `acme`'s unless said. */
export async function waitingRefunds(collector: TestCollector, key?: string): Promise<number> {
  return (await call(collector, 'GET', '/v1/program/stripe', undefined, key)).body.waitingRefunds
}
