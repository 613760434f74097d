import { describe, expect, test } from 'vitest'
import { codeOf, kept, settled, TAG, tag, useRig } from './rig.ts'

const rig = useRig()
const STUB = "<script>window.sentby={q:[['consent',true]]}</script>"

describe('the cookie', () => {
  const HOSTS: [host: string, domain: string][] = [
    ['acme.test', '.acme.test'],
    ['www.acme.test', '.acme.test'],
    ['www.acme.co.uk', '.acme.co.uk'],
    ['me.github.io', '.me.github.io'],
  ]
  test.each(HOSTS)('of %s belongs to %s, never to a public suffix', async (host, domain) => {
    await rig.visit(`http://${host}/?via=JANE`)
    expect(await kept(rig.page)).toEqual([
      `cookie _sentby ${domain}`,
      'local _sentby',
      'local _sentby_q',
    ])
  })

  test('is one of at most 400 bytes, Lax, for 90 days, in the documented form', async () => {
    await rig.visit('http://www.acme.test/?via=JANE')
    await rig.visit('http://www.acme.test/?via=BOB')
    const [cookie] = await rig.context.cookies()
    expect(cookie?.value).toMatch(/^1\.2\.v_[0-9a-f]{32}\.JANE\.l[0-9a-z]{8}\.BOB\.l[0-9a-z]{8}$/)
    expect(cookie).toMatchObject({ path: '/', sameSite: 'Lax', httpOnly: false, secure: false })
    const days = ((cookie?.expires ?? 0) - Date.now() / 1000) / 86400
    expect(days).toBeGreaterThan(89.9)
    expect(days).toBeLessThan(90.1)
    expect(`_sentby=${cookie?.value}`.length).toBeLessThan(400)
  })

  test('is not touched by a mere page view: its days do not slide', async () => {
    await rig.visit('http://www.acme.test/?via=JANE')
    const before = await rig.context.cookies()
    await rig.visit('http://www.acme.test/next')
    expect(await rig.context.cookies()).toEqual(before)
  })

  test('takes the vendor’s domain and days', async () => {
    rig.pages['/'] = tag('cookie-domain=".www.acme.test"', 'days="7"')
    await rig.visit('http://www.acme.test/?via=JANE')
    const [cookie] = await rig.context.cookies()
    expect(cookie?.domain).toBe('.www.acme.test')
    expect(cookie?.value).toMatch(/^1\.3\./)
    expect((cookie?.expires ?? 0) - Date.now() / 1000).toBeLessThan(7.1 * 86400)
  })

  test('works on localhost and on an IP address', async () => {
    for (const host of ['localhost', '127.0.0.1']) {
      await rig.visit(`http://${host}:${rig.sitePort}/?via=JANE`)
      expect(await kept(rig.page)).toContain(`cookie _sentby ${host}`)
      await rig.page.evaluate(() => localStorage.clear())
      await rig.visit(`http://${host}:${rig.sitePort}/next`)
      expect(await codeOf(rig.page)).toBe('JANE')
      await rig.context.clearCookies()
    }
  })
})

const WALKS: [from: string, to: string, code: string | undefined][] = [
  ['www.acme.test', 'app.acme.test', 'JANE'],
  ['app.acme.test', 'www.acme.test', 'JANE'],
  ['acme.test', 'app.acme.test', 'JANE'],
  ['www.acme.co.uk', 'shop.acme.co.uk', 'JANE'],
  ['me.github.io', 'you.github.io', undefined],
]
test.each(WALKS)(
  'who lands on %s and goes on to %s is read there with code %s',
  async (from, to, code) => {
    await rig.visit(`http://${from}/?via=JANE`)
    const { visitor } = await rig.page.evaluate(() => window.sentby.get())
    await rig.visit(`http://${to}/signup`)
    expect(await codeOf(rig.page)).toBe(code)
    const there = await rig.page.evaluate(() => window.sentby.get().visitor)
    expect(there === visitor).toBe(code !== undefined)
  },
)

