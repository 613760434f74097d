import { Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { requireSecret } from '../middleware/auth.ts'
import { pathPart } from '../middleware/request.ts'
import { readCredit } from '../services/reading/credit.ts'

/** `/v1/customers` and their credit (CONTRACT §4.3). */
export function customerRoutes(deps: Deps): Hono {
  const app = new Hono()
  app.get('/v1/customers/:id/credit', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readCredit(deps, programId, pathPart(c, 'id')))
  })
  return app
}
