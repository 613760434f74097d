import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readDestination } from '../../src/services/configuration/destination.ts'
import { ENGINES, openTestCollector, type TestCollector } from '../test-collector.ts'
import { addProgram, call, callAsGuest } from './programs.ts'

/** What must never become a link of a program whose only site is https://acme.test. */
const HOSTILE = [
  '',
  ' ',
  '/',
  '/pricing',
  'pricing',
  '//evil.test',
  '///evil.test',
  '////evil.test',
  '\\\\evil.test',
  '/\\evil.test',
  'https://evil.test/',
  'http://acme.test/',
  'https://acme.test:8443/',
  'https://acme.test:80/',
  'https://acme.test:0443/',
  'https://acme.test:/',
  'https://www.acme.test/',
  'https://evil.acme.test/',
  'https://acme.test.evil.test/',
  'https://acme.test.',
  'https://acme.test./',
  'https://acme.tes',
  'https://acmeXtest/',
  'https://acme.test@evil.test/',
  'https://evil.test@acme.test/',
  'https://user:password@acme.test/',
  'https://:password@acme.test/',
  'https://@acme.test/',
  'https://acme.test%40evil.test/',
  'https://acme.test%2eevil.test/',
  'https://acme.test%00.evil.test/',
  'https://evil.test/https://acme.test/',
  'https://evil.test?https://acme.test/',
  'https://evil.test#https://acme.test/',
  'https://evil.test\\@acme.test/',
  'https://acme.test\\@evil.test/',
  'https://acme.test\\.evil.test/',
  'https://acme.test/\\evil.test',
  'https:\\\\acme.test\\',
  'https:/acme.test/',
  'https:acme.test/',
  'https:///acme.test/',
  'https:////acme.test/',
  ' https://acme.test/',
  'https://acme.test/ ',
  '\thttps://acme.test/',
  'ht\ntps://acme.test/',
  'https://ac\tme.test/',
  'https://acme.test/\r\nSet-Cookie: a=b',
  'https://acme.test/\n',
  'https://acme.test/\u0000',
  'https://acme.test/\u2028x',
  'https://acme.test/\u200bx',
  'https://acme.test/\u202excod.exe',
  'https://acme。test/',
  'https://ａｃｍｅ.test/',
  'https://аcme.test/',
  'https://acme.tеst/',
  'https://xn--cme-7cd.test/',
  'https://%61cme.test/',
  'https://acme.test\u00ad/',
  'https://[::1]/',
  'https://127.0.0.1/',
  'https://2130706433/',
  'javascript:alert(1)',
  'javascript://acme.test/%0aalert(1)',
  'JaVaScRiPt:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'data:text/html;base64,PHNjcmlwdD4=',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'ftp://acme.test/',
  'ws://acme.test/',
  'blob:https://acme.test/1',
  'view-source:https://acme.test/',
  'intent://acme.test/#Intent;scheme=https;end',
  'filesystem:https://acme.test/x',
  'about:blank',
  'mailto:a@acme.test',
  'https://',
  'https://#acme.test',
  'https://?acme.test',
  `https://acme.test/${'a'.repeat(2048)}`,
]