test('the cookie alone is enough, and so is localStorage alone', async () => {
  await rig.visit('http://www.acme.test/?via=JANE')
  const before = await rig.page.evaluate(() => window.sentby.get())
  await rig.page.evaluate(() => localStorage.clear())
  await rig.visit('http://www.acme.test/next')
  expect(await rig.page.evaluate(() => window.sentby.get())).toEqual(before)
  await rig.visit('http://www.acme.test/?via=BOB')
  const after = await rig.page.evaluate(() => window.sentby.get())
  await rig.context.clearCookies()
  await rig.visit('http://www.acme.test/next')
  expect(await rig.page.evaluate(() => window.sentby.get())).toEqual(after)
})

test('a cookie of the site that holds an address cannot plant a visitor', async () => {
  const value = `/?_sentby=1.2.v_${'9'.repeat(32)}`
  await rig.context.addCookies([{ name: '_last_url', value, domain: '.acme.test', path: '/' }])
  await rig.visit('http://www.acme.test/?via=JANE')
  const { visitor } = await rig.page.evaluate(() => window.sentby.get())
  expect(visitor).not.toContain('999')
  await rig.visit('http://www.acme.test/next')
  const next = await rig.page.evaluate(() => window.sentby.get())
  expect([next.visitor, next.code]).toEqual([visitor, 'JANE'])
})

describe('expiry', () => {
  const ago = (days: number) => (Date.now() - days * 864e5).toString(36)
  const VISITOR = `v_${'0'.repeat(32)}`
  const MARKS: [first: number, last: number, codes: (string | undefined)[]][] = [
    [89, 1, ['JANE', 'BOB']],
    [91, 1, ['BOB', 'BOB']],
    [91, 89.99, ['BOB', 'BOB']],
    [99, 91, [undefined, undefined]],
  ]
  test.each(MARKS)('touches of %f and %f days ago leave %j', async (first, last, codes) => {
    const value = `1.2.${VISITOR}.JANE.l${ago(first)}.BOB.t${ago(last)}`
    await rig.context.addCookies([{ name: '_sentby', value, domain: '.acme.test', path: '/' }])
    await rig.visit('http://www.acme.test/')
    const known = await rig.page.evaluate(() => window.sentby.get())
    expect(known.visitor).toBe(VISITOR)
    expect([known.first?.code, known.last?.code]).toEqual(codes)
  })

  test.each([
    '',
    'x',
    '2.2.v_1.JANE.lmi8k2x1a',
    '1.2.v_1.JANE.l!',
    '%00',
    '1.2.v_1.J.zzzzzzzzz.J.zzzzzzzzz',
  ])('a cookie %j that something else wrote breaks nothing', async (value) => {
    await rig.context.addCookies([{ name: '_sentby', value, domain: '.acme.test', path: '/' }])
    await rig.visit('http://www.acme.test/?via=JANE')
    expect(await codeOf(rig.page)).toBe('JANE')
  })
})

describe('a sandboxed frame', () => {
  test('works from memory, sends, and says that it is framed', async () => {
    rig.pages['/host'] =
      '<iframe sandbox="allow-scripts" src="http://www.acme.test/inner?via=JANE"></iframe>'
    await rig.page.goto('http://evil.test/host')
    await rig.collector.received(1)
    const frame = rig.page.frames()[1]
    await frame?.waitForFunction(() => window.sentby?.version)
    const seen = await frame?.evaluate(async () => {
      let denied = ''
      try {
        localStorage.length
      } catch (error) {
        denied = (error as Error).name
      }
      await window.sentby.flush()
      const verdict = await window.sentby.code('BOB')
      return { denied, verdict, code: window.sentby.get().code }
    })
    expect(seen).toMatchObject({
      denied: 'SecurityError',
      verdict: { status: 'accepted' },
      code: 'BOB',
    })
    expect(rig.collector.requests[0]?.headers.origin).toBe('null')
    expect(rig.collector.summary()).toEqual(['visit:JANE', 'code:BOB'])
    expect(rig.collector.events()[0]?.['frame']).toBe(true)
  })

  test('that was written by its host without an address works too', async () => {
    rig.pages['/host'] = `<iframe sandbox="allow-scripts" srcdoc='${TAG}'></iframe>`
    await rig.page.goto('http://evil.test/host')
    const frame = rig.page.frames()[1]
    await frame?.waitForFunction(() => window.sentby?.version)
    expect(await frame?.evaluate(() => window.sentby.code('BOB'))).toMatchObject({
      status: 'accepted',
    })
  })
})

