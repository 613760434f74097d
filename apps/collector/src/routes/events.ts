import { LIMITS } from '@sentby/contract'
import { type EventResult, eventsRequest } from '@sentby/contract/events'
import { type Context, Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { bearerKey, findCaller } from '../middleware/auth.ts'
import { parseJson } from '../middleware/body.ts'
import { isBot, isPrefetch } from '../middleware/bots.ts'
import { allowAnyOrigin, preflight } from '../middleware/cors.ts'
import { withBody } from '../middleware/lease.ts'
import { clientNetwork } from '../middleware/network.ts'
import { headerOf, mediaTypeOf } from '../middleware/node-request.ts'
import { toFieldErrors } from '../services/ingest/read-events.ts'
import { takeEvents } from '../services/ingest/take-events.ts'
import { Refusal } from '../services/refusal.ts'

/** `POST /v1/events`: the one way in (CONTRACT §4.1). */
export function eventRoutes(deps: Deps): Hono {
  const app = new Hono()
  app.options('/v1/events', (c) => preflight(c, 'POST'))
  app.post('/v1/events', async (c) => {
    requireJson(c)
    const results = await withBody(deps, c, LIMITS.bodyBytes, (text) => takeRequest(deps, c, text))
    allowAnyOrigin(c)
    return c.json({ results })
  })
  return app
}

async function takeRequest(deps: Deps, c: Context, text: string): Promise<EventResult[]> {
  const envelope = readEnvelope(text)
  const caller = await findCaller(deps, bearerKey(c) ?? envelope.key)
  return takeEvents(deps, {
    program: caller.program,
    keyId: caller.keyId,
    kind: caller.kind,
    network: clientNetwork(c, deps.config.trustProxy),
    bot: isBrowserBot(c),
    events: envelope.events,
    sentAt: envelope.sentAt,
    bytes: Buffer.byteLength(text),
  })
}

/** The SDK sends text/plain, so that a browser asks no preflight. */
function requireJson(c: Context): void {
  const type = mediaTypeOf(c)
  if (type !== undefined && type !== 'application/json' && type !== 'text/plain') {
    throw new Refusal('unsupported_media_type', { detail: 'send application/json or text/plain' })
  }
}

function readEnvelope(text: string): { key?: string; sentAt?: string; events: unknown[] } {
  if (text.trim() === '') throw new Refusal('empty_batch')
  const body = parseJson(text)
  if (isEmptyBatch(body)) throw new Refusal('empty_batch')
  const parsed = eventsRequest.safeParse(body)
  if (parsed.success) {
    const { key, sentAt, events } = parsed.data
    return {
      events,
      ...(key === undefined ? {} : { key }),
      ...(sentAt === undefined ? {} : { sentAt }),
    }
  }
  const tooMany = parsed.error.issues.some(
    (issue) => issue.code === 'too_big' && issue.path[0] === 'events',
  )
  if (tooMany) throw new Refusal('too_large', { detail: `${LIMITS.batchEvents} events at most` })
  throw new Refusal('invalid_request', { errors: toFieldErrors(parsed.error.issues) })
}

function isEmptyBatch(body: unknown): boolean {
  if (body === null) return true
  if (Array.isArray(body)) return body.length === 0
  if (typeof body !== 'object') return false
  return 'events' in body && Array.isArray(body.events) && body.events.length === 0
}

/** Bots are judged on requests that a browser's page made; backends have no `Origin` (RULES E6). */
function isBrowserBot(c: Context): boolean {
  if (headerOf(c, 'origin') === undefined) return false
  return isBot(headerOf(c, 'user-agent')) || isPrefetch((name) => headerOf(c, name))
}
