import { canonicalCode } from '@sentby/contract/code'
import { type Context, Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { isBot, isPrefetch } from '../middleware/bots.ts'
import { clientNetwork } from '../middleware/network.ts'
import { headerOf } from '../middleware/node-request.ts'
import { programOf } from '../middleware/program.ts'
import type { ClickClass } from '../services/clicks.ts'
import { destinationOf, type ProgramConfig } from '../services/program-config.ts'
import { redirectUrl } from '../services/redirect-url.ts'

/** `GET /r/{code}`: answers from memory; the click is counted afterwards (RULES F7, S6). */
export function redirectRoutes(deps: Deps): Hono {
  const app = new Hono()
  const handle = (c: Context) => redirect(deps, c)
  app.get('/r/:code', handle)
  app.get('/p/:program/r/:code', handle)
  return app
}

function redirect(deps: Deps, c: Context): Response {
  const program = programOf(deps, c)
  if (!program) return unknownCode(c)
  const code = canonicalCode(c.req.param('code') ?? '')
  const destination = code === null ? undefined : destinationOf(program, code)
  if (code === null || !destination) {
    return program.row.site === '' ? unknownCode(c) : leave(program.row.site)
  }
  count(deps, c, program, code)
  return leave(redirectUrl(destination.url, code, queryOf(c.req.url)))
}

/** A 302 is never cached: a link's destination can change and each click counts. */
function leave(location: string): Response {
  return new Response(null, { status: 302, headers: { location, 'cache-control': 'no-store' } })
}

/** Not cached either: the code can be made a second later. */
function unknownCode(c: Context): Response {
  c.header('cache-control', 'no-store')
  return c.html(
    '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Unknown link</title><p>This link is not known here. Ask whoever sent it for a new one.',
    404,
  )
}

function count(deps: Deps, c: Context, program: ProgramConfig, code: string): void {
  if (c.req.method !== 'GET') return
  const clickClass = classify(deps, c, program.row.id, code)
  deps.metrics.countClick(clickClass)
  deps.clicks.add(program.row.id, code, clickClass)
}

function classify(deps: Deps, c: Context, programId: string, code: string): ClickClass {
  const userAgent = headerOf(c, 'user-agent')
  if (isPrefetch((name) => headerOf(c, name))) return 'prefetch'
  if (isBot(userAgent)) return 'bot'
  const network = clientNetwork(c, deps.config.trustProxy)
  return deps.clicks.isRepeated(programId, code, network, userAgent ?? '') ? 'repeated' : 'counted'
}

function queryOf(url: string): string {
  const start = url.indexOf('?')
  return start < 0 ? '' : url.slice(start + 1)
}
