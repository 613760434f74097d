import { LIMITS } from '@sentby/contract'
import { Hono } from 'hono'
import type { Deps } from './deps.ts'
import { answerProblem, onError, onNotFound } from './middleware/problems.ts'
import { codeRoutes } from './routes/codes.ts'
import { customerRoutes } from './routes/customers.ts'
import { docsRoutes } from './routes/docs.ts'
import { downloadRoutes } from './routes/downloads.ts'
import { eventLogRoutes } from './routes/event-log.ts'
import { eventRoutes } from './routes/events.ts'
import { healthRoutes } from './routes/health.ts'
import { installationRoutes } from './routes/installations.ts'
import { installRoutes } from './routes/installs.ts'
import { leadRoutes } from './routes/leads.ts'
import { partnerRoutes } from './routes/partners.ts'
import { payoutRoutes } from './routes/payouts.ts'
import { paypalRoutes } from './routes/paypal.ts'
import { productRoutes } from './routes/products.ts'
import { programRoutes } from './routes/program.ts'
import { redirectRoutes } from './routes/redirect.ts'
import { rewardRoutes } from './routes/rewards.ts'
import { scriptRoutes } from './routes/script.ts'
import { stripeRoutes } from './routes/stripe.ts'
import { testClockRoutes } from './routes/test-clock.ts'
import { webhookRoutes } from './routes/webhooks.ts'

/** The whole HTTP interface over its dependencies: no listener, no clock, no environment of its own. */
export function createApp(deps: Deps): Hono {
  const app = new Hono()
  app.use('*', async (c, next) => {
    if (c.req.url.length > LIMITS.urlBytes) return answerProblem(deps, 'uri_too_long')
    return next()
  })
  app.route('/', redirectRoutes(deps))
  app.route('/', eventRoutes(deps))
  app.route('/', eventLogRoutes(deps))
  app.route('/', codeRoutes(deps))
  app.route('/', programRoutes(deps))
  app.route('/', partnerRoutes(deps))
  app.route('/', customerRoutes(deps))
  app.route('/', leadRoutes(deps))
  app.route('/', rewardRoutes(deps))
  app.route('/', payoutRoutes(deps))
  app.route('/', paypalRoutes(deps))
  app.route('/', webhookRoutes(deps))
  app.route('/', installRoutes(deps))
  app.route('/', installationRoutes(deps))
  app.route('/', productRoutes(deps))
  app.route('/', downloadRoutes(deps))
  app.route('/', stripeRoutes(deps))
  app.route('/', scriptRoutes(deps))
  app.route('/', docsRoutes(deps))
  app.route('/', healthRoutes(deps))
  app.route('/', testClockRoutes(deps))
  app.onError(onError(deps))
  app.notFound(onNotFound(deps, app))
  return withFastLane(app, deps)
}

/**
 * Redirects and events, nearly all of the traffic, go through an app of their own: with few routes and no
 * middleware Hono finds a handler at a fraction of the cost.
 */
function withFastLane(app: Hono, deps: Deps): Hono {
  const lane = new Hono()
  lane.route('/', redirectRoutes(deps))
  lane.route('/', eventRoutes(deps))
  lane.onError(onError(deps))
  lane.notFound(onNotFound(deps, app))
  const { fetch } = app
  app.fetch = (request, ...rest) =>
    isFast(request) ? lane.fetch(request, ...rest) : fetch(request, ...rest)
  return app
}

function isFast({ url, method }: Request): boolean {
  const path = url.indexOf('/', url.indexOf('//') + 2)
  if (url.length > LIMITS.urlBytes) return false
  if (url.startsWith('/r/', path)) return method === 'GET'
  return (
    method === 'POST' && url.length === path + '/v1/events'.length && url.endsWith('/v1/events')
  )
}
