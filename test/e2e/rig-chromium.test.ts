import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../harness/chromium.ts'

let server: Server
let browser: Browser
let port: number
const userAgents: unknown[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    userAgents.push(request.headers['user-agent'])
    response.setHeader('content-type', 'text/html')
    response.end(`<title>${request.headers.host}${request.url}</title><h1>Sent by Jane</h1>`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  browser = await launchChromium({ hosts: { 'acme.test': port } })
})

afterAll(async () => {
  await browser?.close()
  server?.close()
})

test('a mapped host is served without its port, any other leads to this machine', async () => {
  const page = await browser.newPage()
  await page.goto('http://acme.test/pricing')
  expect(await page.title()).toBe('acme.test/pricing')
  await page.goto(`http://shop.example:${port}/`)
  expect(await page.title()).toBe(`shop.example:${port}/`)
})

test('a page is painted: its screenshot is not the blank one', async () => {
  const page = await browser.newPage()
  await page.goto('http://acme.test/')
  const painted = await page.screenshot()
  await page.goto('about:blank')
  const blank = await page.screenshot()
  expect(painted.length).toBeGreaterThan(blank.length + 1000)
})

test('the browser is an ordinary Chrome by its User-Agent', async () => {
  const page = await browser.newPage()
  await page.goto('http://acme.test/')
  const own = await page.evaluate(() => navigator.userAgent)
  expect(own).toMatch(/ Chrome\/\d+\.0\.0\.0 Safari\/537\.36$/)
  expect(own).not.toMatch(/headless/i)
  expect(new Set(userAgents)).toEqual(new Set([own]))
})

// The Chromium that npm carries is a "headless shell", which has no back-forward cache at all. Any other
// reason would be a switch or a page of ours that spoils it for a full Chromium.
const OF_THE_SHELL = ['BackForwardCacheDisabledForDelegate', 'BrowsingInstanceNotSwapped']

test('going back restores a page from the back-forward cache, if the browser has one', async () => {
  const page = await browser.newPage()
  await page.goto('http://acme.test/first')
  await page.goto('http://acme.test/second')
  const session = await page.context().newCDPSession(page)
  const reasons: string[] = []
  session.on('Page.backForwardCacheNotUsed', ({ notRestoredExplanations }) =>
    reasons.push(...notRestoredExplanations.map(({ reason }) => reason)),
  )
  await session.send('Page.enable')
  await page.goBack()
  expect(page.url()).toBe('http://acme.test/first')
  expect(reasons.filter((reason) => !OF_THE_SHELL.includes(reason))).toEqual([])
})
