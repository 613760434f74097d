/** Stamped and plain bytes: whatever part is asked for, it is the part of one file. */
import { bufferSource, composedStream, type Plan, readStamp, stamp, unstamp } from '@sentby/stamp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES } from '../test-collector.ts'
import { bytesOf, FILES, openRig, type Rig, sha256 } from './rig.ts'

const NAMES = Object.keys(FILES)

describe.each(ENGINES)('bytes on %s', (engine) => {
  let rig: Rig
  const plans = new Map<string, Plan>()
  beforeAll(async () => {
    rig = await openRig(engine)
    for (const [name, bytes] of Object.entries(FILES)) {
      const { status, body } = await rig.publish(name, bytes, { version: '1.0' })
      expect([name, status, body.code]).toEqual([name, 201, undefined])
    }
    const rows = await rig.deps.store.db.selectFrom('artifact').select(['file', 'plan']).execute()
    for (const row of rows) plans.set(row.file, JSON.parse(row.plan))
  })
  afterAll(() => rig.closeAll())

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    rig.app.request(path, { method, headers })

  test.each(NAMES)(
    '%s: stamped it names the code, unstamped it is the canonical file',
    async (name) => {
      const path = await rig.begin(name)
      expect(path).toMatch(/^\/dl\/s1\.[A-Za-z0-9._-]+\/[^/]+$/)
      const response = await get(path)
      expect(response.status).toBe(200)
      const body = await bytesOf(response)
      expect(response.headers.get('content-length')).toBe(String(body.length))
      expect(response.headers.get('repr-digest')).toBe(`sha-256=:${sha256(body, 'base64')}:`)
      expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${name}"`)
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect(response.headers.get('content-security-policy')).toContain('sandbox')
      expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin')
      expect(response.headers.get('x-sentby-stamp')).toBe('code=JANE')
      const source = bufferSource(body)
      const token = path.split('/')[2]
      expect((await readStamp(source, { name }))?.token).toBe(token)
      const parts: Uint8Array[] = []
      const canonical = await unstamp(source, { name })
      for await (const part of composedStream(canonical, source)) parts.push(part)
      const plain = await get(`/f/app/${name}`)
      const plainBody = await bytesOf(plain)
      expect(Buffer.concat(parts).equals(plainBody)).toBe(true)
      expect(plain.headers.get('etag')).toBe(`"${sha256(plainBody)}"`)
      expect(plain.headers.get('repr-digest')).toBe(`sha-256=:${sha256(plainBody, 'base64')}:`)
      expect(plain.headers.get('x-sentby-stamp')).toBeNull()
      if (!name.endsWith('.gz')) expect(plainBody.equals(FILES[name] ?? Buffer.alloc(0))).toBe(true)
    },
  )

  test.each(NAMES)('%s: every range around the stamp is a slice of the whole', async (name) => {
    const path = await rig.begin(name)
    const whole = await bytesOf(await get(path))
    const size = whole.length
    const plan = plans.get(name)
    if (!plan) throw new Error('published')
    let at = 0
    const borders = [0, size]
    for (const segment of stamp(plan, path.split('/')[2] ?? '').segments) {
      at += 'bytes' in segment ? segment.bytes.length : segment.end - segment.start
      borders.push(at)
    }
    const near = [...new Set(borders.flatMap((border) => [border - 1, border, border + 1]))]
    const places = near.filter((place) => place >= 0 && place <= size)
    let asked = 0
    for (const first of places) {
      for (const last of [...places.map((place) => place - 1), size + 5, null]) {
        if (last !== null && last < first) continue
        const response = await get(path, { range: `bytes=${first}-${last ?? ''}` })
        const end = last === null ? size : Math.min(last + 1, size)
        asked++
        if (first >= size) {
          expect(response.status).toBe(416)
          expect(response.headers.get('content-range')).toBe(`bytes */${size}`)
          continue
        }
        expect(response.status).toBe(206)
        expect(response.headers.get('content-range')).toBe(`bytes ${first}-${end - 1}/${size}`)
        const part = await bytesOf(response)
        expect(part.equals(whole.subarray(first, end))).toBe(true)
      }
    }
    for (const length of [...places, size + 1]) {
      const response = await get(path, { range: `bytes=-${length}` })
      asked++
      expect(response.status).toBe(length === 0 ? 416 : 206)
      const part = await bytesOf(response)
      if (length > 0) expect(part.equals(whole.subarray(Math.max(0, size - length)))).toBe(true)
    }
    expect(asked).toBeGreaterThan(50)
  })

  test.each([
    ['bytes=0-0,2-3', 200],
    ['bytes=5-4', 200],
    ['bytes=', 200],
    ['bytes=-', 200],
    ['bytes=a-b', 200],
    ['lines=0-1', 200],
    ['bytes=-0', 416],
    ['bytes=99999999999999999999-', 416],
    ['bytes=0-99999999999999999999', 206],
    [' bytes = 1 - 2 ', 206],
    ['BYTES=1-2', 206],
  ])('Range: %s is answered %i', async (range, status) => {
    const path = await rig.begin('app-1.0.zip')
    const response = await get(path, { range })
    expect(response.status).toBe(status)
    expect(response.headers.get('accept-ranges')).toBe('bytes')
  })

  test('conditions: known bytes are not sent again, a range of other bytes is the whole', async () => {
    const path = await rig.begin('app-1.0.zip')
    const first = await get(path)
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[A-Za-z0-9_-]{22}"$/)
    const range = 'bytes=10-19'
    const rows: [Record<string, string>, number][] = [
      [{ 'if-none-match': etag }, 304],
      [{ 'if-none-match': `W/${etag}` }, 304],
      [{ 'if-none-match': `"x", ${etag}` }, 304],
      [{ 'if-none-match': '*' }, 304],
      [{ 'if-none-match': '"x"' }, 200],
      [{ 'if-none-match': etag, range }, 304],
      [{ 'if-match': etag }, 200],
      [{ 'if-match': '"x"' }, 412],
      [{ 'if-match': `W/${etag}` }, 412],
      [{ 'if-range': etag, range }, 206],
      [{ 'if-range': '"x"', range }, 200],
      [{ 'if-range': `W/${etag}`, range }, 200],
      [{ 'if-range': 'Sun, 22 Nov 2026 10:00:00 GMT', range }, 200],
    ]
    for (const [headers, status] of rows) {
      const response = await get(path, headers)
      expect([headers, response.status]).toEqual([headers, status])
      expect(response.headers.get('etag')).toBe(etag)
      if (status === 304 || status === 412) expect(await response.text()).toBe('')
    }
    const head = await get(path, { range }, 'HEAD')
    expect(head.status).toBe(200)
    expect(await head.text()).toBe('')
    for (const name of ['content-length', 'etag', 'repr-digest', 'content-type']) {
      expect([name, head.headers.get(name)]).toEqual([name, first.headers.get(name)])
    }
  })
})

test.each(ENGINES)(
  'on %s the next collector sends the same bytes under the same ETag',
  async (engine) => {
    const rig = await openRig(engine)
    await rig.publish('app-1.0.tar.gz', FILES['app-1.0.tar.gz'] ?? Buffer.alloc(0))
    const path = await rig.begin('app-1.0.tar.gz')
    const before = await rig.app.request(path)
    // SQLite has one collector a file: the next one is a restart.
    if (engine === 'sqlite') await rig.close()
    const next = await rig.another()
    const after = await next.app.request(path)
    for (const name of ['etag', 'repr-digest', 'content-length']) {
      expect(after.headers.get(name)).toBe(before.headers.get(name))
    }
    expect((await bytesOf(after)).equals(await bytesOf(before))).toBe(true)
    await rig.closeAll()
  },
)
