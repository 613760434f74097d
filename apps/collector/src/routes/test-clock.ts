import { instant } from '@sentby/contract'
import { Hono } from 'hono'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { requireSecret } from '../middleware/auth.ts'
import { parseJson, readText } from '../middleware/body.ts'
import { toFieldErrors } from '../services/ingest/read-events.ts'
import { Refusal } from '../services/refusal.ts'

const body = z.strictObject({ now: instant })

/** `PUT /v1/test-clock {now}`: there with SENTBY_TEST_CLOCK=1 only (CONTRACT §2). */
export function testClockRoutes(deps: Deps): Hono {
  const app = new Hono()
  const { testClock } = deps
  if (!testClock) return app
  app.put('/v1/test-clock', async (c) => {
    await requireSecret(deps, c)
    const parsed = body.safeParse(parseJson(await readText(c, 1000)))
    if (!parsed.success) {
      throw new Refusal('invalid_request', { errors: toFieldErrors(parsed.error.issues) })
    }
    testClock.set(Date.parse(parsed.data.now))
    return c.json({ now: new Date(deps.clock.now()).toISOString() })
  })
  return app
}
