import type { IncomingMessage, ServerResponse } from 'node:http'
import { canonicalCode } from '@sentby/contract/code'
import { type Context, Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { isBot, isPrefetch } from '../middleware/bots.ts'
import { clientNetwork, networkOf } from '../middleware/network.ts'
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
  const click: Click = {
    header: (name) => headerOf(c, name),
    network: () => clientNetwork(c, deps.config.trustProxy),
  }
  countClick(deps, click, program, code)
}

/** What a click's class is told by. */
interface Click {
  header(name: string): string | undefined
  network(): string
}

function countClick(deps: Deps, click: Click, program: ProgramConfig, code: string): void {
  const clickClass = classify(deps, click, program.row.id, code)
  deps.metrics.countClick(clickClass)
  deps.clicks.add(program.row.id, code, clickClass)
}

function classify(deps: Deps, click: Click, programId: string, code: string): ClickClass {
  const userAgent = click.header('user-agent')
  if (isPrefetch(click.header)) return 'prefetch'
  if (isBot(userAgent)) return 'bot'
  const isRepeated = deps.clicks.isRepeated(programId, code, click.network(), userAgent ?? '')
  return isRepeated ? 'repeated' : 'counted'
}

/** A plain code and nothing else: nearly every click. */
const PLAIN_LINK = /^\/r\/([A-Za-z0-9._-]{2,64})$/

/**
 * Answers a plain click from Node's own request, at half the cost of a web request and response. Whatever is
 * unusual is left to the route, which gives the same answer.
 *
 * @returns whether it was answered.
 */
export function redirectPlainly(
  deps: Deps,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): boolean {
  const text = incoming.method === 'GET' ? PLAIN_LINK.exec(incoming.url ?? '')?.[1] : undefined
  if (text === undefined) return false
  const { headers, socket } = incoming
  const program = deps.directory.only() ?? deps.directory.byHost((headers.host ?? '').toLowerCase())
  const code = canonicalCode(text)
  const destination = program && code !== null ? destinationOf(program, code) : undefined
  if (!program || code === null || !destination) return false
  const header = (name: string) => {
    const value = headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }
  const network = () =>
    networkOf(socket.remoteAddress ?? '', header('x-forwarded-for'), deps.config.trustProxy)
  countClick(deps, { header, network }, program, code)
  const location = redirectUrl(destination.url, code, '')
  outgoing.writeHead(302, { location, 'cache-control': 'no-store', 'content-length': '0' })
  outgoing.end()
  return true
}

function queryOf(url: string): string {
  const start = url.indexOf('?')
  return start < 0 ? '' : url.slice(start + 1)
}
