import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLimits } from '../../src/services/limits.ts'
import { ENGINES, openTestCollector, type TestCollector } from '../test-collector.ts'
import { addProgram, call, callAsGuest } from './programs.ts'

const day = (n: number) => `2026-02-${String(n).padStart(2, '0')}T00:00:00.000Z`

describe.each(ENGINES)('what the vendor reads on %s', (engine) => {
  let collector: TestCollector
  let foreignKey: string
  let jane: string
  beforeAll(async () => {
    const rates = {
      misses: { points: 3, duration: 600 },
      codeQuestions: { points: 12, duration: 60 },
    }
    collector = await openTestCollector(engine, { limits: createLimits(rates) })
    foreignKey = (await addProgram(collector, 'foreign')).secretKey
    const input = { email: 'jane@example.test', name: 'Jane', code: 'JANE' }
    jane = (await call(collector, 'POST', '/v1/partners', input)).body.id
    const hidden = {
      email: 'hidden@example.test',
      name: 'Hidden',
      code: 'HIDDEN',
      showsName: false,
    }
    await call(collector, 'POST', '/v1/partners', hidden)
    const gone = await call(collector, 'POST', '/v1/partners', {
      email: 'gone@example.test',
      name: 'Gone',
      code: 'GONE',
    })
    await call(collector, 'PATCH', `/v1/partners/${gone.body.id}`, { status: 'inactive' })
    const sent = await collector.events([
      {
        id: 'v1',
        type: 'visit',
        visitor: 'v1',
        code: 'JANE',
        at: day(1),
        url: 'https://acme.test/?a=secret',
      },
      {
        id: 's1',
        type: 'signup',
        visitor: 'v1',
        customer: 'cus/1',
        email: 'old@buyer.test',
        name: 'Old Name',
        at: day(2),
      },
      { id: 'i1', type: 'identify', customer: 'cus/1', email: 'new@buyer.test', at: day(3) },
      {
        id: 'sale1',
        type: 'sale',
        customer: 'cus/1',
        order: 'in/1',
        amount: 4900,
        currency: 'eur',
        plan: 'pro',
        at: day(4),
      },
      {
        id: 'sale2',
        type: 'sale',
        customer: 'cus_2',
        order: 'in_2',
        amount: 100,
        currency: 'EUR',
        at: day(5),
      },
      { id: 'refund1', type: 'refund', refund: 're_1', order: 'in/1', amount: 900, at: day(6) },
      { id: 'refund2', type: 'refund', refund: 're_2', order: 'in_9', at: day(6) },
      {
        id: 'bad1',
        type: 'sale',
        customer: 'cus_3',
        order: 'in_3',
        amount: 1.5,
        currency: 'EUR',
        email: 'p@buyer.test',
      },
      {
        id: 'sale2',
        type: 'sale',
        customer: 'cus_2',
        order: 'in_2',
        amount: 999,
        currency: 'EUR',
        at: day(5),
      },
    ])
    const { results } = (await sent.json()) as { results: { outcome: string }[] }
    const outcomes = results.map((result) => result.outcome)
    expect(outcomes).toEqual([...Array(6).fill('stored'), 'parked', 'rejected', 'conflict'])
    await collector.events(
      [
        { id: 'open1', type: 'signup', customer: 'cus/1', visitor: 'vx', email: 'liar@evil.test' },
        { id: 'open2', type: 'sale', customer: 'cus/1', order: 'in_4', amount: 1, currency: 'EUR' },
      ],
      collector.program.publishableKey,
    )
  })
  afterAll(() => collector.closeAll())

  const ROUTES = [
    '/v1/customers',
    '/v1/customers/cus%2F1',
    '/v1/customers/cus%2F1/credit',
    '/v1/sales',
    '/v1/sales/in%2F1',
    '/v1/events',
  ]
  test.each(ROUTES)('%s is for the own secret key only', async (path) => {
    expect((await callAsGuest(collector, 'GET', path)).status).toBe(401)
    const open = await call(collector, 'GET', path, undefined, collector.program.publishableKey)
    expect(open.status).toBe(403)
    const foreign = await call(collector, 'GET', path, undefined, foreignKey)
    if (foreign.status === 200) expect(foreign.body).toEqual({ data: [], next: null })
    else expect(foreign.status).toBe(404)
    expect((await call(collector, 'GET', path)).status).toBe(200)
    expect((await call(collector, 'GET', `${path}?limit=1&limit=1`)).status).toBe(
      path.includes('%2F') ? 200 : 400,
    )
  })

  test('a customer is told with its partner and what the backend said of the person', async () => {
    const { body } = await call(collector, 'GET', '/v1/customers/cus%2F1')
    expect(body).toEqual({
      id: 'cus/1',
      ref: expect.stringMatching(/^ref_/),
      email: 'new@buyer.test',
      name: 'Old Name',
      partner: { id: jane, name: 'Jane' },
      code: 'JANE',
      reason: 'last link within 90 days',
      provisional: null,
      verified: true,
      anchor: day(2),
      createdAt: expect.any(String),
    })
    const list = await call(collector, 'GET', `/v1/customers?partner=${jane}`)
    expect(list.body).toEqual({ data: [body], next: null })
    const all = await call(collector, 'GET', '/v1/customers?limit=1')
    const rest = await call(collector, 'GET', `/v1/customers?cursor=${all.body.next}`)
    expect([...all.body.data, ...rest.body.data].map((row) => row.id)).toEqual(['cus/1', 'cus_2'])
    expect((await call(collector, 'GET', '/v1/customers/cus_3')).status).toBe(404)
  })

  test('what a contradicting event told of a person is not kept', async () => {
    const signup = { id: 'twice', type: 'signup', customer: 'cus_twice' }
    await collector.events([signup, { ...signup, email: 'second@buyer.test', name: 'Second' }])
    const { body } = await call(collector, 'GET', '/v1/customers/cus_twice')
    expect(body).toMatchObject({ email: null, name: null })
  })

  test('a list by partner follows a change of configuration at once', async () => {
    const path = `/v1/partners/${jane}`
    const listed = async () =>
      (await call(collector, 'GET', `/v1/customers?partner=${jane}`)).body.data.length
    await call(collector, 'PATCH', path, { status: 'inactive', from: day(1) })
    expect(await listed()).toBe(0)
    await call(collector, 'PATCH', path, { status: 'active', from: day(1) })
    expect(await listed()).toBe(1)
  })

  test('a sale is told as it stands, with what was given back', async () => {
    const { body } = await call(collector, 'GET', '/v1/sales/in%2F1')
    expect(body).toEqual({
      order: 'in/1',
      reversals: [],
      customer: 'cus/1',
      amount: 4900,
      currency: 'EUR',
      refunded: 900,
      at: day(4),
      event: 'sale1',
      conflict: false,
      tax: null,
      fee: null,
      discount: null,
      product: null,
      plan: 'pro',
      subscription: null,
      period: null,
      refunds: [{ refund: 're_1', amount: 900, at: day(6), status: 'made' }],
    })
    // A refund alone is no sale.
    expect((await call(collector, 'GET', '/v1/sales/in_9')).status).toBe(404)
    expect((await call(collector, 'GET', '/v1/sales/in_3')).status).toBe(404)
    const list = await call(collector, 'GET', '/v1/sales')
    expect(list.body.data.map((sale: { order: string }) => sale.order)).toEqual(['in/1', 'in_2'])
    const own = await call(collector, 'GET', '/v1/sales?customer=cus%2F1')
    const { reversals: _, ...listed } = body
    expect(own.body).toEqual({ data: [listed], next: null })
  })

  test('an undone refund gives nothing back, and another sale of the order is a conflict', async () => {
    await collector.events([
      {
        id: 'sale5',
        type: 'sale',
        customer: 'cus_2',
        order: 'in_5',
        amount: 500,
        currency: 'EUR',
        at: day(9),
      },
      {
        id: 'sale5b',
        type: 'sale',
        customer: 'cus_2',
        order: 'in_5',
        amount: 700,
        currency: 'EUR',
        at: day(8),
      },
      { id: 'r5', type: 'refund', refund: 're_5', order: 'in_5', at: day(10) },
    ])
    const path = '/v1/sales/in_5'
    expect((await call(collector, 'GET', path)).body).toMatchObject({
      amount: 700,
      refunded: 700,
      conflict: true,
    })
    await collector.events([
      { id: 'r5u', type: 'refund', refund: 're_5', order: 'in_5', status: 'undone', at: day(11) },
    ])
    expect((await call(collector, 'GET', path)).body).toMatchObject({
      refunded: 0,
      refunds: [{ status: 'undone' }],
    })
  })

  test('the log tells what arrived, what waits, what was refused and why, without people’s data', async () => {
    const outcomes = async (query: string) => {
      const { body } = await call(collector, 'GET', `/v1/events?limit=200&${query}`)
      return body.data.map((event: { id: string; outcome: string; reason: string | null }) => [
        event.id,
        event.outcome,
        event.reason,
      ])
    }
    expect(await outcomes('outcome=parked')).toEqual([['refund2', 'parked', 'waits_for_sale']])
    expect((await outcomes('outcome=conflict'))[0]).toEqual(['sale2', 'conflict', 'other_content'])
    expect(await outcomes('outcome=rejected')).toEqual([
      ['bad1', 'rejected', 'invalid_event'],
      ['open2', 'rejected', 'secret_key_required'],
    ])
    expect(await outcomes('outcome=stored&type=visit')).toEqual([['v1', 'stored', null]])
    expect(await outcomes('since=2999-01-01T00:00:00Z')).toEqual([])
    const all = await call(collector, 'GET', '/v1/events?limit=200')
    const text = JSON.stringify(all.body)
    for (const hidden of ['buyer.test', 'evil.test', 'Old Name', 'a=secret']) {
      expect(text).not.toContain(hidden)
    }
    const bad = all.body.data.find((event: { id: string }) => event.id === 'bad1')
    expect(bad).toMatchObject({
      trust: 'secret',
      aside: expect.stringMatching(/^sta_/),
      errors: [{ pointer: '/amount' }],
    })
    expect(bad.content).toEqual({
      type: 'sale',
      customer: 'cus_3',
      order: 'in_3',
      amount: 1.5,
      currency: 'EUR',
    })
    const visit = all.body.data.find((event: { id: string }) => event.id === 'v1')
    expect(visit).toMatchObject({
      at: day(1),
      verdict: { status: 'accepted', code: 'JANE' },
      content: { url: 'https://acme.test/' },
    })
    const seen: string[] = []
    let query = 'limit=2'
    for (;;) {
      const { body } = await call(collector, 'GET', `/v1/events?${query}`)
      for (const event of body.data) seen.push(event.aside ?? event.id)
      if (body.next === null) break
      query = `limit=2&cursor=${body.next}`
    }
    expect(seen).toEqual(
      all.body.data.map((event: { aside: string | null; id: string }) => event.aside ?? event.id),
    )
    expect((await call(collector, 'GET', '/v1/events?outcome=lost')).status).toBe(422)
    expect((await call(collector, 'GET', '/v1/events?since=yesterday')).status).toBe(422)
  })

  test('a refused event is sent again, as it was or corrected', async () => {
    const again = await call(collector, 'POST', '/v1/events/bad1/replay')
    expect(again).toMatchObject({
      status: 200,
      body: { id: 'bad1', outcome: 'rejected', reason: 'invalid_event' },
    })
    const correct = { type: 'sale', customer: 'cus_3', order: 'in_3', amount: 150, currency: 'EUR' }
    const corrected = await call(collector, 'POST', '/v1/events/bad1/replay', correct)
    expect(corrected).toEqual({ status: 200, body: { id: 'bad1', outcome: 'stored' } })
    expect((await call(collector, 'GET', '/v1/sales/in_3')).body.amount).toBe(150)
    const { body } = await call(collector, 'GET', '/v1/events?outcome=rejected')
    const told = body.data.filter((event: { id: string }) => event.id === 'bad1')
    expect(told).toHaveLength(2)
    for (const event of told) expect(event.replayedAt).not.toBeNull()
    expect((await call(collector, 'POST', '/v1/events/bad1/replay')).body).toEqual({
      id: 'bad1',
      outcome: 'duplicate',
    })
  })

  test('a replay keeps the trust of the event, and never gives it more', async () => {
    const { body } = await call(collector, 'POST', '/v1/events/open2/replay')
    expect(body).toMatchObject({ outcome: 'rejected', reason: 'secret_key_required' })
    expect((await call(collector, 'GET', '/v1/sales/in_4')).status).toBe(404)
    const visit = await call(collector, 'POST', '/v1/events/v1/replay')
    expect(visit.body).toEqual({
      id: 'v1',
      outcome: 'duplicate',
      verdict: { status: 'accepted', code: 'JANE' },
    })
    const page = await call(collector, 'GET', '/v1/events?outcome=conflict')
    const byAside = await call(collector, 'POST', `/v1/events/${page.body.data[0].aside}/replay`)
    expect(byAside.body).toMatchObject({ id: 'sale2', outcome: 'conflict' })
    expect((await call(collector, 'GET', '/v1/sales/in_2')).body.amount).toBe(100)
  })

  test('only the own program replays', async () => {
    expect((await callAsGuest(collector, 'POST', '/v1/events/bad1/replay')).status).toBe(401)
    const open = collector.program.publishableKey
    expect((await call(collector, 'POST', '/v1/events/bad1/replay', undefined, open)).status).toBe(
      403,
    )
    expect(
      (await call(collector, 'POST', '/v1/events/bad1/replay', undefined, foreignKey)).status,
    ).toBe(404)
    expect((await call(collector, 'POST', '/v1/events/nothing/replay')).status).toBe(404)
    expect((await call(collector, 'POST', '/v1/events/bad1/replay', [])).status).toBe(422)
  })

  test('a question about a code is answered 200 both ways, to anybody with a key', async () => {
    const open = collector.program.publishableKey
    const ask = (code: string) => callAsGuest(collector, 'GET', `/v1/codes/${code}?key=${open}`)
    expect(await ask('j-a%20n.e')).toEqual({
      status: 200,
      body: { valid: true, code: 'JANE', partner: { name: 'Jane' } },
    })
    expect(await ask('hidden')).toEqual({ status: 200, body: { valid: true, code: 'HIDDEN' } })
    expect(await ask('gone')).toEqual({ status: 200, body: { valid: false, code: 'GONE' } })
    expect(await ask('%D0%B6')).toEqual({ status: 200, body: { valid: false, code: null } })
    expect((await callAsGuest(collector, 'GET', '/v1/codes/jane')).status).toBe(401)
    expect((await callAsGuest(collector, 'GET', '/v1/codes/jane?key=pk_no')).status).toBe(401)
    expect(
      (await callAsGuest(collector, 'GET', `/v1/codes/jane?key=${open}&key=${open}`)).status,
    ).toBe(400)
    const foreign = await call(collector, 'GET', '/v1/codes/jane', undefined, foreignKey)
    expect(foreign.body).toEqual({ valid: false, code: 'JANE' })
    const page = await collector.app.request(`/v1/codes/jane?key=${open}`, {
      headers: { origin: 'null' },
    })
    expect(page.headers.get('access-control-allow-origin')).toBe('*')
    const preflight = await collector.app.request('/v1/codes/jane', { method: 'OPTIONS' })
    expect(preflight.status).toBe(204)
    // Two misses so far; the third fills the bucket, and then nothing is told, right codes included.
    expect((await ask('nobody')).body.valid).toBe(false)
    expect(await ask('jane')).toMatchObject({
      status: 429,
      body: { code: 'rate_limited', retryable: true },
    })
    expect((await call(collector, 'GET', '/v1/codes/jane')).body.valid).toBe(true)
  })
})

