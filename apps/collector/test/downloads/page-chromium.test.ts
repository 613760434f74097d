/** The download page in a real browser: on a phone, by keyboard, with and without JavaScript. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from '../../../../test/harness/chromium.ts'
import { type RunningServer, serve } from '../../src/server.ts'
import { FILES, openRig, type Rig, SCRIPT, sha256 } from './rig.ts'

const ZIP = FILES['app-1.0.zip'] ?? Buffer.alloc(0)
const PHONE = { width: 360, height: 640 }

let rig: Rig
let server: RunningServer
let browser: Browser
let port: number
const folder = mkdtempSync(join(tmpdir(), 'sentby-page-'))
beforeAll(async () => {
  rig = await openRig('sqlite')
  await rig.publish('app-0.9.zip', ZIP, { version: '0.9' })
  await rig.publish('install.sh', Buffer.from(SCRIPT), { version: '1.0' })
  await rig.publish('app-1.0.zip', ZIP, { version: '1.0' })
  server = await serve(rig, '127.0.0.1', 0)
  port = Number(new URL(server.url).port)
  browser = await launchChromium({ hosts: { 'go.acme.test': port } })
}, 60_000)
afterAll(async () => {
  await browser.close()
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

describe.each([true, false])('with JavaScript: %s', (javaScriptEnabled) => {
  let context: BrowserContext
  let page: Page
  const errors: string[] = []
  const asked: string[] = []
  beforeAll(async () => {
    context = await browser.newContext({
      javaScriptEnabled,
      viewport: PHONE,
      acceptDownloads: true,
    })
    page = await context.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text())
    })
    page.on('request', (request) => asked.push(request.url()))
  }, 60_000)
  afterAll(() => context.close())

  const open = (query = '') => page.goto(`http://go.acme.test/d/app${query}`)
  const field = () => page.getByLabel('Partner code')
  const saved = async (act: () => Promise<void>) => {
    const [download] = await Promise.all([page.waitForEvent('download'), act()])
    const path = join(folder, `${javaScriptEnabled}-${download.suggestedFilename()}`)
    await download.saveAs(path)
    return { name: download.suggestedFilename(), bytes: readFileSync(path) }
  }

  test('a link fills the field; a press on the button saves the stamped file', async () => {
    await open('?via=JANE')
    expect(await field().inputValue()).toBe('JANE')
    expect(await page.getByText('Recommended by Jane Doe.').isVisible()).toBe(true)
    const file = await saved(() => page.getByRole('button', { name: 'app-1.0.zip' }).click())
    expect(file.name).toBe('app-1.0.zip')
    expect(file.bytes.toString('latin1')).toMatch(/s1\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{16}\.JANE\./)
    const [row] = await rig.deps.store.db.selectFrom('download').selectAll().execute()
    expect(row).toMatchObject({ code: 'JANE', source: 'link' })
  })

  test('by keyboard alone: a code, then Enter', async () => {
    await open()
    await page.keyboard.press('Tab')
    expect(await page.locator(':focus').getAttribute('name')).toBe('code')
    await page.keyboard.type('ja-ne')
    const file = await saved(() => page.keyboard.press('Enter'))
    expect(file.name).toBe('app-1.0.zip')
    expect(file.bytes.length).toBeGreaterThan(ZIP.length)
  })

  test('a wrong code is told at the field, keeps what was typed, and leaves a way around', async () => {
    await open()
    await field().fill('<b>"wrong\'')
    await page.getByRole('button', { name: 'install.sh' }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toContain('We do not know this code')
    expect(await field().inputValue()).toBe('<b>"wrong\'')
    expect(await field().getAttribute('aria-invalid')).toBe('true')
    const link = page.getByRole('link', { name: 'without a code' }).first()
    const file = await saved(() => link.click())
    expect(sha256(file.bytes)).toBe(sha256(ZIP))
  })

  test('an empty field is the plain file', async () => {
    await open()
    const file = await saved(() => page.getByRole('button', { name: 'install.sh' }).click())
    expect(file.bytes.toString()).toBe(SCRIPT)
  })

  test('it fits a phone: nothing sticks out, everything can be pressed by a thumb', async () => {
    await open('?via=JANE')
    await page.getByText('Earlier versions').click()
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
    expect(overflow).toBeLessThanOrEqual(0)
    const targets = await page.locator('button, input:not([type=hidden]), summary').all()
    expect(targets.length).toBe(5)
    for (const target of targets) {
      expect((await target.boundingBox())?.height).toBeGreaterThanOrEqual(40)
    }
    await page.screenshot({ path: join(folder, 'phone.png'), fullPage: true })
    const png = readFileSync(join(folder, 'phone.png'))
    expect(png.length).toBeGreaterThan(5000)
  })

  test('nothing was asked of anybody else, and no policy was broken', () => {
    expect(asked.every((url) => new URL(url).host === 'go.acme.test')).toBe(true)
    expect(errors.filter((text) => !/status of 422/.test(text))).toEqual([])
  })
})
