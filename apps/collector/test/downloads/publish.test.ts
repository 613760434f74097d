/** Products and publishing over HTTP: what is refused leaves nothing behind. */
import { existsSync, readdirSync } from 'node:fs'
import { bufferSource, readStamp } from '@sentby/stamp'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDeb } from '../../../../packages/stamp/test/archives/deb.ts'
import { makeTarGz } from '../../../../packages/stamp/test/archives/tar.ts'
import { storedXz } from '../../../../packages/stamp/test/archives/xz.ts'
import { makeZip } from '../../../../packages/stamp/test/archives/zip.ts'
import { onError } from '../../src/middleware/problems.ts'
import { productRoutes } from '../../src/routes/products.ts'
import { cacheFolderOf } from '../../src/services/downloads/cache-folder.ts'
import { addProgram, call, callAsGuest } from '../resources/programs.ts'
import { ENGINES } from '../test-collector.ts'
import { bytesOf, FILES, noise, openRig, type Rig, SCRIPT, sha256 } from './rig.ts'

const ZIP = FILES['app-1.0.zip'] ?? Buffer.alloc(0)
const TGZ = FILES['app-1.0.tar.gz'] ?? Buffer.alloc(0)

describe.each(ENGINES)('publishing on %s', (engine) => {
  let rig: Rig
  beforeAll(async () => {
    rig = await openRig(engine)
  })
  afterAll(() => rig.closeAll())

  const rows = async () => {
    const { db } = rig.deps.store
    const artifacts = await db.selectFrom('artifact').select('id').execute()
    const chunks = await db.selectFrom('artifact_chunk').select(['artifact_id', 'n']).execute()
    return { artifacts: artifacts.length, chunks: chunks.length }
  }
  const workFiles = () => {
    const folder = cacheFolderOf(rig.databaseUrl)
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('work-')) : []
  }

  test('a product is made once, changed and listed', async () => {
    const made = await call(rig, 'POST', '/v1/products', {
      product: 'odoo-module',
      name: 'Odoo module',
      stampPath: '{top}/static/partner_ref',
      stampDays: 365,
    })
    expect(made).toMatchObject({
      status: 201,
      body: {
        product: 'odoo-module',
        stampPath: '{top}/static/partner_ref',
        stampDays: 365,
        page: 'http://go.acme.test/d/odoo-module',
        files: 0,
      },
    })
    const again = await call(rig, 'POST', '/v1/products', { product: 'odoo-module' })
    expect(again).toMatchObject({ status: 409, body: { code: 'already_exists' } })
    const changed = await call(rig, 'PATCH', '/v1/products/odoo-module', { stampDays: null })
    expect(changed.body).toEqual({ ...made.body, stampDays: null })
    expect((await call(rig, 'GET', '/v1/products/odoo-module')).body).toEqual(changed.body)
    const { body } = await call(rig, 'GET', '/v1/products?limit=1')
    expect(body.data.map((row: { product: string }) => row.product)).toEqual(['app'])
    const next = await call(rig, 'GET', `/v1/products?limit=1&cursor=${body.next}`)
    expect(next.body.data.map((row: { product: string }) => row.product)).toEqual(['odoo-module'])
    expect((await call(rig, 'GET', '/v1/products/nothing')).status).toBe(404)
    expect((await call(rig, 'PATCH', '/v1/products/nothing', { name: 'x' })).status).toBe(404)
  })

  test.each([
    [{}, '/product'],
    [{ product: '' }, '/product'],
    [{ product: 'App' }, '/product'],
    [{ product: '-a' }, '/product'],
    [{ product: '.a' }, '/product'],
    [{ product: 'a/b' }, '/product'],
    [{ product: 'a'.repeat(64) }, '/product'],
    [{ product: 'a\n' }, '/product'],
    [{ product: 7 }, '/product'],
    [{ product: 'a', name: '' }, '/name'],
    [{ product: 'a', stampPath: '' }, '/stampPath'],
    [{ product: 'a', stampPath: '/etc/passwd' }, '/stampPath'],
    [{ product: 'a', stampPath: '../x' }, '/stampPath'],
    [{ product: 'a', stampPath: 'a/../x' }, '/stampPath'],
    [{ product: 'a', stampPath: 'a//x' }, '/stampPath'],
    [{ product: 'a', stampPath: 'a/.hidden' }, '/stampPath'],
    [{ product: 'a', stampPath: 'a\\b' }, '/stampPath'],
    [{ product: 'a', stampPath: '{top}' }, '/stampPath'],
    [{ product: 'a', stampPath: '{other}/x' }, '/stampPath'],
    [{ product: 'a', stampPath: 'x{top}/x' }, '/stampPath'],
    [{ product: 'a', stampDays: 0 }, '/stampDays'],
    [{ product: 'a', stampDays: 1.5 }, '/stampDays'],
    [{ product: 'a', stampDays: 36_501 }, '/stampDays'],
    [{ product: 'a', more: 1 }, ''],
  ])('the product %j is refused at %s', async (input, pointer) => {
    const { status, body } = await call(rig, 'POST', '/v1/products', input)
    expect([status, body.code]).toEqual([422, 'invalid_request'])
    expect(body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer)
  })

  test('a file is published once; the same again is the one that is there', async () => {
    const before = await rows()
    const made = await rig.publish('once.zip', ZIP, { version: '1.0' })
    expect(made).toMatchObject({
      status: 201,
      body: {
        product: 'app',
        file: 'once.zip',
        version: '1.0',
        format: 'zip',
        stampPath: 'app/partner_ref',
        size: ZIP.length,
        sha256: sha256(ZIP),
        publishedSha256: sha256(ZIP),
        current: true,
        url: 'http://go.acme.test/f/app/once.zip',
        page: 'http://go.acme.test/d/app',
      },
    })
    expect(await rig.publish('once.zip', ZIP, { version: '1.0' })).toEqual({
      status: 200,
      body: made.body,
    })
    expect(await rows()).toEqual({ artifacts: before.artifacts + 1, chunks: before.chunks + 1 })
    const next = await rig.publish('once.zip', ZIP, { version: '1.1' })
    expect(next.status).toBe(201)
    const { body } = await call(rig, 'GET', '/v1/products/app/artifacts?limit=200')
    const mine = body.data.filter((row: { file: string }) => row.file === 'once.zip')
    expect(
      mine.map((row: { version: string; current: boolean }) => [row.version, row.current]),
    ).toEqual([
      ['1.0', false],
      ['1.1', true],
    ])
  })

  test('an Idempotency-Key is for one request and its bytes', async () => {
    const send = async (bytes: Buffer) => {
      const response = await rig.app.request('/v1/products/app/artifacts?file=retried.sh', {
        method: 'POST',
        headers: {
          authorization: `Bearer ${rig.program.secretKey}`,
          'idempotency-key': 'release-7',
        },
        body: new Uint8Array(bytes),
      })
      return { status: response.status, body: await response.json() }
    }
    const other = Buffer.from(`${SCRIPT}: other\n`)
    const made = await send(Buffer.from(SCRIPT))
    expect(made.status).toBe(201)
    const before = await rows()
    expect(await send(other)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    })
    expect(await rows()).toEqual(before)
    await rig.publish('retried.sh', other)
    // The first request again, though its file is not the current one any more.
    expect(await send(Buffer.from(SCRIPT))).toEqual(made)
    expect(await rows()).toEqual({ artifacts: before.artifacts + 1, chunks: before.chunks + 1 })
  })

  test('the same file published ten times at once is one artifact', async () => {
    const before = await rows()
    const bytes = makeZip([{ name: 'a/b', content: noise(3000, 'at once') }])
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => rig.publish('at-once.zip', bytes)),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(9).fill(200), 201])
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    expect(await rows()).toEqual({ artifacts: before.artifacts + 1, chunks: before.chunks + 1 })
  })

  test('a deb as dpkg-deb builds it is prepared: its xz control member takes a stamp', async () => {
    const pack = (control: Buffer) => ({ name: 'control.tar.xz', content: storedXz(control) })
    const deb = makeDeb({ pack })
    const { status, body } = await rig.publish('app_1.0_all.deb', deb)
    expect({ status, format: body.format }).toEqual({ status: 201, format: 'deb' })
    expect(body.publishedSha256).toBe(sha256(deb))
    const plain = await bytesOf(await rig.app.request('/f/app/app_1.0_all.deb'))
    expect(sha256(plain)).toBe(body.sha256)
    const stamped = await rig.app.request(await rig.begin('app_1.0_all.deb', 'JANE'))
    expect(stamped.headers.get('x-sentby-stamp')).toBe('code=JANE')
    const taken = await readStamp(bufferSource(await bytesOf(stamped)))
    expect(taken?.format).toBe('deb')
  })

  test('a tar.gz is prepared: both checksums are told, and the prepared one is served', async () => {
    const { body } = await rig.publish('prepared.tar.gz', TGZ)
    expect(body.publishedSha256).toBe(sha256(TGZ))
    const plain = await bytesOf(await rig.app.request('/f/app/prepared.tar.gz'))
    expect(body.sha256).toBe(sha256(plain))
    expect(body.size).toBe(plain.length)
  })

  test('a file of several chunks comes back as it was', async () => {
    const bytes = makeZip([{ name: 'big/data', content: noise(3 * 1024 * 1024 + 17, 'big') }])
    const before = await rows()
    const { body } = await rig.publish('big.zip', bytes)
    expect((await rows()).chunks).toBe(before.chunks + 4)
    expect(body.sha256).toBe(sha256(bytes))
    const plain = await bytesOf(await rig.app.request('/f/app/big.zip'))
    expect(plain.equals(bytes)).toBe(true)
  })

  test("the product's stamp path is used in archives, and not asked of scripts", async () => {
    const product = 'odoo-module'
    const bytes = makeZip([{ name: 'shop/' }, { name: 'shop/static/a.css', content: 'a{}' }])
    const { body } = await rig.publish('shop.zip', bytes, { product })
    expect(body.stampPath).toBe('shop/static/partner_ref')
    const script = await rig.publish('shop.sh', Buffer.from(SCRIPT), { product })
    expect(script.body).toMatchObject({ format: 'shell', stampPath: null })
    const flat = await rig.publish('flat.zip', makeZip([{ name: 'a', content: 'a' }]), { product })
    expect(flat.status).toBe(422)
    expect(flat.body.errors[0]).toMatchObject({ pointer: '/file' })
    expect(flat.body.errors[0].detail).toContain('bad_path')
  })

  const broken: [string, Buffer][] = [
    ['empty.zip', Buffer.alloc(0)],
    ['text.zip', Buffer.from('no zip')],
    ['cut.zip', ZIP.subarray(0, ZIP.length - 5)],
    ['more.zip', Buffer.concat([ZIP, Buffer.from('more')])],
    ['taken.zip', makeZip([{ name: 'a/' }, { name: 'a/partner_ref', content: 'x' }])],
    ['cut.tar.gz', TGZ.subarray(0, TGZ.length - 20)],
    ['flipped.tar.gz', Buffer.from(TGZ).fill(0, 40, 60)],
    ['tail.tar.gz', Buffer.concat([TGZ, Buffer.from('tail')])],
    ['no.tar.gz', makeTarGz([]).subarray(0, 12)],
    ['none.sh', Buffer.from('#!/bin/sh\necho no line\n')],
    ['twice.sh', Buffer.from("#!/bin/sh\nSENTBY_STAMP=''\nSENTBY_STAMP=''\n")],
    ['not.deb', Buffer.from('!<arch>\nnothing')],
    ['setup.exe', Buffer.from('MZ\u0090\u0000')],
  ]
  test.each(broken)('%s is refused and nothing of it stays', async (file, bytes) => {
    const before = await rows()
    const { status, body } = await rig.publish(file, bytes)
    expect([422, 400]).toContain(status)
    if (status === 422) expect(body.errors[0].pointer).toBe('/file')
    expect(await rows()).toEqual(before)
    expect(workFiles()).toEqual([])
    expect((await rig.app.request(`/f/app/${file}`)).status).toBe(404)
  })

  test('a stamped file is not published', async () => {
    await rig.publish('stamped.zip', ZIP)
    const stamped = await bytesOf(await rig.app.request(await rig.begin('stamped.zip')))
    const { status, body } = await rig.publish('again.zip', stamped)
    expect(status).toBe(422)
    expect(body.errors).toEqual([
      { pointer: '/file', detail: 'carries a stamp already; publish it without' },
    ])
  })

  test.each([
    '',
    '?file=',
    '?file=.hidden.zip',
    '?file=a/b.zip',
    '?file=..%2fx.zip',
    '?file=a%5cb.zip',
    '?file=a%20b.zip',
    '?file=a%22b.zip',
    '?file=a%0d%0ab.zip',
    '?file=%00.zip',
    '?file=%C3%A4.zip',
    '?file=SHA256SUMS',
    '?file=sha256sums',
    `?file=${'a'.repeat(129)}`,
    '?file=a.zip&version=',
    '?file=a.zip&version=1%202',
    '?file=a.zip&version=%3Cb%3E',
    '?file=a.zip&more=1',
    '?file=a.zip&file=b.zip',
  ])('the query %s is refused', async (query) => {
    const before = await rows()
    const response = await rig.app.request(`/v1/products/app/artifacts${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rig.program.secretKey}` },
      body: new Uint8Array(ZIP),
    })
    expect([400, 422]).toContain(response.status)
    expect(await rows()).toEqual(before)
  })

  test('a file of the limit is taken, one byte more is not', async () => {
    const app = new Hono().route('/', productRoutes(rig.deps, ZIP.length))
    app.onError(onError(rig.deps))
    const send = (bytes: Uint8Array, headers: Record<string, string> = {}) =>
      app.request('/v1/products/app/artifacts?file=limit.zip', {
        method: 'POST',
        headers: { authorization: `Bearer ${rig.program.secretKey}`, ...headers },
        body: new Uint8Array(bytes),
      })
    const over = await send(Buffer.concat([ZIP, Buffer.from('x')]))
    expect(over.status).toBe(413)
    expect(await over.json()).toMatchObject({ code: 'too_large' })
    const declared = await send(ZIP, { 'content-length': String(ZIP.length + 1) })
    expect(declared.status).toBe(413)
    expect((await send(ZIP, { 'content-type': 'multipart/form-data; boundary=x' })).status).toBe(
      415,
    )
    expect((await send(ZIP, { 'content-encoding': 'gzip' })).status).toBe(415)
    expect((await send(ZIP)).status).toBe(201)
  })

  test('what a publish left that never ended is deleted by the next', async () => {
    const { db } = rig.deps.store
    const leave = (artifact_id: string, n: number) =>
      db
        .insertInto('artifact_chunk')
        .values({ program_id: rig.program.id, artifact_id, n, bytes: Buffer.from('x') })
        .execute()
    const old = 'art_00000000000000000000000'
    const { newId } = await import('@sentby/store')
    const young = newId('artifact', rig.deps.clock.now())
    for (const id of [old, young]) for (const n of [0, 1]) await leave(id, n)
    await rig.publish('after.zip', makeZip([{ name: 'x/y', content: noise(40, 'after') }]))
    const left = await db.selectFrom('artifact_chunk').select('artifact_id').execute()
    const ids = left.map((row) => row.artifact_id)
    expect(ids).not.toContain(old)
    // It may still be on its way.
    expect(ids.filter((id) => id === young)).toHaveLength(2)
    await db.deleteFrom('artifact_chunk').where('artifact_id', '=', young).execute()
    const known = await db.selectFrom('artifact').select('id').execute()
    expect(new Set(ids.filter((id) => id !== young))).toEqual(new Set(known.map(({ id }) => id)))
  })

  test('downloads are listed by product, partner and code, and revoked by who may', async () => {
    await rig.publish('listed.zip', ZIP)
    const path = await rig.begin('listed.zip')
    const id = path.split('.')[4] ?? ''
    const list = async (query: string) =>
      (await call(rig, 'GET', `/v1/downloads?limit=200${query}`)).body.data.map(
        (row: { id: string }) => row.id,
      ) as string[]
    for (const query of [
      '',
      '&product=app',
      `&partner=${rig.jane}`,
      '&code=ja-ne',
      '&product=app&code=JANE',
    ]) {
      expect(await list(query)).toContain(id)
    }
    for (const query of [
      '&product=none',
      '&partner=ptr_none',
      '&code=MAX',
      `&partner=${rig.jane}&code=MAX`,
    ]) {
      expect(await list(query)).toEqual([])
    }
    const first = await call(rig, 'GET', '/v1/downloads?limit=1')
    const second = await call(rig, 'GET', `/v1/downloads?limit=200&cursor=${first.body.next}`)
    expect([...first.body.data, ...second.body.data].map((row) => row.id)).toEqual(await list(''))
    expect((await call(rig, 'GET', '/v1/downloads?cursor=x')).status).toBe(422)
    const none = await call(rig, 'POST', '/v1/downloads/dwn_none/revoke', { reason: 'x' })
    expect(none.status).toBe(404)
    expect((await call(rig, 'POST', `/v1/downloads/${id}/revoke`, {})).status).toBe(422)
    const before = await rig.deps.store.db
      .selectFrom('program')
      .select('decisions_revision')
      .executeTakeFirstOrThrow()
    const from = '2026-01-01T00:00:00Z'
    const done = await call(rig, 'POST', `/v1/downloads/${id}/revoke`, { reason: 'leaked', from })
    expect(done.body).toMatchObject({ from: '2026-01-01T00:00:00.000Z', reason: 'leaked' })
    const after = await rig.deps.store.db
      .selectFrom('program')
      .select('decisions_revision')
      .executeTakeFirstOrThrow()
    expect(after.decisions_revision).toBeGreaterThan(before.decisions_revision)
  })

  test('all of it needs a secret key, of the own program', async () => {
    const other = await addProgram(rig, 'foreign')
    const open = rig.program.publishableKey
    const routes: [string, string][] = [
      ['GET', '/v1/products'],
      ['POST', '/v1/products'],
      ['GET', '/v1/products/app'],
      ['PATCH', '/v1/products/app'],
      ['GET', '/v1/products/app/artifacts'],
      ['POST', '/v1/products/app/artifacts'],
      ['GET', '/v1/downloads'],
      ['POST', '/v1/downloads/dwn_x/revoke'],
    ]
    for (const [method, path] of routes) {
      expect([path, (await callAsGuest(rig, method, path)).status]).toEqual([path, 401])
      expect([path, (await call(rig, method, path, undefined, open)).status]).toEqual([path, 403])
    }
    const { secretKey } = other
    expect((await call(rig, 'GET', '/v1/products', undefined, secretKey)).body.data).toEqual([])
    expect((await call(rig, 'GET', '/v1/downloads', undefined, secretKey)).body.data).toEqual([])
    for (const path of ['/v1/products/app', '/v1/products/app/artifacts']) {
      expect((await call(rig, 'GET', path, undefined, secretKey)).status).toBe(404)
    }
    const sent = await rig.app.request('/v1/products/app/artifacts?file=a.zip', {
      method: 'POST',
      headers: { authorization: `Bearer ${secretKey}` },
      body: new Uint8Array(ZIP),
    })
    expect(sent.status).toBe(404)
    const { body } = await call(rig, 'GET', '/v1/downloads?limit=1')
    const id = body.data[0].id
    const stolen = await call(rig, 'POST', `/v1/downloads/${id}/revoke`, { reason: 'x' }, secretKey)
    expect(stolen.status).toBe(404)
  })
})
