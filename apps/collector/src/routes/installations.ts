import { installationsQuery, supportQuery } from '@sentby/contract'
import { Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { requireSecret } from '../middleware/auth.ts'
import { pathPart, readQuery } from '../middleware/request.ts'
import {
  listInstallations,
  readInstallation,
  readInstallationCredit,
} from '../services/reading/installations.ts'
import { findSupport } from '../services/reading/support-route.ts'

/** `/v1/installations`, their credit, `/v1/support-route` (CONTRACT §4.3). */
export function installationRoutes(deps: Deps): Hono {
  const app = new Hono()
  app.get('/v1/installations', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await listInstallations(deps, programId, readQuery(c, installationsQuery)))
  })
  app.get('/v1/installations/:id', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readInstallation(deps, programId, pathPart(c, 'id')))
  })
  app.get('/v1/installations/:id/credit', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await readInstallationCredit(deps, programId, pathPart(c, 'id')))
  })
  app.get('/v1/support-route', async (c) => {
    const { programId } = await requireSecret(deps, c)
    return c.json(await findSupport(deps, programId, readQuery(c, supportQuery)))
  })
  return app
}
