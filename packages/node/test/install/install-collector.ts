import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'

/** How the next request ends; beyond the list all are answered well. */
export type Fault =
  | 'http 500'
  | 'http 422 problem'
  | 'http 403 page'
  | 'page'
  | 'redirect'
  | 'lost reply'
  | 'silence'
  | 'drip'

export interface SeenForm {
  path: string
  type: string | undefined
  body: string
}

/**
 * The routes for installations on a real socket, with receipts and copies as the collector has them: a receipt
 * counts up, and one that was followed already is a copy's.
 */
export async function startInstallCollector() {
  const seen: SeenForm[] = []
  const faults: Fault[] = []
  const presented = new Map<string, number>()
  const bodies = new Set<string>()
  let connections = 0

  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    seen.push({ path: request.url ?? '', type: request.headers['content-type'], body })
    const fault = faults.shift()
    // Where a redirect leads is no collector: a client that follows one must not take it for an answer.
    if (request.url === '/elsewhere') response.end('<h1>Log in</h1>')
    else if (fault === undefined) json(response, 200, answerTo(request.url ?? '', body))
    else if (fault === 'lost reply') {
      answerTo(request.url ?? '', body)
      request.socket.destroy()
    } else fail(response, fault, `http://127.0.0.1:${portOf(server)}/elsewhere`)
  })
  server.on('connection', () => {
    connections += 1
  })

  function answerTo(path: string, body: string): object {
    const form = new URLSearchParams(body)
    if (path.endsWith('/claim')) return { status: 'attributed', code: form.get('code') }
    const install = form.get('install') ?? ''
    const shown = Number(/^(\d+)\./.exec(form.get('receipt') ?? '')?.[1] ?? Number.NaN)
    const last = presented.get(install) ?? 0
    if (shown < last) return { status: 'cloned' }
    presented.set(install, Math.max(last, shown || 0))
    const receipt = `${(presented.get(install) ?? 0) + 1}.${'r'.repeat(22)}`
    const content = body.replace(/&(at|receipt)=[^&]*/g, '')
    if (bodies.has(content)) return { status: 'duplicate', code: 'JANE', receipt }
    bodies.add(content)
    if (!body.includes('claim=')) return { status: 'unattributed', reason: 'no_claim', receipt }
    return { status: 'attributed', code: 'JANE', partner: { name: '"status":"cloned"' }, receipt }
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${portOf(server)}`,
    /** What came, in order. */
    seen,
    /** Connections that anybody opened. */
    connections: () => connections,
    fail: (...next: Fault[]) => {
      faults.push(...next)
    },
    /** Forgets what came, and the faults that nobody met. */
    forget: () => {
      seen.length = 0
      faults.length = 0
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  const type = status < 400 ? 'application/json' : 'application/problem+json'
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body))
}

function fail(response: ServerResponse, fault: Fault, elsewhere: string): void {
  switch (fault) {
    case 'http 500':
      json(response, 500, { code: 'internal', retryable: true })
      return
    case 'http 422 problem':
      json(response, 422, { code: 'invalid_event', retryable: false })
      return
    case 'http 403 page':
      response.writeHead(403, { 'content-type': 'text/html' }).end('<h1>Proxy</h1>')
      return
    case 'page':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Log in</h1>')
      return
    case 'redirect':
      response.writeHead(302, { location: elsewhere }).end()
      return
    case 'drip':
      // A byte now and then: no single wait is long, and the whole never ends.
      response.writeHead(200, { 'content-type': 'application/json' })
      setInterval(() => response.write(' '), 200).unref()
      return
    default:
      return
  }
}

function portOf(server: { address: () => AddressInfo | string | null }): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** An address where nobody listens. */
export async function closedEndpoint(): Promise<string> {
  const server = createSocketServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}
