/** Over a real connection: the bytes as they came are what is verified, however they are cut. */
import { request } from 'node:http'
import { Stripe } from 'stripe'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningServer, serve } from '../../src/server.ts'
import type { TestCollector } from '../test-collector.ts'
import { invoice, stripeEvent } from './payloads.ts'
import { openStripeCollector, SECRET } from './stripe-collector.ts'

let collector: TestCollector
let server: RunningServer
beforeAll(async () => {
  collector = await openStripeCollector('sqlite')
  server = await serve(collector, '127.0.0.1', 0)
})
afterAll(() => server.stop())

/** Sends a body in pieces of so many bytes. */
function send(body: Buffer, signature: string, pieceBytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'stripe-signature': signature, 'content-type': 'application/json' }
    const sent = request(`${server.url}/v1/stripe/acme`, { method: 'POST', headers })
    sent.on('error', reject)
    sent.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    for (let from = 0; from < body.length; from += pieceBytes) {
      sent.write(body.subarray(from, from + pieceBytes))
    }
    sent.end()
  })
}

test.each([1, 7, 100_000])('a body in pieces of %d bytes', async (pieceBytes) => {
  const order = `in_pieces_${pieceBytes}`
  const event = stripeEvent('invoice.paid', invoice(order, { customer_name: 'Žofie 🦊 Ünsal' }))
  // Stripe's own spacing: what is parsed and written again has other bytes.
  const payload = `${JSON.stringify(event, null, 2)}\n`
  const signature = Stripe.webhooks.generateTestHeaderString({
    payload,
    secret: SECRET,
    timestamp: Math.floor(collector.deps.clock.now() / 1000),
  })
  expect(await send(Buffer.from(payload), signature, pieceBytes)).toBe(200)
  expect(await send(Buffer.from(JSON.stringify(event)), signature, pieceBytes)).toBe(400)
  expect((await collector.send('GET', `/v1/sales/${order}`)).status).toBe(200)
})
