/** A download never fails because of its token: what cannot be trusted gives the file as it was published. */
import { deriveKeys, issueToken, tokenScope } from '@sentby/stamp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stampKeys } from '../../src/services/stamp-keys.ts'
import { addProgram, call } from '../resources/programs.ts'
import { ENGINES } from '../test-collector.ts'
import { bytesOf, FILES, noise, openRig, type Rig, sha256 } from './rig.ts'

const ZIP = FILES['app-1.0.zip'] ?? Buffer.alloc(0)
const DAY_MS = 24 * 60 * 60 * 1000

describe.each(ENGINES)('tokens on %s', (engine) => {
  let rig: Rig
  let path: string
  beforeAll(async () => {
    rig = await openRig(engine)
    await call(rig, 'POST', '/v1/products', { product: 'other' })
    await call(rig, 'POST', '/v1/products', { product: 'short', stampDays: 1 })
    expect((await rig.publish('app-1.0.zip', ZIP)).status).toBe(201)
    expect((await rig.publish('short.zip', ZIP, { product: 'short' })).status).toBe(201)
    path = await rig.begin('app-1.0.zip')
  })
  afterAll(() => rig.closeAll())

  const token = () => path.split('/')[2] ?? ''
  const get = (text: string, file = 'app-1.0.zip') => rig.app.request(`/dl/${text}/${file}`)
  /** The file as it was published, and the reason why. */
  const expectPlain = async (response: Response, reason: string) => {
    expect(response.status).toBe(200)
    expect(response.headers.get('x-sentby-stamp')).toBe(`none; reason=${reason}`)
    expect(response.headers.get('cache-control')).not.toContain('immutable')
    const body = await bytesOf(response)
    expect(body.equals(ZIP)).toBe(true)
    expect(response.headers.get('etag')).toBe(`"${sha256(ZIP)}"`)
  }
  const input = () => ({
    program: 'acme',
    product: 'app',
    code: 'JANE',
    download: 'dwn_x',
    artifact: null,
    issuedSeconds: Math.floor(rig.deps.clock.now() / 1000),
    expiresSeconds: null,
  })
  const program = () => {
    const found = rig.deps.directory.bySlug('acme')
    if (!found) throw new Error('acme')
    return found
  }

  test('every character of a token counts', async () => {
    const text = token()
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === 'A' ? 'B' : 'A'
      const response = await get(text.slice(0, at) + other + text.slice(at + 1))
      expect(response.headers.get('x-sentby-stamp')).toMatch(
        /^none; reason=(malformed|unknown_key|bad_signature)$/,
      )
      expect((await bytesOf(response)).length).toBe(ZIP.length)
    }
  })

  test.each([
    'x',
    's1',
    '%00',
    '..',
    '%2e%2e',
    '..%2f..%2fetc%2fpasswd',
    'a%0d%0aset-cookie:a=b',
    '%E0%A4%A',
    '%22%27<script>',
    'ÄÖÜ€',
    'x'.repeat(2000),
  ])(
    'the token %s gives the plain file or nothing, and never a header of its own',
    async (text) => {
      const response = await get(text)
      expect(response.headers.get('set-cookie')).toBeNull()
      if (response.status === 404) return
      await expectPlain(response, 'malformed')
    },
  )

  test('a token of another product, another program or another secret', async () => {
    const { signing } = stampKeys(rig.deps.config, program())
    await expectPlain(
      await get(issueToken({ ...input(), product: 'other' }, signing)),
      'foreign_product',
    )
    await expectPlain(
      await get(issueToken({ ...input(), program: 'else' }, signing)),
      'foreign_product',
    )
    const foreign = deriveKeys('another secret that has 32 characters', program().row.id).hmac
    await expectPlain(await get(issueToken(input(), foreign)), 'unknown_key')
    const posing = { ...foreign, kid: signing.kid }
    await expectPlain(await get(issueToken(input(), posing)), 'bad_signature')
    expect(tokenScope('acme', 'app')).not.toBe(tokenScope('acme', 'other'))
  })

  test('a token without the mark of a file stamps the current one; of another file none', async () => {
    const { signing, publicSigning } = stampKeys(rig.deps.config, program())
    for (const key of [signing, publicSigning]) {
      const response = await get(issueToken(input(), key))
      expect(response.headers.get('x-sentby-stamp')).toBe('code=JANE')
      expect(response.headers.get('cache-control')).toBe('public, max-age=300')
      expect((await bytesOf(response)).length).toBeGreaterThan(ZIP.length)
    }
    const other = issueToken({ ...input(), artifact: 'AAAAAAAAAAA' }, signing)
    await expectPlain(await get(other), 'unknown_artifact')
  })

  test('a replaced file keeps serving the tokens that name it', async () => {
    const first = await rig.publish('tool.sh', Buffer.from("#!/bin/sh\nSENTBY_STAMP=''\n: 1\n"))
    expect(first.status).toBe(201)
    const old = await rig.begin('tool.sh')
    await rig.publish('tool.sh', Buffer.from("#!/bin/sh\nSENTBY_STAMP=''\n: 2\n"))
    expect(await (await rig.app.request(old)).text()).toMatch(/SENTBY_STAMP='s1[^']+'\n: 1\n$/)
    const next = await rig.begin('tool.sh')
    expect(await (await rig.app.request(next)).text()).toMatch(/SENTBY_STAMP='s1[^']+'\n: 2\n$/)
    expect(await (await rig.app.request('/f/app/tool.sh')).text()).toContain(': 2')
  })

  test('a stamp ends at its second', async () => {
    const now = '2026-11-22T10:00:00.000Z'
    await call(rig, 'PUT', '/v1/test-clock', { now })
    const short = await rig.begin('short.zip', 'JANE', { product: 'short' })
    const text = short.split('/')[2] ?? ''
    const at = async (ms: number) => {
      await call(rig, 'PUT', '/v1/test-clock', { now: new Date(ms).toISOString() })
      return get(text, 'short.zip')
    }
    const start = Date.parse(now)
    const before = await at(start + DAY_MS - 5000)
    expect(before.headers.get('x-sentby-stamp')).toBe('code=JANE')
    await expectPlain(await at(start + DAY_MS + 1000), 'expired')
  })

  test('a revoked download gives the plain file; others are as they were', async () => {
    const revoked = await rig.begin('app-1.0.zip')
    const { body } = await call(rig, 'GET', '/v1/downloads?limit=200')
    const id = revoked.split('.')[4] ?? ''
    expect(body.data.map((row: { id: string }) => row.id)).toContain(id)
    const answer = await call(rig, 'POST', `/v1/downloads/${id}/revoke`, { reason: 'leaked' })
    expect(answer).toMatchObject({ status: 200, body: { download: id, reason: 'leaked' } })
    await expectPlain(await rig.app.request(revoked), 'revoked')
    expect((await get(token())).headers.get('x-sentby-stamp')).toBe('code=JANE')
    const again = await call(rig, 'POST', `/v1/downloads/${id}/revoke`, { reason: 'again' })
    expect(again.body).toEqual(answer.body)
    const listed = await call(rig, 'GET', '/v1/downloads?limit=200')
    const row = listed.body.data.find((one: { id: string }) => one.id === id)
    expect(row).toMatchObject({ code: 'JANE', partner: rig.jane, revoked: { reason: 'leaked' } })
  })

  test('what nobody published is a page that says so', async () => {
    for (const file of [
      'none.zip',
      'APP-1.0.zip',
      '..%2fapp-1.0.zip',
      'app-1.0.zip%00',
      '%E0%A4',
    ]) {
      const response = await get(token(), file)
      expect([file, response.status]).toEqual([file, 404])
      expect(response.headers.get('content-type')).toContain('text/html')
      expect(response.headers.get('cache-control')).toBe('no-store')
    }
  })

  test('two products with a file of one name: the token tells which', async () => {
    const bytes = Buffer.from(`#!/bin/sh\nSENTBY_STAMP=''\n# ${noise(8).toString('hex')}\n`)
    await rig.publish('same.sh', bytes)
    await rig.publish('same.sh', Buffer.concat([bytes, Buffer.from('# other\n')]), {
      product: 'other',
    })
    const ours = await rig.begin('same.sh')
    const theirs = await rig.begin('same.sh', 'JANE', { product: 'other' })
    expect(await (await rig.app.request(ours)).text()).not.toContain('# other')
    expect(await (await rig.app.request(theirs)).text()).toContain('# other')
    expect((await rig.app.request(ours)).headers.get('x-sentby-stamp')).toBe('code=JANE')
  })

  test('another program has neither the file nor the token', async () => {
    await addProgram(rig, 'foreign')
    const headers = { host: 'go.acme.test' }
    const ask = (prefix: string) => rig.app.request(`${prefix}${path}`, { headers })
    expect((await ask('/p/acme')).headers.get('x-sentby-stamp')).toBe('code=JANE')
    expect((await ask('/p/foreign')).status).toBe(404)
    expect((await ask('')).status).toBe(404)
    const stolen = await rig.app.request(`/p/acme${path}`, { headers: { host: 'evil.test' } })
    expect(stolen.status).toBe(404)
  })
})
