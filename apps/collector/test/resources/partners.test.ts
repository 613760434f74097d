import { canonicalCode, hasValidCheck } from '@sentby/contract'
import { openStore } from '@sentby/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES, openTestCollector, type TestCollector } from '../test-collector.ts'
import { addProgram, call, callAsGuest } from './programs.ts'

describe.each(ENGINES)('groups, partners and codes on %s', (engine) => {
  let collector: TestCollector
  let jane: string
  beforeAll(async () => {
    collector = await openTestCollector(engine)
    const made = await call(collector, 'POST', '/v1/partners', {
      email: 'jane@example.test',
      name: 'Jane',
      code: 'jane-doe',
    })
    expect(made.status).toBe(201)
    jane = made.body.id
  })
  afterAll(() => collector.closeAll())

  test('a partner is read as it was made', async () => {
    const { status, body } = await call(collector, 'GET', `/v1/partners/${jane}`)
    expect(status).toBe(200)
    expect(body).toEqual({
      id: jane,
      name: 'Jane',
      email: 'jane@example.test',
      group: 'default',
      status: 'active',
      code: 'JANEDOE',
      link: 'http://go.acme.test/r/JANEDOE',
      customer: null,
      payout: null,
      showsName: true,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    })
  })

  test('a partner without a code gets a generated one with a right check', async () => {
    const { body } = await call(collector, 'POST', '/v1/partners', {
      email: 'kim@example.test',
      name: 'Kim',
    })
    expect(body.code).toHaveLength(8)
    expect(canonicalCode(body.code)).toBe(body.code)
    expect(hasValidCheck(body.code)).toBe(true)
  })

  const refused: [string, string, unknown, number, string, string?][] = [
    [
      'an e-mail that is none',
      '/v1/partners',
      { email: 'x', name: 'X' },
      422,
      'invalid_request',
      '/email',
    ],
    ['no name', '/v1/partners', { email: 'x@x.test' }, 422, 'invalid_request', '/name'],
    [
      'an unknown field',
      '/v1/partners',
      { email: 'x@x.test', name: 'X', nam: 1 },
      422,
      'invalid_request',
      '',
    ],
    [
      'an unknown group',
      '/v1/partners',
      { email: 'x@x.test', name: 'X', group: 'no' },
      422,
      'invalid_request',
      '/group',
    ],
    [
      'a known e-mail in other case',
      '/v1/partners',
      { email: 'JANE@example.test', name: 'X' },
      409,
      'already_exists',
    ],
    [
      "another partner's code",
      '/v1/partners',
      { email: 'x@x.test', name: 'X', code: 'JaneDoe' },
      409,
      'code_taken',
    ],
    [
      'a reserved word as code',
      '/v1/partners',
      { email: 'x@x.test', name: 'X', code: 'n-o-n-e' },
      422,
      'invalid_request',
      '/code',
    ],
    [
      'the word null as code',
      '/v1/partners',
      { email: 'x@x.test', name: 'X', code: 'null' },
      422,
      'invalid_request',
      '/code',
    ],
    [
      'the word test as code',
      '/v1/partners',
      { email: 'x@x.test', name: 'X', code: 'TEST' },
      422,
      'invalid_request',
      '/code',
    ],
    [
      "the program's name as code",
      '/v1/partners',
      { email: 'x@x.test', name: 'X', code: 'Acme' },
      422,
      'invalid_request',
      '/code',
    ],
    [
      'a code of one character',
      '/v1/partners',
      { email: 'x@x.test', name: 'X', code: 'J' },
      422,
      'invalid_request',
      '/code',
    ],
    [
      'a code in Cyrillic',
      '/v1/partners',
      { email: 'x@x.test', name: 'X', code: 'ДЖЕЙН' },
      422,
      'invalid_request',
      '/code',
    ],
    [
      'a wrong check character',
      '/v1/partners',
      { email: 'x@x.test', name: 'X', code: 'ABCDEFG2' },
      422,
      'invalid_request',
      '/code',
    ],
    [
      'a date that is none',
      '/v1/partners',
      { email: 'x@x.test', name: 'X', from: '2026-02-30' },
      422,
      'invalid_request',
      '/from',
    ],
    ['a list for a body', '/v1/partners', [], 422, 'invalid_request', ''],
    ['a group without slug', '/v1/groups', { name: 'X' }, 422, 'invalid_request', '/slug'],
    ['a group of a taken slug', '/v1/groups', { slug: 'default' }, 409, 'already_exists'],
    ['a slug with a slash', '/v1/groups', { slug: 'a/b' }, 422, 'invalid_request', '/slug'],
  ]
  test.each(refused)(
    '%s is refused and nothing is written',
    async (_, path, body, status, code, pointer) => {
      const before = await rows()
      const answer = await call(collector, 'POST', path, body)
      expect(answer).toMatchObject({ status, body: { status, code, retryable: false } })
      if (pointer !== undefined) {
        expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(
          pointer,
        )
      }
      expect(JSON.stringify(answer.body)).not.toContain('x.test')
      expect(await rows()).toEqual(before)
    },
  )

  test('who may not ask is told so, whatever is asked', async () => {
    const other = await addProgram(collector, 'other')
    for (const [method, path] of [
      ['GET', '/v1/groups'],
      ['POST', '/v1/groups'],
      ['GET', '/v1/partners'],
      ['POST', '/v1/partners'],
      ['GET', `/v1/partners/${jane}`],
      ['PATCH', `/v1/partners/${jane}`],
      ['GET', `/v1/partners/${jane}/codes`],
      ['POST', `/v1/partners/${jane}/codes`],
    ] as const) {
      expect(await callAsGuest(collector, method, path)).toMatchObject({
        status: 401,
        body: { code: 'key_required' },
      })
      const body = method === 'GET' ? undefined : {}
      const asOpen = await call(collector, method, path, body, collector.program.publishableKey)
      expect(asOpen).toMatchObject({ status: 403, body: { code: 'wrong_key_kind' } })
      const unknown = await call(collector, method, path, body, 'sk_unknown')
      expect(unknown).toMatchObject({ status: 401, body: { code: 'unknown_key' } })
    }
    for (const [method, path, body] of [
      ['GET', `/v1/partners/${jane}`, undefined],
      ['PATCH', `/v1/partners/${jane}`, { name: 'Mallory' }],
      ['GET', `/v1/partners/${jane}/codes`, undefined],
      ['POST', `/v1/partners/${jane}/codes`, { code: 'MALLORY' }],
      ['POST', '/v1/links', { partner: jane, to: 'https://other.test/' }],
    ] as const) {
      const answer = await call(collector, method, path, body, other.secretKey)
      expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } })
    }
    const { body } = await call(collector, 'GET', '/v1/partners', undefined, other.secretKey)
    expect(body).toEqual({ data: [], next: null })
    expect((await call(collector, 'GET', `/v1/partners/${jane}`)).body.name).toBe('Jane')
    const same = await call(
      collector,
      'POST',
      '/v1/partners',
      { email: 'jane@example.test', name: 'J', code: 'JANEDOE' },
      other.secretKey,
    )
    expect(same.status).toBe(201)
  })

  test('a code of the same partner is answered again, another partner gets 409', async () => {
    const first = await call(collector, 'POST', `/v1/partners/${jane}/codes`, { code: 'jane 2026' })
    expect(first).toMatchObject({
      status: 201,
      body: { code: 'JANE2026', partner: jane, primary: false, origin: 'vendor' },
    })
    const again = await call(collector, 'POST', `/v1/partners/${jane}/codes`, { code: 'JANE-2026' })
    expect(again).toEqual({ status: 200, body: first.body })
    const lee = await call(collector, 'POST', '/v1/partners', {
      email: 'lee@example.test',
      name: 'Lee',
    })
    const taken = await call(collector, 'POST', `/v1/partners/${lee.body.id}/codes`, {
      code: 'JANE2026',
    })
    expect(taken).toMatchObject({ status: 409, body: { code: 'code_taken' } })
    const { body } = await call(collector, 'GET', `/v1/partners/${jane}/codes`)
    expect(body.data.map((code: { code: string }) => code.code)).toEqual(['JANE2026', 'JANEDOE'])
  })

  test('a list gives every row once over its pages', async () => {
    const all = await call(collector, 'GET', '/v1/partners?limit=200')
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`
      const { body } = await call(collector, 'GET', `/v1/partners?limit=1${query}`)
      expect(body.data).toHaveLength(1)
      seen.push(body.data[0].id)
      cursor = body.next
    }
    expect(seen).toEqual(all.body.data.map((row: { id: string }) => row.id))
    expect(seen.length).toBeGreaterThan(2)
  })

  test.each([
    ['limit=0', 422, 'invalid_request'],
    ['limit=201', 422, 'invalid_request'],
    ['limit=x', 422, 'invalid_request'],
    ['cursor=x', 422, 'invalid_request'],
    ['cursor=WzFd', 422, 'invalid_request'],
    ['page=2', 422, 'invalid_request'],
    ['limit=1&limit=2', 400, 'repeated_parameter'],
    ['status=gone', 422, 'invalid_request'],
  ])('the list refuses ?%s', async (query, status, code) => {
    expect(await call(collector, 'GET', `/v1/partners?${query}`)).toMatchObject({
      status,
      body: { code },
    })
  })

  test('filters give what they name', async () => {
    const { body } = await call(
      collector,
      'GET',
      '/v1/partners?email=Jane@example.test&status=active&group=default',
    )
    expect(body.data.map((row: { id: string }) => row.id)).toEqual([jane])
    expect((await call(collector, 'GET', '/v1/partners?status=inactive')).body.data).toEqual([])
  })

  test('the same Idempotency-Key makes one partner; another request under it is refused', async () => {
    const ask = (body: object, path = '/v1/partners') =>
      collector.app.request(path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${collector.program.secretKey}`,
          'content-type': 'application/json',
          'idempotency-key': 'key-1',
        },
        body: JSON.stringify(body),
      })
    const input = { email: 'max@example.test', name: 'Max' }
    const answers = await Promise.all([
      ask(input),
      ask(input),
      ask({ name: 'Max', email: 'max@example.test' }),
    ])
    const bodies = await Promise.all(
      answers.map(async (answer) => (await answer.json()) as { id: string }),
    )
    expect(answers.map((answer) => answer.status)).toEqual([201, 201, 201])
    expect(new Set(bodies.map((body) => body.id)).size).toBe(1)
    for (const response of [
      await ask({ ...input, name: 'Moritz' }),
      await ask({ slug: 'g' }, '/v1/groups'),
    ]) {
      expect(response.status).toBe(422)
      expect(await response.json()).toMatchObject({ code: 'idempotency_key_reused' })
    }
    expect(
      (await call(collector, 'GET', '/v1/partners?email=max@example.test')).body.data,
    ).toHaveLength(1)
  })

  test('a refused request leaves its Idempotency-Key free', async () => {
    const headers = {
      authorization: `Bearer ${collector.program.secretKey}`,
      'idempotency-key': 'key-2',
    }
    const ask = (slug: string) =>
      collector.app.request('/v1/groups', {
        method: 'POST',
        headers,
        body: JSON.stringify({ slug }),
      })
    expect((await ask('default')).status).toBe(409)
    expect((await ask('fresh')).status).toBe(201)
  })

  test('a partner changes; what was not named stays', async () => {
    const made = await call(collector, 'POST', '/v1/partners', {
      email: 'noa@example.test',
      name: 'Noa',
      payout: { method: 'paypal', account: 'noa@pay.test' },
      customer: 'cus_noa',
    })
    await call(collector, 'POST', '/v1/groups', { slug: 'gold', name: 'Gold' })
    const path = `/v1/partners/${made.body.id}`
    const changed = await call(collector, 'PATCH', path, {
      name: 'Noa B.',
      showsName: false,
      group: 'gold',
      email: 'noa2@example.test',
    })
    expect(changed).toEqual({
      status: 200,
      body: {
        ...made.body,
        name: 'Noa B.',
        showsName: false,
        group: 'gold',
        email: 'noa2@example.test',
      },
    })
    expect(
      (await call(collector, 'PATCH', path, { payout: null, customer: null })).body,
    ).toMatchObject({ payout: null, customer: null, name: 'Noa B.' })
    expect((await call(collector, 'PATCH', path, { status: 'inactive' })).body.status).toBe(
      'inactive',
    )
    expect(
      (await call(collector, 'PATCH', path, { status: 'active', from: '2999-01-01T00:00:00Z' }))
        .body.status,
    ).toBe('inactive')
    expect((await call(collector, 'GET', '/v1/partners?status=inactive')).body.data).toHaveLength(1)
    for (const body of [
      {},
      { from: '2026-01-01T00:00:00Z' },
      { name: 'X', from: '2026-01-01T00:00:00Z' },
      { status: 'gone' },
      { id: 'ptr_x' },
    ]) {
      expect((await call(collector, 'PATCH', path, body)).status).toBe(422)
    }
    expect((await call(collector, 'PATCH', path, { email: 'jane@example.test' })).status).toBe(409)
  })

  async function rows(): Promise<number[]> {
    const { db } = collector.deps.store
    const counts: number[] = []
    for (const table of [
      'partner',
      'partner_change',
      'partner_group',
      'code',
      'idempotency',
    ] as const) {
      const { count } = await db
        .selectFrom(table)
        .select((select) => select.fn.countAll().as('count'))
        .executeTakeFirstOrThrow()
      counts.push(Number(count))
    }
    return counts
  }
})

