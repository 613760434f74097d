import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addProgram, call, callAsGuest } from '../resources/programs.ts'
import { ENGINES, openTestCollector, type TestCollector } from '../test-collector.ts'

const URL = 'https://hooks.acme.test/in?token=t'

describe.each(ENGINES)('webhooks as a resource on %s', (engine) => {
  let collector: TestCollector
  beforeAll(async () => {
    collector = await openTestCollector(engine)
  })
  afterAll(() => collector.closeAll())

  const make = (more: object = {}) =>
    call(collector, 'POST', '/v1/webhooks', { url: URL, events: ['*'], ...more })

  test('a webhook tells its secret once: when it is made', async () => {
    const { status, body } = await make({ description: 'our CRM' })
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.stringMatching(/^whk_/),
      url: URL,
      events: ['*'],
      description: 'our CRM',
      status: 'enabled',
      reason: null,
      failingSince: null,
      createdAt: expect.stringMatching(/Z$/),
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
    })
    const { secret, ...rest } = body
    for (const path of ['/v1/webhooks', `/v1/webhooks/${body.id}`]) {
      const read = await call(collector, 'GET', path)
      expect(JSON.stringify(read.body)).not.toContain('whsec_')
      expect(read.body.data?.[0] ?? read.body).toEqual(rest)
    }
    expect(secret).not.toBe((await make()).body.secret)
  })

  test('the same Idempotency-Key makes one webhook, and tells no secret again', async () => {
    const post = async (path: string, sent?: object) => {
      const response = await collector.app.request(path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${collector.program.secretKey}`,
          'idempotency-key': `once-${path}`,
        },
        ...(sent ? { body: JSON.stringify(sent) } : {}),
      })
      return (await response.json()) as { id: string; secret: string | null; message?: string }
    }
    const first = await post('/v1/webhooks', { url: URL, events: ['lead.created'] })
    const second = await post('/v1/webhooks', { url: URL, events: ['lead.created'] })
    expect(first.secret).toMatch(/^whsec_/)
    expect(second).toEqual({ ...first, secret: null })
    const rotated = await post(`/v1/webhooks/${first.id}/rotate`)
    const again = await post(`/v1/webhooks/${first.id}/rotate`)
    expect(rotated.secret).toMatch(/^whsec_/)
    expect(again).toEqual({ ...rotated, secret: null })
    const tested = await post(`/v1/webhooks/${first.id}/test`)
    expect(await post(`/v1/webhooks/${first.id}/test`)).toEqual(tested)
    const kept = await collector.deps.store.db.selectFrom('idempotency').select('body').execute()
    expect(JSON.stringify(kept)).not.toContain('whsec_')
  })

  test.each([
    ['http', { url: 'http://hooks.acme.test/' }, '/url'],
    ['no scheme', { url: 'hooks.acme.test/in' }, '/url'],
    ['another scheme', { url: 'ftp://hooks.acme.test/' }, '/url'],
    ['a user', { url: 'https://jane@hooks.acme.test/' }, '/url'],
    ['a password', { url: 'https://jane:secret@hooks.acme.test/' }, '/url'],
    ['a fragment', { url: 'https://hooks.acme.test/#in' }, '/url'],
    ['a backslash', { url: 'https://hooks.acme.test\\@127.0.0.1/' }, '/url'],
    ['a line break', { url: 'https://hooks.acme.test/\n' }, '/url'],
    ['the loopback', { url: 'https://127.0.0.1/' }, '/url'],
    ['the loopback as a number', { url: 'https://2130706433/' }, '/url'],
    ['the loopback in hex', { url: 'https://0x7f.1/' }, '/url'],
    ['the loopback with a dot', { url: 'https://127.0.0.1./' }, '/url'],
    ['the loopback in IPv6', { url: 'https://[::1]/' }, '/url'],
    ['a mapped address', { url: 'https://[::ffff:10.0.0.1]/' }, '/url'],
    ['cloud metadata', { url: 'https://169.254.169.254/latest' }, '/url'],
    ['no URL', { url: '' }, '/url'],
    ['too long a URL', { url: `https://hooks.acme.test/${'a'.repeat(2048)}` }, '/url'],
    ['an unknown type', { events: ['sale.made'] }, '/events/0'],
    ['no type', { events: [] }, '/events'],
    ['* beside a type', { events: ['*', 'lead.created'] }, '/events'],
    ['an unknown field', { secret: 'whsec_mine' }, ''],
  ])('a webhook with %s is refused, and nothing is stored', async (_, more, pointer) => {
    const before = await call(collector, 'GET', '/v1/webhooks')
    const { status, body } = await make(more)
    expect([status, body.code, body.errors?.[0]?.pointer]).toEqual([
      422,
      'invalid_request',
      pointer,
    ])
    const after = await call(collector, 'GET', '/v1/webhooks')
    expect(after.body).toEqual(before.body)
  })

  test('a webhook changes in what is named, and the same refusals hold', async () => {
    const { body } = await make({ events: ['partner.created', 'partner.created'] })
    expect(body.events).toEqual(['partner.created'])
    const path = `/v1/webhooks/${body.id}`
    const changed = await call(collector, 'PATCH', path, { status: 'disabled', description: null })
    expect(changed.body).toMatchObject({ status: 'disabled', reason: 'vendor', url: URL })
    const enabled = await call(collector, 'PATCH', path, { status: 'enabled', events: ['*'] })
    expect(enabled.body).toMatchObject({ status: 'enabled', reason: null, events: ['*'] })
    for (const wrong of [{}, { url: 'https://10.0.0.1/' }, { status: 'failing' }, { id: 'x' }]) {
      expect((await call(collector, 'PATCH', path, wrong)).status).toBe(422)
    }
    expect((await call(collector, 'GET', path)).body).toEqual(enabled.body)
  })

  test('a deleted webhook is gone, and its secrets with it', async () => {
    const { body } = await make()
    const path = `/v1/webhooks/${body.id}`
    expect((await call(collector, 'DELETE', path)).body).toEqual({ id: body.id, deleted: true })
    for (const [method, more] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/deliveries'],
      ['POST', '/test'],
      ['POST', '/rotate'],
    ] as const) {
      expect([more, (await call(collector, method, `${path}${more}`)).status]).toEqual([more, 404])
    }
    const rows = await collector.deps.store.db.selectFrom('webhook').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(body.secret)
  })

  test('a program has 20 webhooks at most', async () => {
    const other = await addProgram(collector, 'many')
    const add = () =>
      call(collector, 'POST', '/v1/webhooks', { url: URL, events: ['*'] }, other.secretKey)
    for (let i = 0; i < 20; i++) expect((await add()).status).toBe(201)
    expect((await add()).status).toBe(422)
  })

  test('nobody else reads, changes or tests a webhook', async () => {
    const { body } = await make()
    const message = (await call(collector, 'POST', `/v1/webhooks/${body.id}/test`)).body.message
    const stranger = await addProgram(collector, `stranger-${engine}`)
    const path = `/v1/webhooks/${body.id}`
    const requests = [
      ['GET', path],
      ['PATCH', path, { events: ['*'] }],
      ['DELETE', path],
      ['POST', `${path}/rotate`],
      ['GET', `${path}/deliveries`],
      ['POST', `${path}/deliveries/${message}/replay`],
      ['POST', `${path}/test`],
    ] as const
    for (const [method, at, sent] of requests) {
      const asked = `${method} ${at}`
      expect([asked, (await callAsGuest(collector, method, at)).status]).toEqual([asked, 401])
      const open = await call(collector, method, at, sent, collector.program.publishableKey)
      expect([asked, open.status]).toEqual([asked, 403])
      const other = await call(collector, method, at, sent, stranger.secretKey)
      expect([asked, other.status]).toEqual([asked, 404])
    }
    const list = await call(collector, 'GET', '/v1/webhooks', undefined, stranger.secretKey)
    expect(list.body).toEqual({ data: [], next: null })
    expect((await call(collector, 'GET', path)).body.status).toBe('enabled')
  })

  test('at most five secrets sign at the same time', async () => {
    const { body } = await make()
    const statuses = []
    for (let i = 0; i < 5; i++) {
      statuses.push((await call(collector, 'POST', `/v1/webhooks/${body.id}/rotate`)).status)
    }
    expect(statuses).toEqual([200, 200, 200, 200, 422])
  })
})
