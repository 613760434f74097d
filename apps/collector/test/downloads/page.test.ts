/** The download page without a script in sight: what it shows, where its form leads, what strangers get. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLimits, RATES } from '../../src/services/limits.ts'
import { addProgram, call } from '../resources/programs.ts'
import { ENGINES } from '../test-collector.ts'
import { bytesOf, FILES, openRig, type Rig, SCRIPT, sha256, submit } from './rig.ts'

const ZIP = FILES['app-1.0.zip'] ?? Buffer.alloc(0)
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  'JANE\r\nSet-Cookie: a=b',
  '../../etc/passwd',
  '%2e%2e%2f',
  '\u0000',
  '\ud800',
  'ＪＡＮＥ',
  'JÄNE',
  '𝕁𝔸ℕ𝔼',
  'x',
  'A'.repeat(33),
  'A'.repeat(5000),
  '&#74;ANE',
  '$' + '{7*7}',
]

/** The script's cookie of a visitor who came by a link of this code. */
const cookieOf = (code: string, ageDays = 0) => {
  const at = (Date.now() - ageDays * 86_400_000).toString(36)
  return `a=b; _sentby=1.2.v_0123.${code}.l${at}.${code}.l${at}; c=d`
}

describe.each(ENGINES)('the download page on %s', (engine) => {
  let rig: Rig
  beforeAll(async () => {
    rig = await openRig(engine)
    await rig.publish('app-0.9.zip', Buffer.from(ZIP), { version: '0.9' })
    await rig.publish('app-1.0.zip', ZIP, { version: '1.0' })
    await rig.publish('install.sh', Buffer.from(SCRIPT), { version: '1.0' })
    const shy = { email: 'max@example.com', name: 'Max Shy', code: 'MAX', showsName: false }
    await call(rig, 'POST', '/v1/partners', shy)
    const gone = { email: 'kim@example.com', name: 'Kim Gone', code: 'KIM' }
    const kim = await call(rig, 'POST', '/v1/partners', gone)
    await call(rig, 'PATCH', `/v1/partners/${kim.body.id}`, { status: 'inactive' })
  })
  afterAll(() => rig.closeAll())

  const page = async (path: string, headers: Record<string, string> = {}) => {
    const response = await rig.app.request(path, { headers })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  const fieldOf = (text: string) => /<input id="code"[^>]*?value="([^"]*)"/.exec(text)?.[1]
  const lastDownload = async () => {
    const rows = await rig.deps.store.db.selectFrom('download').selectAll().execute()
    return rows.sort((a, b) => (a.at < b.at ? -1 : 1)).at(-1)
  }
  const countDownloads = async () =>
    (await rig.deps.store.db.selectFrom('download').select('id').execute()).length

  test('lists the files of the latest version, each with its checksum; older ones apart', async () => {
    const { status, headers, text } = await page('/d/app')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(text).toContain('<h1>Download The App</h1>')
    expect(text).toContain(sha256(ZIP))
    const [latest = '', older = ''] = text.split('<details>')
    expect(latest).toContain('value="app-1.0.zip"')
    expect(latest).toContain('value="install.sh"')
    expect(latest).not.toContain('app-0.9.zip')
    expect(older).toContain('value="app-0.9.zip"')
    expect(text).toContain('<label for="code">')
    expect(text).toContain('aria-live="polite"')
    expect(fieldOf(text)).toBe('')
  })

  test('loads nothing, runs nothing, and says so to the browser', async () => {
    const { headers, text } = await page('/d/app')
    expect(text).not.toMatch(/<script|\son\w+=|https?:|<link|<img|url\(/i)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    const style = /<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? ''
    expect(policy).toContain(`'sha256-${sha256(Buffer.from(style), 'base64')}'`)
    expect(headers.get('cache-control')).toBe('no-store')
  })

  test.each([
    ['?via=JANE', {}, 'JANE', 'Recommended by Jane Doe.'],
    ['?via=ja-ne', {}, 'ja-ne', 'Recommended by Jane Doe.'],
    ['?via=MAX', {}, 'MAX', undefined],
    ['?via=KIM', {}, 'KIM', undefined],
    ['?via=NOBODY', {}, 'NOBODY', undefined],
    ['?via=MAX', { cookie: cookieOf('JANE') }, 'MAX', undefined],
    ['', { cookie: cookieOf('JANE') }, 'JANE', 'Recommended by Jane Doe.'],
    ['', { cookie: cookieOf('JANE', 91) }, '', undefined],
    ['', { cookie: cookieOf('JANE'), dnt: '1' }, '', undefined],
    ['', { cookie: cookieOf('JANE'), dnt: '0' }, 'JANE', 'Recommended by Jane Doe.'],
    ['', { cookie: cookieOf('JANE'), 'sec-gpc': '1' }, '', undefined],
    ['', { cookie: '_sentby=1.2.v_1' }, '', undefined],
    ['', { cookie: '_sentby=<script>' }, '', undefined],
  ])('%s with %j fills the field with %s', async (query, headers, field, told) => {
    const { status, text } = await page(`/d/app${query}`, headers as Record<string, string>)
    expect(status).toBe(200)
    expect(fieldOf(text)).toBe(field)
    if (told === undefined) expect(text).not.toContain('Recommended by')
    else expect(text).toContain(told)
    expect(text).not.toContain('role="alert"')
  })

  test.each(HOSTILE)('%j in the link or in the form stays text', async (code) => {
    const shown = await page(`/d/app?via=${encodeURIComponent(code.toWellFormed())}`)
    expect(shown.status).toBe(200)
    const before = await countDownloads()
    const response = await submit(rig, '/d/app', { code, file: 'app-1.0.zip' })
    expect(response.status).toBe(422)
    const text = await response.text()
    for (const html of [shown.text, text]) {
      expect(html).not.toMatch(/<script|<img|' onmouseover='/)
      expect(html.length).toBeLessThan(20_000)
    }
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(response.headers.get('location')).toBeNull()
    expect(await countDownloads()).toBe(before)
  })

  test.each(['NOBODY', 'KIM', 'nö'])(
    '%s gets the page again, with the text and a way around',
    async (code) => {
      const response = await submit(rig, '/d/app', { code })
      expect(response.status).toBe(422)
      const text = await response.text()
      expect(fieldOf(text)).toBe(code)
      expect(text).toContain('role="alert"')
      expect(text).toContain('aria-invalid="true"')
      expect(text).toContain('We do not know this code')
      expect(text).toContain('href="../f/app/app-1.0.zip"')
      expect(text).not.toContain('Kim Gone')
    },
  )

  test.each([
    [{ code: 'JANE' }, {}, 'typed', null],
    [{ code: ' ja-ne ', file: 'app-1.0.zip' }, {}, 'typed', null],
    [{ code: 'JANE', via: 'JANE' }, {}, 'link', null],
    [{ code: 'MAX', via: 'JANE' }, {}, 'typed', null],
    [{ code: 'JANE' }, { cookie: cookieOf('JANE') }, 'cookie', 'v_0123'],
    [{ code: 'MAX' }, { cookie: cookieOf('JANE') }, 'typed', 'v_0123'],
    [{ code: 'JANE' }, { cookie: cookieOf('JANE'), 'sec-gpc': '1' }, 'typed', null],
    [{ code: 'JANE', via: 'JANE' }, { cookie: cookieOf('JANE'), dnt: '1' }, 'link', null],
  ])('%j with %j is a download by %s of visitor %s', async (fields, headers, source, visitor) => {
    const response = await submit(rig, '/d/app', fields as Record<string, string>, headers)
    expect(response.status).toBe(303)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const path = response.headers.get('location') ?? ''
    expect(path).toMatch(/^\/dl\/[A-Za-z0-9._-]{100,256}\/(app-1\.0\.zip|install\.sh)$/)
    const row = await lastDownload()
    expect(path.split('.')[4]).toBe(row?.id)
    expect(row).toMatchObject({ product_id: 'app', source, visitor })
    expect(row?.code).toBe(path.split('.')[3])
  })

  test('without a code it is the plain file, and nothing is stored', async () => {
    const before = await countDownloads()
    for (const code of ['', '  ']) {
      const response = await submit(rig, '/d/app', { code, file: 'app-1.0.zip' })
      expect(response.status).toBe(303)
      expect(response.headers.get('location')).toBe('/f/app/app-1.0.zip')
    }
    const none = await submit(rig, '/d/app', {})
    expect(none.headers.get('location')).toBe('/f/app/install.sh')
    expect(await countDownloads()).toBe(before)
  })

  test.each([
    ['POST', '/d/nothing', 404],
    ['GET', '/d/nothing', 404],
    ['GET', '/d/app%00', 404],
    ['GET', '/d/..%2fapp', 404],
    ['GET', '/f/app/nothing.zip', 404],
    ['GET', '/f/nothing/app-1.0.zip', 404],
    ['GET', '/f/nothing/SHA256SUMS', 404],
    ['GET', '/i/app', 404],
    ['GET', '/i/.sh', 404],
    ['GET', '/i/nothing.sh', 404],
    ['PUT', '/d/app', 405],
    ['POST', '/f/app/app-1.0.zip', 405],
  ])('%s %s is answered %i', async (method, path, status) => {
    const response =
      method === 'POST' && status === 404
        ? await submit(rig, path, { code: 'JANE' })
        : await rig.app.request(path, { method })
    expect(response.status).toBe(status)
  })

  test('the form takes a form, of this size, and a file that is there', async () => {
    const json = await rig.app.request('/d/app', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"code":"JANE"}',
    })
    expect(json.status).toBe(415)
    expect((await submit(rig, '/d/app', { code: 'x'.repeat(9000) })).status).toBe(413)
    expect((await submit(rig, '/d/app', { code: 'JANE', file: 'none.zip' })).status).toBe(404)
    expect((await submit(rig, '/d/app', { code: 'JANE', file: '../x' })).status).toBe(404)
  })

  test('SHA256SUMS has a line for each file', async () => {
    const { text, headers } = await page('/f/app/SHA256SUMS')
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(text.split('\n').sort()).toEqual(
      [
        '',
        `${sha256(ZIP)}  app-0.9.zip`,
        `${sha256(ZIP)}  app-1.0.zip`,
        `${sha256(Buffer.from(SCRIPT))}  install.sh`,
      ].sort(),
    )
  })

  test.each([
    ['', 'none; reason=no_code', ''],
    ['?code=', 'none; reason=no_code', ''],
    ['?code=NOBODY', 'none; reason=unknown_code', ''],
    ["?code=';rm%20-rf%20/;'", 'none; reason=unknown_code', ''],
    ['?code=%0a%24(id)', 'none; reason=unknown_code', ''],
    ['?code=ja-ne', 'code=JANE', 's1.'],
  ])('the shell installer with %s', async (query, told, begins) => {
    const response = await rig.app.request(`/i/app.sh${query}`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/x-shellscript; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('x-sentby-stamp')).toBe(told)
    const text = await response.text()
    const stamp = /^SENTBY_STAMP='([A-Za-z0-9._-]*)'$/m.exec(text)?.[1] ?? '?'
    expect(stamp.startsWith(begins)).toBe(true)
    expect(text.replace(stamp === '' ? '\u0000' : stamp, '')).toBe(SCRIPT)
  })

  test('a look at the installer is no download', async () => {
    const { db } = rig.deps.store
    const count = async () => (await db.selectFrom('download').select('id').execute()).length
    const before = await count()
    const response = await rig.app.request('/i/app.sh?code=JANE', { method: 'HEAD' })
    expect([response.status, response.headers.get('x-sentby-stamp')]).toEqual([200, 'code=JANE'])
    expect(await count()).toBe(before)
    await rig.app.request('/i/app.sh?code=JANE')
    expect(await count()).toBe(before + 1)
  })

  test('with several programs the page keeps to its own', async () => {
    const other = await addProgram(rig, 'foreign')
    await call(rig, 'POST', '/v1/products', { product: 'app', name: 'Theirs' }, other.secretKey)
    const headers = { host: 'go.acme.test' }
    expect((await page('/d/app', headers)).status).toBe(404)
    expect((await page('/p/acme/d/app', headers)).text).toContain('The App')
    const theirs = await page('/p/foreign/d/app?via=JANE', headers)
    expect(theirs.text).toContain('No file is published yet')
    expect(theirs.text).not.toContain('Jane Doe')
    const response = await submit(rig, '/p/acme/d/app', { code: 'JANE' }, headers)
    const location = response.headers.get('location') ?? ''
    expect(location).toMatch(/^\/p\/acme\/dl\//)
    const file = await rig.app.request(location, { headers })
    expect(file.headers.get('x-sentby-stamp')).toBe('code=JANE')
    const plain = await submit(rig, '/p/acme/d/app', { code: '' }, headers)
    expect(plain.headers.get('location')).toBe('/p/acme/f/app/install.sh')
    const hostile = { host: 'evil.test' }
    expect((await submit(rig, '/p/acme/d/app', { code: 'JANE' }, hostile)).status).toBe(404)
  })
})

