/** A vendor's whole world in one process: collector, shop, and a browser that knows their hosts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sentby } from '@sentby/browser'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { readConfig } from '../../apps/collector/src/config.ts'
import {
  type Collector,
  type OpenOptions,
  openCollector,
} from '../../apps/collector/src/open-collector.ts'
import { type RunningServer, serve } from '../../apps/collector/src/server.ts'
import { makeProgram } from '../../apps/collector/src/services/programs.ts'
// biome-ignore lint/correctness/useImportExtensions: it is JavaScript, with its types beside it.
import { type RunningShop, startShop } from '../../examples/shop/server.mjs'
import { launchChromium } from '../harness/chromium.ts'
import { freshDatabase } from '../harness/postgres.ts'

export type Engine = 'sqlite' | 'postgres'

/** The collector's answer about a customer, as far as these tests read it. */
export interface Credit {
  credited: { partner: { id: string; name: string }; code: string; evidence: string } | null
  reason: string
  provisional: string | null
  anchor: string | null
  candidates: { evidence: string; kind: string; partner: string; at: string; verdict: string }[]
  unknownCodes: { code: string }[]
}

export interface World {
  browser: Browser
  collector: Collector
  /** Ids of the partners by code. */
  partners: Record<string, string>
  /** From now on facts are refused with 503; redirects, the script and reading go on. */
  drainCollector(): void
  /** Stops the collector and starts it again over the same database and port. */
  restartCollector(): Promise<void>
  stopCollector(): Promise<void>
  startCollector(): Promise<void>
  credit(customer: string): Promise<Credit>
  close(): Promise<void>
}

const PARTNERS = [
  { code: 'JANE', name: "Jane's Blog", email: 'jane@blog.example' },
  { code: 'MAX', name: "Max's Web Studio", email: 'max@studio.example' },
]

/** Pages of other hosts that put the shop into a frame. */
const FRAMES: Record<string, string> = {
  'evil.test': '<iframe sandbox="allow-scripts" src="http://www.acme.test/?via=JANE"></iframe>',
  'blog.acme.test': '<iframe src="http://www.acme.test/?via=JANE"></iframe>',
}

/** Opens a world with the partners JANE and MAX, whose links lead to http://www.acme.test/. */
export async function openWorld(engine: Engine): Promise<World> {
  const database = await makeDatabase(engine)
  const config = readConfig({ DATABASE_URL: database.url, PUBLIC_URL: 'http://go.acme.test' })
  let collector = await openCollector({ config, log: silentLog() })
  let running: RunningServer = await serve(collector, '127.0.0.1', 0)
  const port = Number(new URL(running.url).port)
  const program = await makeProgram(
    collector.deps.store,
    {
      slug: 'acme',
      name: 'Acme',
      currency: 'EUR',
      timezone: 'UTC',
      sites: ['http://www.acme.test/'],
    },
    Date.now(),
  )
  await collector.deps.directory.refresh()
  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${running.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${program.secretKey}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer: unknown = await response.json()
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
    return answer
  }
  const partners: Record<string, string> = {}
  for (const partner of PARTNERS) {
    const { id } = (await ask('POST', '/v1/partners', partner)) as { id: string }
    partners[partner.code] = id
  }
  const shops = await openShops(running.url, program)
  const frames = await serveFrames()
  const browser = await launchChromium({
    hosts: {
      'go.acme.test': port,
      'www.acme.test': shops.plain.port,
      'app.acme.test': shops.plain.port,
      'consent.acme.test': shops.consent.port,
      'blog.acme.test': frames.port,
      'evil.test': frames.port,
    },
  })
  const start = async () => {
    collector = await openCollector({ config, log: silentLog() })
    running = await serve(collector, '127.0.0.1', port)
  }
  return {
    browser,
    get collector() {
      return collector
    },
    partners,
    drainCollector: () => collector.drain(),
    stopCollector: () => running.stop(),
    startCollector: start,
    async restartCollector() {
      await running.stop()
      await start()
    },
    credit: async (customer) => (await ask('GET', `/v1/customers/${customer}/credit`)) as Credit,
    async close() {
      await browser.close()
      await shops.plain.close()
      await shops.consent.close()
      await frames.close()
      await running.stop()
      await database.drop()
    },
  }
}

