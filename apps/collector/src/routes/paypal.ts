import { paypalInput } from '@sentby/contract'
import { Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { requireSecret } from '../middleware/auth.ts'
import { parseJson } from '../middleware/body.ts'
import { withBody } from '../middleware/lease.ts'
import { clientNetwork } from '../middleware/network.ts'
import { pathPart, readBody } from '../middleware/request.ts'
import { readPaypalSettings, savePaypalSettings } from '../services/payouts/paypal-settings.ts'
import { takePaypalDelivery } from '../services/payouts/take-paypal-delivery.ts'

/** A delivery names one batch or one payment. */
const DELIVERY_BYTES = 64 * 1024

/** `/v1/program/paypal`, and PayPal's webhook (CONTRACT §4.3). */
export function paypalRoutes(deps: Deps): Hono {
  const app = new Hono()
  app.get('/v1/program/paypal', async (c) => {
    const { program } = await requireSecret(deps, c)
    return c.json(await readPaypalSettings(deps, program))
  })
  app.put('/v1/program/paypal', async (c) => {
    const { program } = await requireSecret(deps, c)
    return c.json(await savePaypalSettings(deps, program, await readBody(c, paypalInput)))
  })
  app.post('/v1/paypal/:program', (c) =>
    withBody(deps, c, DELIVERY_BYTES, async (text) => {
      const body = parseJson(text)
      const network = clientNetwork(c, deps.config.trustProxy)
      // Past the limit nothing is woken: the job looks by itself.
      if (!(await deps.limits.takeWake(network))) return c.json({ woken: 0 })
      return c.json(await takePaypalDelivery(deps, pathPart(c, 'program'), body))
    }),
  )
  return app
}
