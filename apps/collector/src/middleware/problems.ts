/** Every refusal leaves as problem+json with the status of the contract's table (RFC 9457). */
import { ERRORS, type ErrorCode, problem } from '@sentby/contract'
import { StoreBusyError } from '@sentby/store'
import type { Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Deps } from '../deps.ts'
import { Refusal } from '../services/refusal.ts'

/** Answers a refusal; `details` never hold a value that was sent. */
export function answerProblem(
  deps: Pick<Deps, 'metrics'>,
  code: ErrorCode,
  details: { detail?: string; errors?: Refusal['errors']; retryAfterSeconds?: number } = {},
): Response {
  deps.metrics.problems.inc({ code })
  const { detail, errors, retryAfterSeconds } = details
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'retry-after',
    'cache-control': 'no-store',
  }
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds)
  const body = JSON.stringify(problem(code, detail, errors))
  return new Response(body, { status: ERRORS[code].status, headers })
}

/** Turns what was thrown into an answer; what nobody expected is logged and hidden behind `internal`. */
export function onError(deps: Deps): Parameters<Hono['onError']>[0] {
  return (error, c) => {
    if (error instanceof Refusal) {
      return answerProblem(deps, error.code, {
        ...(error.detail === undefined ? {} : { detail: error.detail }),
        ...(error.errors === undefined ? {} : { errors: error.errors }),
        ...(error.retryAfterSeconds === undefined
          ? {}
          : { retryAfterSeconds: error.retryAfterSeconds }),
      })
    }
    // Nothing was written: the same request may be sent again.
    if (error instanceof StoreBusyError) {
      return answerProblem(deps, 'storage_unavailable', { retryAfterSeconds: 2 })
    }
    if (error instanceof HTTPException && error.status < 500) {
      return answerProblem(deps, error.status === 404 ? 'not_found' : 'bad_request')
    }
    deps.log.error({ error: describe(error), route: c.req.routePath }, 'a request failed')
    return answerProblem(deps, 'internal', { retryAfterSeconds: 5 })
  }
}

/** No route: 405 with `Allow` where another method would do, else 404. */
export function onNotFound(deps: Deps, app: Hono): (c: Context) => Response {
  return (c) => {
    const allowed = allowedMethods(app, c.req.path)
    if (allowed.length > 0 && !allowed.includes(c.req.method)) {
      const response = answerProblem(deps, 'method_not_allowed')
      response.headers.set('allow', allowed.join(', '))
      return response
    }
    return answerProblem(deps, 'not_found')
  }
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

function allowedMethods(app: Hono, path: string): string[] {
  return METHODS.filter((method) => {
    const [handlers] = app.router.match(method, path)
    return handlers.some(([[, route]]) => route.method === method)
  })
}

/** An error without the values that drivers like to quote. */
function describe(error: unknown): { name: string; code?: string; stack?: string } {
  if (!(error instanceof Error)) return { name: 'unknown' }
  const frames = error.stack?.split('\n').filter((line) => line.trimStart().startsWith('at '))
  return {
    name: error.name,
    ...('code' in error ? { code: String(error.code) } : {}),
    ...(frames ? { stack: frames.slice(0, 8).join('\n') } : {}),
  }
}
