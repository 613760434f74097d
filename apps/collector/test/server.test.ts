/** The listener answers a plain click by itself: the same as the route, and counted the same. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningServer, serve } from '../src/server.ts'
import { openTestCollector, type TestCollector } from './test-collector.ts'

let collector: TestCollector
let server: RunningServer
beforeAll(async () => {
  collector = await openTestCollector('sqlite')
  for (const code of ['JANE', 'MAX']) {
    const partner = { email: `${code}@example.com`, name: code, code }
    expect((await collector.send('POST', '/v1/partners', partner)).status).toBe(201)
  }
  server = await serve(collector, '127.0.0.1', 0)
})
afterAll(async () => {
  await server.stop()
})

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/143.0.0.0 Safari/537.36'

test.each([
  ['/r/JANE', {}],
  ['/r/ja-ne', {}],
  ['/r/J.A_N-E', {}],
  ['/r/NOBODY', {}],
  ['/r/x', {}],
  ['/r/JANE?utm_source=a&to=https://evil.test', {}],
  ['/r/JANE%0d%0aset-cookie:a=b', {}],
  ['/r/JANE/more', {}],
  ['/r//evil.test', {}],
  ['/r/JANE', { 'sec-purpose': 'prefetch' }],
])('%s %j is answered as the route answers it', async (path, more) => {
  const headers = { 'user-agent': BROWSER, ...more }
  const listened = await fetch(server.url + path, { redirect: 'manual', headers })
  const routed = await collector.app.request(path, { headers })
  expect(listened.status).toBe(routed.status)
  expect(listened.headers.get('location')).toBe(routed.headers.get('location'))
  expect(listened.headers.get('cache-control')).toBe(routed.headers.get('cache-control'))
})

test('clicks are counted by class; HEAD is not', async () => {
  const ask = (headers: Record<string, string>, method = 'GET') =>
    fetch(`${server.url}/r/MAX`, { redirect: 'manual', method, headers })
  await ask({ 'user-agent': BROWSER })
  await ask({ 'user-agent': BROWSER })
  await ask({ 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' })
  await ask({ 'user-agent': BROWSER, 'sec-purpose': 'prefetch;prerender' })
  await ask({ 'user-agent': BROWSER }, 'HEAD')
  await collector.deps.clicks.flush()
  const rows = await collector.deps.store.db
    .selectFrom('click')
    .select('class')
    .where('code', '=', 'MAX')
    .execute()
  expect(rows.map((row) => row.class).sort()).toEqual(['bot', 'counted', 'prefetch', 'repeated'])
})
