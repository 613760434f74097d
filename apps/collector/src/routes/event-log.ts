import { eventsQuery } from '@sentby/contract'
import { Hono } from 'hono'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { requireSecret } from '../middleware/auth.ts'
import { clientNetwork } from '../middleware/network.ts'
import { pathPart, readOptionalBody, readQuery } from '../middleware/request.ts'
import { replayEvent } from '../services/ingest/replay-event.ts'
import { listEvents } from '../services/reading/event-log.ts'

const corrected = z.record(z.string(), z.unknown())

/** `GET /v1/events` and `POST /v1/events/{id}/replay` (CONTRACT §4.3). */
export function eventLogRoutes(deps: Deps): Hono {
  const app = new Hono()
  app.get('/v1/events', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listEvents(deps, programId, readQuery(c, eventsQuery)))
  })
  app.post('/v1/events/:id/replay', async (c) => {
    const { program, keyId } = await requireSecret(deps, c)
    const event = await readOptionalBody(c, corrected)
    const network = clientNetwork(c, deps.config.trustProxy)
    return c.json(await replayEvent(deps, { program, keyId, network }, pathPart(c, 'id'), event))
  })
  return app
}
