import { LIMITS, stripeInput } from '@sentby/contract'
import { Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { requireSecret } from '../middleware/auth.ts'
import { readText } from '../middleware/body.ts'
import { clientNetwork } from '../middleware/network.ts'
import { pathPart, readBody } from '../middleware/request.ts'
import { readStripeSettings, saveStripeSettings } from '../services/billing/stripe-settings.ts'
import { takeStripeDelivery } from '../services/billing/take-stripe-delivery.ts'
import { Refusal } from '../services/refusal.ts'

/** `/v1/program/stripe`, and Stripe's webhook (CONTRACT §4.3). */
export function stripeRoutes(deps: Deps): Hono {
  const app = new Hono()
  app.get('/v1/program/stripe', async (c) => {
    const { program } = await requireSecret(deps, c)
    return c.json(await readStripeSettings(deps, program))
  })
  app.put('/v1/program/stripe', async (c) => {
    const { program } = await requireSecret(deps, c)
    return c.json(await saveStripeSettings(deps, program, await readBody(c, stripeInput)))
  })
  app.post('/v1/stripe/:program', async (c) => {
    if (deps.isDraining()) throw new Refusal('draining', { retryAfterSeconds: 2 })
    const lease = deps.intake.open(clientNetwork(c, deps.config.trustProxy))
    try {
      // The signature is over the bytes as they came: nothing reads them before.
      const body = await readText(c, LIMITS.bodyBytes, (bytes) => lease.take(bytes))
      const signature = c.req.header('stripe-signature')
      const program = pathPart(c, 'program')
      return c.json(await takeStripeDelivery(deps, { program, body, signature }))
    } finally {
      lease.leave()
    }
  })
  return app
}
