// The baseline: Hono on Node, and nothing else.
import { createRequire } from 'node:module'

const requireOfCollector = createRequire(
  new URL('../../apps/collector/package.json', import.meta.url),
)
const { Hono } = requireOfCollector('hono')
const { serve } = requireOfCollector('@hono/node-server')

const app = new Hono()
app.get('/r/:code', (/** @type {any} */ c) =>
  c.redirect(`https://shop.bench.test/?via=${c.req.param('code')}`, 302),
)
app.post('/v1/events', async (/** @type {any} */ c) => c.json(await c.req.json()))
app.get('/healthz', (/** @type {any} */ c) => c.json({ status: 'ok' }))

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, (/** @type {any} */ address) => {
  console.error(JSON.stringify({ url: `http://127.0.0.1:${address.port}` }))
})
