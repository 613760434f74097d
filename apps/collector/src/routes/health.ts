import { Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { answerProblem } from '../middleware/problems.ts'

/** `/healthz`: the process lives. `/readyz`: it may take traffic. `/metrics`: Prometheus. */
export function healthRoutes(deps: Deps): Hono {
  const app = new Hono()
  app.get('/healthz', (c) => c.json({ status: 'live' }))
  app.get('/readyz', async (c) => {
    if (deps.isDraining()) return answerProblem(deps, 'draining', { retryAfterSeconds: 2 })
    if (deps.health.isStuck()) {
      return answerProblem(deps, 'storage_unavailable', { retryAfterSeconds: 2 })
    }
    return c.json({ status: 'ready' })
  })
  app.get('/metrics', async (c) => {
    const { registry } = deps.metrics
    return c.body(await registry.metrics(), 200, { 'content-type': registry.contentType })
  })
  return app
}
