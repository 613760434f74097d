/** A small shop on plain node:http that takes part in a partner program. `node server.mjs` starts it. */
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { readEnvironment } from './config.mjs'
import { createCreditReader } from './credit-reader.mjs'
import { message } from './pages/checkout.mjs'
import { createPartnerProgram } from './partner-program.mjs'
import { handle, show } from './routes.mjs'
import { createSessions } from './session.mjs'

/**
 * @typedef {object} ShopSettings
 * @property {string} endpoint the collector, as this process reaches it
 * @property {string} publicEndpoint the collector, as browsers reach it
 * @property {string} key the secret key
 * @property {string} publishableKey
 * @property {'required' | undefined} consent
 * @property {{ label: string, url: string }[]} demoLinks partners' links to offer on the credit page
 * @property {(line: string) => void} log
 */

/** Starts the shop; `server.d.mts` describes options and result. */
export async function startShop(options) {
  const { port = 8788, host = '127.0.0.1', ...given } = options
  const endpoint = given.endpoint.replace(/\/$/, '')
  const shop = {
    ...given,
    endpoint,
    demoLinks: given.demoLinks ?? [],
    log: given.log ?? ((line) => console.error(`shop: ${line}`)),
    publicEndpoint: (given.publicEndpoint ?? endpoint).replace(/\/$/, ''),
  }
  const partners = createPartnerProgram(shop)
  const reader = createCreditReader(shop)
  const context = { shop, partners, reader, sessions: createSessions(shop.key) }
  const server = createServer((request, response) => {
    handle(context, request, response).catch((error) => {
      shop.log(`${request.method} ${request.url?.split('?')[0]}: ${error.stack}`)
      if (response.headersSent) response.destroy()
      else show(context, response, 500, message('Something broke', 'Please try again.'))
    })
  })
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const { port: served } = server.address()
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${served}`,
    port: served,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      await partners.close()
    },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const running = await startShop(readEnvironment(process.env))
  console.log(`The shop is open: ${running.url}`)
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => running.close())
}
