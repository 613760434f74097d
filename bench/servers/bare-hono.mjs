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

const [, , path] = process.argv
if (path) {
  const Database = requireOfCollector('better-sqlite3')
  const db = new Database(path, { readonly: true })
  const program = db.prepare('select id from program').pluck().get()
  const balances = db.prepare('select * from balance where program_id = ? and partner_id = ?')
  app.get('/v1/partners/:id/balance', (/** @type {any} */ c) =>
    c.json({ balances: balances.all(program, c.req.param('id')) }),
  )
}

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, (/** @type {any} */ address) => {
  console.error(JSON.stringify({ url: `http://127.0.0.1:${address.port}` }))
})
