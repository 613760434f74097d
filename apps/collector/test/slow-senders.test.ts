/** Bodies that come slowly, whoever announces one: the connection ends, so nobody holds many for long. */
import { connect } from 'node:net'
import { afterAll, beforeAll, test } from 'vitest'
import { type RunningServer, serve } from '../src/server.ts'
import { openTestCollector } from './test-collector.ts'

let server: RunningServer
beforeAll(async () => {
  server = await serve(await openTestCollector('sqlite'), '127.0.0.1', 0, 300)
})
afterAll(() => server.stop())

/** Sends a head, then a byte ten times a second; resolves with all that came when the connection ends. */
function drip(head: string): Promise<string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    const drops = setInterval(() => socket.write('1'), 100)
    let heard = ''
    socket.on('data', (bytes) => {
      heard += bytes.toString()
    })
    // A byte may be on its way when the connection ends.
    socket.on('error', () => {})
    socket.on('close', () => {
      clearInterval(drops)
      resolve(heard)
    })
    socket.write(head)
  })
}

test.concurrent.each([
  ['POST /v1/events', 'content-length: 100000'],
  ['GET /healthz', 'content-length: 100000'],
  ['GET /r/JANE', 'content-length: 100000'],
  ['GET /d/app', 'transfer-encoding: chunked'],
  ['HEAD /healthz', 'content-length: 100000'],
  ['POST /v1/products/app/artifacts?file=a.sh', 'content-length: 100000'],
])('%s with a body that never ends is cut off', async (line, length) => {
  await drip(`${line} HTTP/1.1\r\nhost: localhost\r\n${length}\r\n\r\n`)
})