describe('two collectors on one PostgreSQL', () => {
  let collector: TestCollector
  beforeAll(async () => {
    collector = await openTestCollector('postgres')
  })
  afterAll(() => collector.closeAll())

  test('one code asked for by two partners at once goes to one of them, and both see whose it is', async () => {
    const other = await collector.another()
    const ids: string[] = []
    for (const name of ['Ann', 'Bob']) {
      const email = `${name}@example.test`
      ids.push((await call(collector, 'POST', '/v1/partners', { email, name })).body.id)
    }
    const headers = {
      authorization: `Bearer ${collector.program.secretKey}`,
      'content-type': 'application/json',
    }
    const ask = (app: TestCollector['app'], id: string, code: string) =>
      app.request(`/v1/partners/${id}/codes`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ code }),
      })
    for (let race = 0; race < 5; race++) {
      const [ann = '', bob = ''] = ids
      const answers = await Promise.all([
        ask(collector.app, ann, `RACE${race}`),
        ask(other.app, bob, `RACE${race}`),
      ])
      expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409])
      const lists = await Promise.all(
        [collector.app, other.app].flatMap((app) =>
          ids.map(async (id) =>
            (await app.request(`/v1/partners/${id}/codes?limit=200`, { headers })).text(),
          ),
        ),
      )
      const holders = lists.map((list) => list.includes(`RACE${race}`))
      expect(holders.slice(0, 2)).toEqual(holders.slice(2))
      expect(holders.slice(0, 2).sort()).toEqual([false, true])
    }
  })
})

describe('a database that another process holds', () => {
  test('a change is refused as retryable, and nothing is written', async () => {
    const collector = await openTestCollector('sqlite')
    const holder = openStore(collector.databaseUrl)
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const holding = holder.transaction(() => held)
    const refused = await call(collector, 'POST', '/v1/groups', { slug: 'late' })
    expect(refused).toMatchObject({
      status: 503,
      body: { code: 'storage_unavailable', retryable: true },
    })
    release()
    await holding
    await holder.close()
    expect((await call(collector, 'POST', '/v1/groups', { slug: 'late' })).status).toBe(201)
    await collector.closeAll()
  })
})