/** The collector's own logger, with nothing to say. */
function silentLog(): OpenOptions['log'] {
  const manifest = new URL('../../apps/collector/package.json', import.meta.url)
  const pino = createRequire(manifest)('pino') as (options: object) => OpenOptions['log']
  return pino({ level: 'silent' })
}

async function openShops(
  endpoint: string,
  keys: { secretKey: string; publishableKey: string },
): Promise<{ plain: RunningShop; consent: RunningShop }> {
  const options = {
    endpoint,
    publicEndpoint: 'http://go.acme.test',
    key: keys.secretKey,
    publishableKey: keys.publishableKey,
    port: 0,
    log: () => {},
  }
  return {
    plain: await startShop(options),
    consent: await startShop({ ...options, consent: 'required' }),
  }
}

async function serveFrames(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const host = (request.headers.host ?? '').split(':')[0] ?? ''
    response.setHeader('content-type', 'text/html')
    response.end(`<!doctype html><link rel="icon" href="data:,">${FRAMES[host] ?? ''}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { port: (server.address() as AddressInfo).port, close }
}

async function makeDatabase(engine: Engine): Promise<{ url: string; drop(): Promise<void> }> {
  if (engine === 'postgres') return freshDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'sentby-journey-'))
  return {
    url: `file:${join(folder, 'sentby.db')}`,
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A person with a fresh browser profile, who clicks through the shop as people do. */
export class Person {
  readonly context: BrowserContext
  readonly page: Page
  /** What the page threw; has to stay empty. */
  readonly errors: string[] = []

  private constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
    context.on('weberror', (error) => this.errors.push(String(error.error())))
  }

  static async arrive(browser: Browser): Promise<Person> {
    const context = await browser.newContext()
    await context.route('http://go.acme.test/s.js', (r) => r.fulfill({ path: '/tmp/journey/b/s.js', contentType: 'text/javascript' }))
    return new Person(context, await context.newPage())
  }

  /** Follows an address and waits until the script has sent what it can. */
  async follow(url: string): Promise<void> {
    await this.page.goto(url)
    await this.settled()
  }

  async settled(): Promise<void> {
    await this.page.waitForFunction(() => Boolean(window.sentby?.version))
    await this.page.evaluate(() => window.sentby.flush())
  }

  /** Types a partner code into the open form and reads the note under the field. */
  async typeCode(code: string): Promise<string> {
    const { page } = this
    await page.fill('#partner-code', code)
    await page.focus('#email')
    await page.waitForFunction(() => document.querySelector('#code-note')?.textContent !== '')
    return (await page.textContent('#code-note')) ?? ''
  }

  /** Sends the open form; ends on the checkout. */
  async signUp(): Promise<void> {
    await this.page.fill('#email', 'person@customer.example')
    await this.page.click('main button[type=submit]')
    await this.page.waitForURL('**/checkout?*')
  }

  /** Pays, and opens the page about the credit; returns the customer's id. */
  async buy(): Promise<string> {
    await this.page.click('main button[type=submit]')
    await this.page.waitForURL('**/thank-you?*')
    await this.page.click('main a[href="/credit"]')
    return this.customer()
  }

  /** The customer's id, from the page about the credit. */
  async customer(): Promise<string> {
    return (await this.page.textContent('.facts dd')) ?? ''
  }

  headline(): Promise<string | null> {
    return this.page.textContent('#headline')
  }

  /** What happened, as the page tells it: titles, each with its badge. */
  async steps(): Promise<string[]> {
    const heads = await this.page.locator('.step-head').allTextContents()
    return heads.map((head) => head.trim().replace(/\s+/g, ' '))
  }

  /** The code that the script remembers. */
  code(): Promise<string | undefined> {
    return this.page.evaluate(() => window.sentby.get().code)
  }
}

declare global {
  interface Window {
    sentby: Sentby & ((method: string, ...args: unknown[]) => unknown)
  }
}
