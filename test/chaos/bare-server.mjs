// A server that only answers 302: what the machine itself costs at the moment. In a thread of its own.
import { createServer } from 'node:http'
import { parentPort } from 'node:worker_threads'

const server = createServer((_request, response) => {
  response.writeHead(302, { location: 'https://acme.test/' }).end()
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  parentPort?.postMessage(typeof address === 'object' ? address?.port : undefined)
})
parentPort?.once('message', () => {
  server.closeAllConnections()
  server.close()
  parentPort?.close()
})
