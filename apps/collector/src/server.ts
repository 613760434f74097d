/** Listens, and stops without losing what it accepted. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { problem } from '@sentby/contract'
import type { Collector } from './open-collector.ts'
import { redirectPlainly } from './routes/redirect.ts'

/** Slow senders are cut off; Node's own defaults are 60 s, 300 s and no bound. */
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 15_000
/** A file that is published may be large, and its sender's line slow; it comes with a secret key. */
const UPLOAD_TIMEOUT_MS = 60 * 60_000
const KEEP_ALIVE_MS = 10_000
const MAX_CONNECTIONS = 10_000
/** After this a stop is forced; `docker stop` kills at 10 s. */
const STOP_MS = 8_000
/** From the signal on, requests are refused with 503 for this long before the listener closes. */
const LAST_REQUESTS_MS = 500

export interface RunningServer {
  url: string
  /** Readiness 503, accepted requests finish, queues are stored, then everything closes: within 10 s. */
  stop(): Promise<void>
}

/**
 * Serves a collector.
 *
 * @param requestTimeoutMs another time for bodies, for tests.
 * @throws the system's error when the address cannot be had.
 */
export async function serve(
  collector: Collector,
  host: string,
  port: number,
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
): Promise<RunningServer> {
  // The last response of each connection; a listener a request would cost more than it brings.
  const open = new Map<Socket, ServerResponse>()
  const slow = watchBodies(requestTimeoutMs)
  const listener = getRequestListener(collector.app.fetch)
  const server = createServer(
    { maxHeaderSize: 16 * 1024, connectionsCheckingInterval: 1000 },
    (request, response) => {
      open.set(request.socket, response)
      if (request.method !== 'GET' || hasBody(request)) slow.watch(request, response)
      if (collector.deps.isDraining()) response.shouldKeepAlive = false
      if (!redirectPlainly(collector.deps, request, response)) void listener(request, response)
    },
  )
  server.headersTimeout = HEADERS_TIMEOUT_MS
  server.requestTimeout = UPLOAD_TIMEOUT_MS
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.maxConnections = MAX_CONNECTIONS
  server.on('clientError', answerUnreadable)
  server.on('connection', (socket) =>
    socket.once('close', () => {
      open.delete(socket)
      slow.forget(socket)
    }),
  )
  server.on('close', () => slow.stop())
  const address = await listen(server, host, port)
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
  collector.setPublicUrl(url)
  return { url, stop: () => stop(server, collector, open) }
}

/** Node has one time for all requests: bodies that are no file are watched here, and answered 408. */
function watchBodies(timeoutMs: number) {
  const bodies = new Map<Socket, Body>()
  const timer = setInterval(() => {
    const late = performance.now() - timeoutMs
    for (const [socket, { request, response, sinceMs }] of bodies) {
      if (request.complete) bodies.delete(socket)
      // Once it is answered, a refused one say, it is a body like any other.
      else if (UPLOAD.test(request.url ?? '') && !response.writableEnded) continue
      else if (sinceMs < late) {
        bodies.delete(socket)
        answerUnreadable(Object.assign(new Error('late'), { code: LATE }), socket)
      }
    }
  }, 1000)
  timer.unref()
  return {
    watch(request: IncomingMessage, response: ServerResponse) {
      bodies.set(request.socket, { request, response, sinceMs: performance.now() })
    },
    forget: (socket: Socket) => bodies.delete(socket),
    stop: () => clearInterval(timer),
  }
}

interface Body {
  request: IncomingMessage
  response: ServerResponse
  sinceMs: number
}

/** A body that nobody reads can come slowly too. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
}

const UPLOAD = /^\/v1\/products\/[^/?]+\/artifacts(\?|$)/
const LATE = 'ERR_HTTP_REQUEST_TIMEOUT'

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      if (typeof address === 'object' && address) resolve(address)
      else reject(new Error('no address'))
    })
  })
}

async function stop(
  server: Server,
  collector: Collector,
  open: ReadonlyMap<Socket, ServerResponse>,
): Promise<void> {
  collector.drain()
  // Closing at once would reset requests that are on their way over idle connections. So every answer from
  // now on ends its connection, newcomers hear 503, and only what stays silent is closed.
  for (const response of open.values()) if (!response.headersSent) response.shouldKeepAlive = false
  await new Promise((resolve) => setTimeout(resolve, LAST_REQUESTS_MS))
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const idle = setInterval(() => server.closeIdleConnections(), 100)
  const forced = setTimeout(() => server.closeAllConnections(), STOP_MS)
  await closed
  clearInterval(idle)
  clearTimeout(forced)
  await collector.close()
}

const UNREADABLE: Readonly<Record<string, 'headers_too_large' | 'request_timeout'>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  [LATE]: 'request_timeout',
}

/** What Node's parser refuses before any route sees it leaves as problem+json too. */
function answerUnreadable(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const told = problem(UNREADABLE[error.code ?? ''] ?? 'bad_request')
  const body = JSON.stringify(told)
  socket.end(
    `HTTP/1.1 ${told.status} ${told.title}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