test('past the misses even a right code is told to wait, and the plain file is there', async () => {
  const rig = await openRig('sqlite', { limits: createLimits() })
  await rig.publish('app.zip', ZIP)
  const { points } = RATES.misses
  expect((await submit(rig, '/d/app', { code: 'JANE' })).status).toBe(303)
  for (let n = 0; n < points; n++) {
    expect((await submit(rig, '/d/app', { code: `MISS${n}` })).status).toBe(422)
  }
  const response = await submit(rig, '/d/app', { code: 'JANE' })
  expect(response.status).toBe(429)
  expect(response.headers.get('retry-after')).toBe('600')
  const text = await response.text()
  expect(text).toContain('Please try again later')
  expect(text).toContain('href="../f/app/app.zip"')
  expect(text).not.toContain('Jane Doe')
  const shown = await rig.app.request('/d/app?via=JANE')
  expect(await shown.text()).not.toContain('Jane Doe')
  // The bucket is that of all routes.
  const key = rig.program.publishableKey
  expect((await rig.app.request(`/v1/codes/JANE?key=${key}`)).status).toBe(429)
  expect((await submit(rig, '/d/app', { code: '' })).headers.get('location')).toBe('/f/app/app.zip')
  await rig.closeAll()
})

test('past the budget a download is stamped and not stored; the metric tells', async () => {
  const limits = createLimits({ downloadsOfNetwork: { points: 2, duration: 60 } })
  const rig = await openRig('sqlite', { limits })
  await rig.publish('app.zip', ZIP)
  for (let n = 0; n < 3; n++) {
    const path = await rig.begin('app.zip')
    const response = await rig.app.request(path)
    expect(response.headers.get('x-sentby-stamp')).toBe('code=JANE')
    expect((await bytesOf(response)).length).toBeGreaterThan(ZIP.length)
  }
  expect(await rig.deps.store.db.selectFrom('download').select('id').execute()).toHaveLength(2)
  const metrics = await (await rig.app.request('/metrics')).text()
  expect(metrics).toContain('sentby_download_rows_total{outcome="stored"} 2')
  expect(metrics).toContain('sentby_download_rows_total{outcome="budget"} 1')
  expect(metrics).toContain('sentby_downloads_total{outcome="stamped",reason=""} 3')
  await rig.closeAll()
})
