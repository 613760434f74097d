import { deliveriesQuery, pageQuery, webhookChange, webhookInput } from '@sentby/contract'
import { Hono } from 'hono'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { requireSecret } from '../middleware/auth.ts'
import { pathPart, readBody, readQuery, retryOf } from '../middleware/request.ts'
import { listDeliveries, replayDelivery, testWebhook } from '../services/webhooks/deliveries.ts'
import {
  changeWebhook,
  listWebhooks,
  makeWebhook,
  readWebhook,
  removeWebhook,
  rotateSecret,
} from '../services/webhooks/webhooks.ts'

const page = z.strictObject(pageQuery)

/** `/v1/webhooks`, their secrets and deliveries (CONTRACT §4.3). */
export function webhookRoutes(deps: Deps): Hono {
  const app = new Hono()
  addWebhooks(app, deps)
  addDeliveries(app, deps)
  return app
}

function addWebhooks(app: Hono, deps: Deps): void {
  app.get('/v1/webhooks', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listWebhooks(deps, programId, readQuery(c, page)))
  })
  app.post('/v1/webhooks', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const input = await readBody(c, webhookInput)
    const { status, body } = await makeWebhook(deps, programId, input, retryOf(c, input))
    return c.json(body, status)
  })
  app.get('/v1/webhooks/:id', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readWebhook(deps, programId, pathPart(c, 'id')))
  })
  app.patch('/v1/webhooks/:id', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const input = await readBody(c, webhookChange)
    return c.json(await changeWebhook(deps, programId, pathPart(c, 'id'), input))
  })
  app.delete('/v1/webhooks/:id', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await removeWebhook(deps, programId, pathPart(c, 'id')))
  })
  app.post('/v1/webhooks/:id/rotate', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const retry = retryOf(c, null)
    const { status, body } = await rotateSecret(deps, programId, pathPart(c, 'id'), retry)
    return c.json(body, status)
  })
}

function addDeliveries(app: Hono, deps: Deps): void {
  app.get('/v1/webhooks/:id/deliveries', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const query = readQuery(c, deliveriesQuery)
    return c.json(await listDeliveries(deps, programId, pathPart(c, 'id'), query))
  })
  app.post('/v1/webhooks/:id/deliveries/:message/replay', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const [id, message] = [pathPart(c, 'id'), pathPart(c, 'message')]
    return c.json(await replayDelivery(deps, programId, id, message))
  })
  app.post('/v1/webhooks/:id/test', async (c) => {
    const { programId } = await requireSecret(deps, c)
    const retry = retryOf(c, null)
    const { status, body } = await testWebhook(deps, programId, pathPart(c, 'id'), retry)
    return c.json(body, status)
  })
}
