/** Listens, and stops without losing what it accepted. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { problem } from '@sentby/contract'
import type { Collector } from './open-collector.ts'

/** Slow senders are cut off; Node's own defaults are 60 s, 300 s and no bound. */
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 15_000
const KEEP_ALIVE_MS = 10_000
const MAX_CONNECTIONS = 10_000
/** After this a stop is forced; `docker stop` kills at 10 s. */
const STOP_MS = 8_000

export interface RunningServer {
  url: string
  /** Readiness 503, accepted requests finish, queues are stored, then everything closes: within 10 s. */
  stop(): Promise<void>
}

/**
 * Serves a collector.
 *
 * @throws the system's error when the address cannot be had.
 */
export async function serve(
  collector: Collector,
  host: string,
  port: number,
): Promise<RunningServer> {
  const server = createServer(
    { maxHeaderSize: 16 * 1024, connectionsCheckingInterval: 1000 },
    getRequestListener(collector.app.fetch),
  )
  server.headersTimeout = HEADERS_TIMEOUT_MS
  server.requestTimeout = REQUEST_TIMEOUT_MS
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.maxConnections = MAX_CONNECTIONS
  server.on('clientError', answerUnreadable)
  const address = await listen(server, host, port)
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`
  collector.setPublicUrl(url)
  return { url, stop: () => stop(server, collector) }
}

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

async function stop(server: Server, collector: Collector): Promise<void> {
  collector.drain()
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
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}

/** What Node's parser refuses before any route sees it leaves as problem+json too. */
function answerUnreadable(
  error: Error & { code?: string },
  socket: import('node:stream').Duplex,
): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const body = JSON.stringify(problem(UNREADABLE[error.code ?? ''] ?? 'bad_request'))
  const { status, title } = JSON.parse(body) as { status: number; title: string }
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
