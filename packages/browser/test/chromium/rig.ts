import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { launchChromium } from '../../../../test/harness/chromium.ts'
import type { Sentby } from '../../src/index.ts'
import { builtScripts } from '../built-scripts.ts'
import { type RecordingCollector, recordingCollector } from './recording-collector.ts'
import { listen } from './web.ts'

declare global {
  interface Window {
    sentby: Sentby & ((method: string, ...args: unknown[]) => unknown)
  }
}

export const TAG = '<script async src="http://go.acme.test/s.js" data-sentby-key="pk_1"></script>'

/** The script's tag with more attributes: `tag('consent="required"')`. */
export const tag = (...attributes: string[]): string =>
  TAG.replace('></', `${attributes.map((text) => ` data-sentby-${text}`).join('')}></`)

const SITES = [
  'acme.test',
  'www.acme.test',
  'app.acme.test',
  'www.acme.co.uk',
  'shop.acme.co.uk',
  'me.github.io',
  'you.github.io',
  'acme-pay.test',
  'evil.test',
]

export interface Rig {
  browser: Browser
  collector: RecordingCollector
  /** Pages by path (`/x`) or by host and path (`evil.test/x`); any other path has the tag alone. */
  pages: Record<string, string>
  headers: Record<string, string>
  scripts: { s: string; domains: string; esm: string }
  /** `integrity.json` as published. */
  integrity: Record<string, string>
  sitePort: number
  context: BrowserContext
  page: Page
  /** Opens an address in the page and waits until the script has nothing more to send. */
  visit(url: string, page?: Page): Promise<void>
}

/** A browser, the vendor's sites and a recording collector for one test file; a fresh profile each test. */
export function useRig(): Rig {
  const rig = { pages: {}, headers: {} } as Rig
  const errors: string[] = []
  const closers: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    const built = await builtScripts()
    rig.scripts = built
    rig.integrity = built.integrity
    rig.collector = await recordingCollector({
      '/s.js': built.s,
      '/s-domains.js': built.domains,
      '/sentby.mjs': built.esm,
    })
    const sites = await listen((request, response) => {
      const path = (request.url ?? '/').split('?')[0] ?? '/'
      const host = (request.headers.host ?? '').split(':')[0]
      response.setHeader('content-type', 'text/html')
      for (const [name, value] of Object.entries(rig.headers)) response.setHeader(name, value)
      response.end(
        `<!doctype html><link rel="icon" href="data:,">${
          rig.pages[`${host}${path}`] ?? rig.pages[path] ?? TAG
        }`,
      )
    })
    rig.sitePort = sites.port
    rig.browser = await launchChromium({
      hosts: {
        'go.acme.test': rig.collector.port,
        ...Object.fromEntries(SITES.map((host) => [host, sites.port])),
      },
    })
    closers.push(() => rig.browser.close(), sites.close, rig.collector.close)
  })

  beforeEach(async () => {
    rig.collector.reset()
    rig.pages = {}
    rig.headers = {}
    errors.length = 0
    rig.context = await rig.browser.newContext()
    rig.context.on('weberror', (error) => errors.push(`${error.error()}`))
    rig.page = await rig.context.newPage()
  })

  rig.visit = async (url, page = rig.page) => {
    await page.goto(url)
    await settled(page)
  }

  afterEach(async () => {
    await rig.context.close()
    // The bar of every test: no error ever reaches the host page.
    expect(errors).toEqual([])
  })

  afterAll(async () => {
    for (const close of closers) await close()
  })
  return rig
}

/** Waits until the script is there and has no attempt under way. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => !!window.sentby?.version)
  await page.evaluate(() => window.sentby.flush())
}

export const codeOf = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => window.sentby.get().code)

/** Everything this browser keeps for the page: cookie names and localStorage keys. */
export async function kept(page: Page): Promise<string[]> {
  const cookies = await page.context().cookies()
  const keys = await page.evaluate(() => Object.keys(localStorage))
  return [
    ...cookies.map(({ name, domain }) => `cookie ${name} ${domain}`),
    ...keys.map((key) => `local ${key}`),
  ].sort()
}
