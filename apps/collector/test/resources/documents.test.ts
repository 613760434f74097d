import { createHash } from 'node:crypto'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { ERRORS } from '@sentby/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pickCoding } from '../../src/services/browser-scripts.ts'
import { openTestCollector, type TestCollector } from '../test-collector.ts'

describe('the script and the documentation', () => {
  let collector: TestCollector
  beforeAll(async () => {
    collector = await openTestCollector('sqlite')
  })
  afterAll(() => collector.closeAll())

  const get = (path: string, headers: Record<string, string> = {}) =>
    collector.app.request(path, { headers })

  test('the script is served in every coding, with the same content', async () => {
    const plain = Buffer.from(await (await get('/s.js')).arrayBuffer())
    expect(plain.toString()).toContain('sentby')
    const read = { br: brotliDecompressSync, gzip: gunzipSync }
    for (const coding of ['br', 'gzip'] as const) {
      const response = await get('/s.js', { 'accept-encoding': coding })
      expect(response.headers.get('content-encoding')).toBe(coding)
      const body = Buffer.from(await response.arrayBuffer())
      expect(Number(response.headers.get('content-length'))).toBe(body.length)
      expect(body.length).toBeLessThan(plain.length)
      expect(read[coding](body).equals(plain)).toBe(true)
    }
  })

  test('the script may be loaded by any page, is never sniffed, and is not sent twice', async () => {
    const response = await get('/s.js')
    const header = (name: string) => response.headers.get(name)
    expect(header('access-control-allow-origin')).toBe('*')
    expect(header('x-content-type-options')).toBe('nosniff')
    expect(header('content-type')).toMatch(/^text\/javascript/)
    expect(header('vary')).toBe('accept-encoding')
    expect(header('cache-control')).not.toContain('immutable')
    const etag = header('etag') ?? ''
    for (const known of [etag, `"x", ${etag}`, etag.replace('W/', ''), '*']) {
      const again = await get('/s.js', { 'if-none-match': known })
      expect([known, again.status, await again.text()]).toEqual([known, 304, ''])
    }
    expect((await get('/s.js', { 'if-none-match': '"other"' })).status).toBe(200)
    const head = await collector.app.request('/s.js', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  test('a pinned script is immutable and has the digest that is told', async () => {
    const told = (await (await get('/s/integrity.json')).json()) as {
      version: string
      url: string
      integrity: string
      files: Record<string, { url: string; integrity: string }>
    }
    expect(Object.keys(told.files)).toEqual(['s.js', 's-domains.js'])
    expect(told.files['s.js']).toMatchObject({ url: told.url, integrity: told.integrity })
    for (const { url, integrity } of Object.values(told.files)) {
      expect(url).toMatch(/^http:\/\/go\.acme\.test\/s\/\d+\.\d+\.\d+\.[0-9a-f]{16}\.js$/)
      const response = await get(new URL(url).pathname)
      expect(response.headers.get('cache-control')).toContain('immutable')
      const digest = createHash('sha384')
        .update(Buffer.from(await response.arrayBuffer()))
        .digest('base64')
      expect(integrity).toBe(`sha384-${digest}`)
    }
    for (const path of ['/s/0.0.0.0000000000000000.js', '/s/..%2Fs.js', '/s/s.js', '/s/x']) {
      expect((await get(path)).status).toBe(404)
    }
  })

  test.each([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0, gzip;q=0', 'identity'],
    ['*', 'br'],
    ['*;q=0', 'identity'],
    ['GZIP;q=0.5', 'gzip'],
    ['identity', 'identity'],
    ['br;q=x', 'identity'],
  ])('for Accept-Encoding %j it is %s', (accept, coding) => {
    expect(pickCoding(accept)).toBe(coding)
  })

  test('every route of the app is in the OpenAPI document, and nothing else', async () => {
    const { paths } = (await (await get('/openapi.json')).json()) as {
      paths: Record<string, object>
    }
    const told = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const served = collector.app.routes
      .filter(({ method }) => method !== 'ALL' && method !== 'OPTIONS')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`)
    expect([...new Set(told)].sort()).toEqual([...new Set(served)].sort())
  })

  test('every operation tells its answers, and problems of the one table', async () => {
    const document = (await (await get('/openapi.json')).json()) as {
      openapi: string
      paths: Record<
        string,
        Record<
          string,
          {
            summary: string
            operationId: string
            responses: Record<string, { description: string; content?: Record<string, unknown> }>
          }
        >
      >
    }
    expect(document.openapi).toBe('3.1.0')
    const names = new Set<string>()
    const statuses = new Set(Object.values(ERRORS).map(({ status }) => String(status)))
    for (const methods of Object.values(document.paths)) {
      for (const operation of Object.values(methods)) {
        expect(names.has(operation.operationId)).toBe(false)
        names.add(operation.operationId)
        expect(Object.keys(operation.responses).some((status) => /^[23]/.test(status))).toBe(true)
        for (const [status, response] of Object.entries(operation.responses)) {
          expect(response.description).not.toBe('')
          const isProblem = response.content?.['application/problem+json'] !== undefined
          if (isProblem) expect(statuses).toContain(status)
        }
      }
    }
    const sale = JSON.stringify(document.paths['/v1/events']?.post)
    for (const field of ['amount', 'currency', 'visitor', 'claims']) expect(sale).toContain(field)
  })

  test('the page of the documentation loads nothing from elsewhere and runs no inline script', async () => {
    const response = await get('/docs')
    const html = await response.text()
    expect(html).not.toMatch(/https?:|<script>|\son\w+=/)
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    for (const [, file] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const loaded = await get(`/${file}`)
      expect([file, loaded.status]).toEqual([file, 200])
      expect(loaded.headers.get('x-content-type-options')).toBe('nosniff')
    }
    for (const path of [
      '/docs/package.json',
      '/docs/..%2Fpackage.json',
      '/docs/__proto__',
      '/docs/index.html',
    ]) {
      expect((await get(path)).status).toBe(404)
    }
  })
})