const CONSENT: [title: string, attributes: string[], gpc: boolean][] = [
  ['where consent is required', ['consent="required"'], false],
  ['where the attribute has no value', ['consent'], false],
  ['under Global Privacy Control', [], true],
]
describe.each(CONSENT)('%s', (_title, attributes, gpc) => {
  const land = async (url: string) => {
    rig.pages['/'] = tag(...attributes)
    rig.pages['/next'] = tag(...attributes)
    rig.pages['/granted'] = `${STUB}${tag(...attributes)}`
    if (gpc) {
      await rig.page.addInitScript(() => {
        Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })
      })
    }
    await rig.visit(url)
  }
  const consent = (given: boolean) =>
    rig.page.evaluate((yes) => {
      window.sentby.consent(yes)
      return window.sentby.flush()
    }, given)

  test('nothing is stored or sent before the yes; the page itself knows the code', async () => {
    await land('http://www.acme.test/?via=JANE')
    expect(await rig.page.evaluate(() => window.sentby.code('BOB'))).toEqual({ status: 'queued' })
    await rig.page.evaluate(() => window.sentby.signup({ customer: 'c1' }))
    expect(await codeOf(rig.page)).toBe('BOB')
    expect(await kept(rig.page)).toEqual([])
    expect(rig.collector.requests).toEqual([])
  })

  test('the yes stores and sends what waited, under one visitor', async () => {
    await land('http://www.acme.test/?via=JANE')
    await rig.page.evaluate(() => window.sentby.code('BOB'))
    await consent(true)
    expect(rig.collector.summary()).toEqual(['visit:JANE', 'code:BOB'])
    expect(new Set(rig.collector.events().map((event) => event.visitor)).size).toBe(1)
    expect(await kept(rig.page)).toContain('cookie _sentby .acme.test')
    await rig.visit('http://www.acme.test/granted')
    expect(await codeOf(rig.page)).toBe('BOB')
  })

  test('after a yes the visitor stays the same, and a reload under a new question adds nothing', async () => {
    await land('http://www.acme.test/?via=JANE')
    await consent(true)
    await rig.page.reload()
    await settled(rig.page)
    await consent(true)
    await consent(true)
    expect(rig.collector.summary()).toEqual(['visit:JANE'])
    await rig.visit('http://www.acme.test/?via=BOB')
    await consent(true)
    expect(rig.collector.summary()).toEqual(['visit:JANE', 'visit:BOB'])
    expect(new Set(rig.collector.events().map((event) => event.visitor)).size).toBe(1)
    const known = await rig.page.evaluate(() => window.sentby.get())
    expect([known.first?.code, known.last?.code]).toEqual(['JANE', 'BOB'])
  })

  test('the no wipes cookie, storage and queue, also from another page and another host', async () => {
    await land('http://www.acme.test/?via=JANE')
    await consent(true)
    rig.collector.fail(503, 99)
    await rig.page.evaluate(() => window.sentby.code('BOB'))
    await rig.visit('http://www.acme.test/next')
    await consent(false)
    expect(await kept(rig.page)).toEqual([])
    expect(await codeOf(rig.page)).toBe(undefined)
    rig.collector.reset()
    await rig.visit('http://app.acme.test/granted')
    expect(await codeOf(rig.page)).toBe(undefined)
    expect(rig.collector.requests).toEqual([])
  })
})

test('a no where nothing was asked wipes and stops; another tab stops with it', async () => {
  await rig.visit('http://www.acme.test/?via=JANE')
  const other = await rig.context.newPage()
  await rig.visit('http://www.acme.test/other', other)
  const told = other.evaluate(
    () => new Promise<void>((resolve) => window.sentby.onChange(() => resolve())),
  )
  await rig.page.evaluate(() => window.sentby.consent(false))
  await told
  expect(await other.evaluate(() => window.sentby.code('BOB'))).toEqual({ status: 'queued' })
  expect(await kept(rig.page)).toEqual([])
  expect(rig.collector.summary()).toEqual(['visit:JANE'])
})
