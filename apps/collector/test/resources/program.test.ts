import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES, openTestCollector, type TestCollector } from '../test-collector.ts'
import { addProgram, call, callAsGuest } from './programs.ts'

const ROUTES = [
  ['GET', '/v1/program'],
  ['PATCH', '/v1/program'],
  ['GET', '/v1/program/policy'],
  ['PUT', '/v1/program/policy'],
  ['GET', '/v1/keys'],
  ['POST', '/v1/keys'],
  ['DELETE', '/v1/keys/key_x'],
] as const

describe.each(ENGINES)('the program on %s', (engine) => {
  let collector: TestCollector
  beforeAll(async () => {
    collector = await openTestCollector(engine)
  })
  afterAll(() => collector.closeAll())

  test.each(ROUTES)('%s %s needs a secret key', async (method, path) => {
    expect((await callAsGuest(collector, method, path)).status).toBe(401)
    const body = method === 'GET' || method === 'DELETE' ? undefined : {}
    const open = await call(collector, method, path, body, collector.program.publishableKey)
    expect(open).toMatchObject({ status: 403, body: { code: 'wrong_key_kind' } })
  })

  test('settings are read as they are set; what is not named stays; no secret is told', async () => {
    const before = await call(collector, 'GET', '/v1/program')
    expect(before.body).toEqual({
      id: collector.program.id,
      slug: 'acme',
      name: 'Acme',
      currency: 'EUR',
      timezone: 'UTC',
      site: 'https://acme.test/',
      sites: ['https://acme.test'],
      hosts: [],
      reviewDay: null,
      publishDay: null,
      createdAt: expect.any(String),
    })
    const change = {
      timezone: 'Europe/Berlin',
      sites: ['https://acme.test/x', 'http://127.0.0.1:8788', 'https://ACME.test'],
      hosts: ['Go.Acme.test', 'dl.acme.test:8443'],
      reviewDay: 5,
    }
    const after = await call(collector, 'PATCH', '/v1/program', change)
    const expected = {
      ...before.body,
      timezone: 'Europe/Berlin',
      sites: ['https://acme.test', 'http://127.0.0.1:8788'],
      hosts: ['go.acme.test', 'dl.acme.test:8443'],
      reviewDay: 5,
    }
    expect(after).toEqual({ status: 200, body: expected })
    expect((await call(collector, 'GET', '/v1/program')).body).toEqual(expected)
    const moved = await call(collector, 'PATCH', '/v1/program', {
      site: 'http://127.0.0.1:8788/shop',
      reviewDay: null,
    })
    expect(moved.body).toEqual({ ...expected, site: 'http://127.0.0.1:8788/shop', reviewDay: null })
  })

  test.each<[object, string]>([
    [{}, ''],
    [{ slug: 'other' }, ''],
    [{ identitySecret: 'x' }, ''],
    [{ timezone: 'Mars/Olympus' }, '/timezone'],
    [{ currency: 'XYZ' }, '/currency'],
    [{ reviewDay: 0 }, '/reviewDay'],
    [{ reviewDay: 29 }, '/reviewDay'],
    [{ sites: ['javascript:alert(1)'] }, '/sites/0'],
    [{ sites: ['https://acme.test', 'https://a@b.test'] }, '/sites/1'],
    [{ site: 'https://elsewhere.test/' }, '/site'],
    [{ sites: ['https://elsewhere.test'] }, '/site'],
    [{ hosts: ['https://go.acme.test'] }, '/hosts/0'],
    [{ hosts: ['go.acme.test/x'] }, '/hosts/0'],
    [{ hosts: ['a b'] }, '/hosts/0'],
  ])('PATCH %j is refused at %j', async (body, pointer) => {
    const before = await call(collector, 'GET', '/v1/program')
    const answer = await call(collector, 'PATCH', '/v1/program', body)
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
    const pointers = answer.body.errors.map((error: { pointer: string }) => error.pointer)
    expect(pointers).toContain(pointer)
    expect(await call(collector, 'GET', '/v1/program')).toEqual(before)
  })

  test('a host leads to one program only', async () => {
    const other = await addProgram(collector, 'rival')
    await call(collector, 'PATCH', '/v1/program', { hosts: ['dl.acme.test'] })
    const taken = await call(
      collector,
      'PATCH',
      '/v1/program',
      { hosts: ['DL.acme.test'] },
      other.secretKey,
    )
    expect(taken).toMatchObject({ status: 409, body: { code: 'already_exists' } })
    const own = await call(
      collector,
      'PATCH',
      '/v1/program',
      { hosts: ['go.rival.test'] },
      other.secretKey,
    )
    expect(own.status).toBe(200)
    const publicUrl = await call(
      collector,
      'PATCH',
      '/v1/program',
      { hosts: ['go.rival.test', 'go.acme.test'] },
      other.secretKey,
    )
    expect(publicUrl).toMatchObject({ status: 409, body: { code: 'already_exists' } })
  })

  test('of two programs that claim a host at the same time one has it', async () => {
    const first = await addProgram(collector, 'first')
    const second = await addProgram(collector, 'second')
    const answers = await Promise.all(
      [first, second].map(({ secretKey }) =>
        call(collector, 'PATCH', '/v1/program', { hosts: ['both.test'] }, secretKey),
      ),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
  })

  test('a policy version from the past decides again', async () => {
    const ids: string[] = []
    for (const name of ['first', 'last']) {
      const made = await call(collector, 'POST', '/v1/partners', {
        email: `${name}@example.test`,
        name,
        code: `${name}one`,
      })
      ids.push(made.body.id)
    }
    const day = (n: number) => `2026-03-0${n}T00:00:00.000Z`
    await collector.events([
      { id: 'v1', type: 'visit', visitor: 'v', code: 'firstone', at: day(1) },
      { id: 'v2', type: 'visit', visitor: 'v', code: 'lastone', at: day(2) },
      { id: 's1', type: 'signup', visitor: 'v', customer: 'c', at: day(3) },
    ])
    const credited = async () => {
      const { body } = await call(collector, 'GET', '/v1/customers/c/credit')
      return [body.credited?.partner.name, body.policy.version]
    }
    expect(await credited()).toEqual(['last', 1])
    const first = await call(collector, 'PUT', '/v1/program/policy', {
      within: 'first',
      from: day(3),
    })
    expect(first.body).toMatchObject({
      version: 2,
      from: day(3),
      within: 'first',
      lateClaimDays: 30,
    })
    expect(await credited()).toEqual(['first', 2])
    const later = await call(collector, 'PUT', '/v1/program/policy', { within: 'last' })
    expect(later.body.version).toBe(3)
    expect(await credited()).toEqual(['first', 2])
    await call(collector, 'PUT', '/v1/program/policy', {
      order: ['typed'],
      from: '2026-03-01T01:00:00+01:00',
    })
    expect(await credited()).toEqual([undefined, 4])
    const { body } = await call(collector, 'GET', '/v1/program/policy')
    expect(body).toMatchObject({ version: 4, from: day(1), order: ['typed'] })
    expect(body.versions.map((row: { version: number }) => row.version)).toEqual([4, 3, 2, 1])
    expect(body.versions[3]).toMatchObject({ version: 1, from: null, within: 'last' })
  })

  test.each([
    { within: 'middle' },
    { order: [] },
    { order: ['link', 'link'] },
    { order: ['rumour'] },
    { settleMinutes: -1 },
    { windowDays: { link: 1.5 } },
    { windowDays: { rumour: 1 } },
    { version: 9 },
    { from: 'yesterday' },
  ])('the policy %j is refused', async (policy) => {
    const before = await call(collector, 'GET', '/v1/program/policy')
    const answer = await call(collector, 'PUT', '/v1/program/policy', policy)
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
    expect(await call(collector, 'GET', '/v1/program/policy')).toEqual(before)
  })

  test('keys rotate with an overlap; the last secret key stays', async () => {
    const other = await addProgram(collector, 'locksmith')
    const ask = (method: string, path: string, body?: object, key = other.secretKey) =>
      call(collector, method, path, body, key)
    const before = await ask('GET', '/v1/keys')
    expect(before.body.data).toHaveLength(2)
    const old = before.body.data.find((key: { kind: string }) => key.kind === 'secret')
    const last = await ask('DELETE', `/v1/keys/${old.id}`)
    expect(last).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
    const made = await ask('POST', '/v1/keys', { kind: 'secret' })
    expect(made).toMatchObject({ status: 201, body: { kind: 'secret', revokedAt: null } })
    expect(made.body.key).toMatch(/^sk_[\w-]{43}$/)
    const open = await ask('POST', '/v1/keys', { kind: 'publishable' })
    expect(open.body.key).toMatch(/^pk_/)
    expect((await ask('GET', '/v1/program', undefined, made.body.key)).status).toBe(200)
    expect((await ask('GET', '/v1/program', undefined, open.body.key)).status).toBe(403)
    const foreign = await call(collector, 'DELETE', `/v1/keys/${made.body.id}`)
    expect(foreign.status).toBe(404)
    const revoked = await ask('DELETE', `/v1/keys/${old.id}`)
    expect(revoked.body.revokedAt).not.toBeNull()
    expect((await ask('GET', '/v1/program')).status).toBe(401)
    const again = await ask('DELETE', `/v1/keys/${old.id}`, undefined, made.body.key)
    expect(again.body).toEqual(revoked.body)
    const list = await ask('GET', '/v1/keys', undefined, made.body.key)
    expect(JSON.stringify(list.body)).not.toContain(made.body.key)
    expect(list.body.data).toHaveLength(4)
    expect((await ask('POST', '/v1/keys', { kind: 'root' }, made.body.key)).status).toBe(422)
    const { rows } = {
      rows: await collector.deps.store.db.selectFrom('api_key').selectAll().execute(),
    }
    expect(JSON.stringify(rows)).not.toContain(made.body.key)
  })

  test('a repeated request for a key tells its secret once', async () => {
    const ask = async () => {
      const response = await collector.app.request('/v1/keys', {
        method: 'POST',
        headers: {
          authorization: `Bearer ${collector.program.secretKey}`,
          'idempotency-key': 'rotate-1',
        },
        body: JSON.stringify({ kind: 'publishable' }),
      })
      return (await response.json()) as { id: string; key: string | null }
    }
    const first = await ask()
    expect(first.key).toMatch(/^pk_/)
    expect(await ask()).toEqual({ ...first, key: null })
    const kept = await collector.deps.store.db.selectFrom('idempotency').selectAll().execute()
    expect(JSON.stringify(kept)).not.toContain(first.key)
  })
})
