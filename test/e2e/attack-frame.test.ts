import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../harness/chromium.ts'

const SCRIPT = new URL('../../packages/browser/dist/s.js', import.meta.url)
const FRAMING = '<!doctype html><iframe src="http://acme.test/?via=EVIL"></iframe>'
const SHOP =
  '<!doctype html><form id="signup" data-sentby-form="partner_code"></form><script src="/s.js" data-sentby-key="pk_x"></script>'

let server: Server
let browser: Awaited<ReturnType<typeof launchChromium>>

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/s.js') {
      response.setHeader('content-type', 'text/javascript')
      response.end(readFileSync(SCRIPT))
    } else if (request.url === '/v1/events') {
      // The visit waits: what the page keeps must not depend on an answer.
      response.writeHead(503).end()
    } else {
      response.setHeader('content-type', 'text/html')
      response.end(request.headers.host?.startsWith('acme.test') ? SHOP : FRAMING)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const hosts = { 'acme.test': port, 'blog.acme.test': port, 'evil.test': port }
  browser = await launchChromium({ hosts })
})
afterAll(async () => {
  await browser.close()
  server.close()
})

test.each(['evil.test', 'blog.acme.test'])(
  'a page of %s that frames the shop with a code puts no code into its forms',
  async (host) => {
    const context = await browser.newContext()
    const framing = await context.newPage()
    const visit = framing
      .waitForRequest((request) => request.url().endsWith('/v1/events'))
      .catch(() => null)
    await framing.goto(`http://${host}/`)
    await visit
    const page = await context.newPage()
    await page.goto('http://acme.test/')
    const code = await page.evaluate(() =>
      new FormData(document.querySelector('form') ?? undefined).get('partner_code'),
    )
    expect(code).toBeNull()
    await context.close()
  },
)
