/** A receiver of webhooks: a real server on the loopback that keeps what it was sent. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as it came. */
export interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
  id: string
}

/** Answers a request; what it leaves open stays open. */
export type Answering = (response: ServerResponse, received: Received) => void

export interface Receiver {
  url: string
  received: Received[]
  /** Connections that were accepted. */
  connections: () => number
  /** Resolves when so many requests have come. */
  reached(count: number): Promise<void>
  close(): Promise<void>
}

const accept: Answering = (response) => response.writeHead(204).end()

/** Listens on a free port. */
export async function startReceiver(answer: Answering = accept): Promise<Receiver> {
  const received: Received[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  let connections = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { headers, url: path = '' } = request
      const id = String(headers['webhook-id'])
      const one: Received = { path, headers, body: Buffer.concat(chunks), id }
      received.push(one)
      for (const { count, resolve } of waiting) if (received.length >= count) resolve()
      answer(response, one)
    })
  })
  server.on('connection', (socket) => {
    connections++
    // A sender that gives up is what some tests are about.
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    connections: () => connections,
    reached: (count) =>
      new Promise((resolve) => {
        if (received.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