describe.each(ENGINES)('links on %s', (engine) => {
  let collector: TestCollector
  let jane: string
  beforeAll(async () => {
    collector = await openTestCollector(engine)
    const input = { email: 'jane@example.test', name: 'Jane', code: 'JANE' }
    jane = (await call(collector, 'POST', '/v1/partners', input)).body.id
  })
  afterAll(() => collector.closeAll())

  const countLinks = async () => {
    const { db } = collector.deps.store
    const rows = await db.selectFrom('link').select('id').execute()
    return rows.length
  }

  test(`none of ${HOSTILE.length} hostile destinations becomes a link or the program's site`, async () => {
    expect(HOSTILE.length).toBeGreaterThanOrEqual(60)
    const before = await countLinks()
    for (const to of HOSTILE) {
      const made = await call(collector, 'POST', '/v1/links', { partner: jane, to, code: 'EVIL' })
      expect([to, made.status, made.body.code]).toEqual([to, 422, 'invalid_request'])
      expect(made.body.errors[0].pointer).toBe('/to')
      if (to === '') continue
      const site = await call(collector, 'PATCH', '/v1/program', { site: to })
      expect([to, site.status]).toEqual([to, 422])
    }
    expect(await countLinks()).toBe(before)
    const response = await collector.app.request('/r/EVIL')
    expect(response.headers.get('location')).toBe('https://acme.test/')
    expect((await call(collector, 'GET', '/v1/program')).body.site).toBe('https://acme.test/')
  })

  test.each([
    ['https://acme.test', 'https://acme.test/'],
    ['HTTPS://ACME.test/a', 'https://acme.test/a'],
    ['https://acme.test:443/a?b=c#d', 'https://acme.test/a?b=c#d'],
    ['https://acme.test/%2F%2Fevil.test', 'https://acme.test/%2F%2Fevil.test'],
    ['https://acme.test/a/../b', 'https://acme.test/b'],
    ['https://acme.test/päge', 'https://acme.test/p%C3%A4ge'],
  ])('%s leads there', async (to, href) => {
    const made = await call(collector, 'POST', '/v1/links', { partner: jane, to })
    expect(made).toMatchObject({ status: 201, body: { to: href, partner: jane, campaign: null } })
    expect(made.body.url).toBe(`http://go.acme.test/r/${made.body.code}`)
  })

  test('a site with a name beyond ASCII is written in either form', () => {
    const sites = ['https://xn--mller-kva.test']
    expect(readDestination('https://müller.test/a', sites)).toBeInstanceOf(URL)
    expect(readDestination('https://xn--mller-kva.test/a', sites)).toBeInstanceOf(URL)
    expect(readDestination('https://mu\u0308ller.test/', sites)).not.toBeInstanceOf(URL)
  })

  test('whatever a click asks for, it goes where the link leads', async () => {
    const to = 'https://acme.test/pricing?plan=pro'
    const made = await call(collector, 'POST', '/v1/links', { partner: jane, to, code: 'GO' })
    expect(made.status).toBe(201)
    const evil = encodeURIComponent('https://evil.test/')
    for (const path of [
      `/r/GO?to=${evil}`,
      `/r/GO?url=${evil}&next=${evil}&redirect=${evil}`,
      '/r/GO?via=MALLORY&plan=free',
      '/r/go?to=//evil.test#//evil.test',
      '/r/G-O?__proto__=x&constructor=y',
      '/p/acme/r/GO?return_to=javascript:alert(1)',
    ]) {
      const headers = { host: 'go.acme.test' }
      const response = await collector.app.request(path, { redirect: 'manual', headers })
      expect([path, response.status]).toEqual([path, 302])
      expect(response.headers.get('location')).toBe('https://acme.test/pricing?plan=pro&via=GO')
    }
    const tagged = await collector.app.request(`/r/GO?utm_source=x&utm_medium=${evil}&utm_=y`)
    const location = new URL(tagged.headers.get('location') ?? '')
    expect(location.origin).toBe('https://acme.test')
    expect(Object.fromEntries(location.searchParams)).toEqual({
      plan: 'pro',
      utm_source: 'x',
      utm_medium: 'https://evil.test/',
      via: 'GO',
    })
  })

  test.each([
    '/r/%2F%2Fevil.test',
    '/r/..%2F..%2Fevil',
    '/r/https:%2F%2Fevil.test',
    '/r/%5C%5Cevil.test',
    '/r/%0d%0aLocation:%20https:%2F%2Fevil.test',
    '/r/%00',
    '/r/%E0%A4%A',
    '/r/evil.test%2Fx?to=https://evil.test/',
  ])('%s leaves for the site at most', async (path) => {
    const response = await collector.app.request(path, { redirect: 'manual' })
    expect([302, 404]).toContain(response.status)
    expect(response.headers.get('location') ?? 'https://acme.test/').toBe('https://acme.test/')
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  test('a link under a code that the partner has; the same again is the same, another is refused', async () => {
    const input = { partner: jane, to: 'https://acme.test/j', code: 'jane', campaign: 'spring' }
    const made = await call(collector, 'POST', '/v1/links', input)
    expect(made).toMatchObject({ status: 201, body: { code: 'JANE', campaign: 'spring' } })
    expect(await call(collector, 'POST', '/v1/links', input)).toEqual({
      status: 200,
      body: made.body,
    })
    const other = await call(collector, 'POST', '/v1/links', {
      ...input,
      to: 'https://acme.test/k',
    })
    expect(other).toMatchObject({ status: 409, body: { code: 'already_exists' } })
    const kim = await call(collector, 'POST', '/v1/partners', {
      email: 'k@example.test',
      name: 'Kim',
    })
    const taken = await call(collector, 'POST', '/v1/links', { ...input, partner: kim.body.id })
    expect(taken).toMatchObject({ status: 409, body: { code: 'code_taken' } })
    const nobody = await call(collector, 'POST', '/v1/links', { ...input, partner: 'ptr_none' })
    expect(nobody.status).toBe(404)
    const { body } = await call(collector, 'GET', `/v1/links?partner=${jane}&limit=200`)
    expect(body.data.some((link: { id: string }) => link.id === made.body.id)).toBe(true)
    expect((await call(collector, 'GET', `/v1/links?partner=${kim.body.id}`)).body.data).toEqual([])
  })

  test('clicks are told by class', async () => {
    const made = await call(collector, 'POST', '/v1/links', {
      partner: jane,
      to: 'https://acme.test/c',
    })
    const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/143.0 Safari/537.36'
    const click = (headers: Record<string, string>, method = 'GET') =>
      collector.app.request(`/r/${made.body.code}`, { method, headers })
    await click({ 'user-agent': chrome })
    await click({ 'user-agent': chrome })
    await click({ 'user-agent': chrome, 'sec-purpose': 'prefetch' })
    await click({ 'user-agent': 'Googlebot/2.1' })
    await click({ 'user-agent': chrome }, 'HEAD')
    await collector.deps.clicks.flush()
    const { body } = await call(collector, 'GET', `/v1/links/${made.body.id}`)
    expect(body).toEqual({
      ...made.body,
      clicks: { counted: 1, repeated: 1, prefetch: 1, bot: 1 },
    })
  })

  test('links are the own program’s and need its secret key', async () => {
    const made = await call(collector, 'POST', '/v1/links', {
      partner: jane,
      to: 'https://acme.test/s',
    })
    const other = await addProgram(collector, 'foreign')
    const path = `/v1/links/${made.body.id}`
    expect((await callAsGuest(collector, 'GET', path)).status).toBe(401)
    expect((await callAsGuest(collector, 'POST', '/v1/links')).status).toBe(401)
    const open = collector.program.publishableKey
    expect((await call(collector, 'GET', path, undefined, open)).status).toBe(403)
    expect((await call(collector, 'POST', '/v1/links', {}, open)).status).toBe(403)
    expect((await call(collector, 'GET', path, undefined, other.secretKey)).status).toBe(404)
    const list = await call(collector, 'GET', '/v1/links', undefined, other.secretKey)
    expect(list.body).toEqual({ data: [], next: null })
    const foreign = await call(
      collector,
      'POST',
      '/v1/links',
      { partner: jane, to: 'https://foreign.test/' },
      other.secretKey,
    )
    expect(foreign.status).toBe(404)
    // With several programs a link names its own.
    expect((await call(collector, 'GET', path)).body.url).toBe(
      `http://go.acme.test/p/acme/r/${made.body.code}`,
    )
  })
})