describe.each(ENGINES)('a long log on %s', (engine) => {
  let collector: TestCollector
  beforeAll(async () => {
    collector = await openTestCollector(engine)
    for (let batch = 0; batch < 11; batch++) {
      const visits = Array.from({ length: 500 }, (_, index) => ({
        id: `v${batch}:${index}`,
        type: 'visit',
        visitor: `v${batch}`,
        code: 'JANE',
      }))
      expect((await collector.events(visits)).status).toBe(200)
    }
    await collector.events([
      { id: 'end', type: 'cancel', customer: 'c' },
      { id: 'bad', type: 'cancel' },
      { id: 'waits', type: 'refund', refund: 'r', order: 'o' },
    ])
  })
  afterAll(() => collector.closeAll())

  test.each([
    ['type=cancel', ['bad', 'end']],
    ['type=sale', []],
    ['outcome=parked', ['waits']],
    ['outcome=rejected', ['bad']],
    ['type=cancel&outcome=stored', ['end']],
    ['type=refund&outcome=stored', []],
  ])('what is rare is found within a few pages: %s', async (query, expected) => {
    const found: string[] = []
    let pages = 0
    for (let next: string | null = ''; next !== null; pages++) {
      const cursor: string = next === '' ? '' : `&cursor=${next}`
      const { body } = await call(collector, 'GET', `/v1/events?${query}${cursor}`)
      found.push(...body.data.map((event: { id: string }) => event.id))
      next = body.next
    }
    expect(found.sort()).toEqual(expected)
    expect(pages).toBeLessThanOrEqual(3)
  })
})
