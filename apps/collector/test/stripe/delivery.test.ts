import pino from 'pino'
import { Stripe } from 'stripe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addProgram, call } from '../resources/programs.ts'
import { ENGINES, type TestCollector } from '../test-collector.ts'
import { invoice, stripeEvent } from './payloads.ts'
import { deliver, openStripeCollector, SECRET, taken } from './stripe-collector.ts'

describe.each(ENGINES)('deliveries of Stripe, %s', (engine) => {
  let collector: TestCollector
  let logged = ''
  beforeAll(async () => {
    const log = pino({ level: 'trace' }, { write: (line: string) => (logged += line) })
    collector = await openStripeCollector(engine, { log })
  })
  afterAll(() => collector.closeAll())

  const nowSeconds = () => Math.floor(collector.deps.clock.now() / 1000)
  const problem = async (response: Response) => {
    const text = await response.text()
    expect(text).not.toContain('whsec_')
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    return [response.status, (JSON.parse(text) as { code: string }).code]
  }
  const counted = async (outcome: string, reason = '') => {
    const { values } = await collector.deps.metrics.stripeDeliveries.get()
    const row = values.find(({ labels }) => labels.outcome === outcome && labels.reason === reason)
    return row?.value ?? 0
  }

  test('a secret goes in and is never told; what is left away is unset', async () => {
    const set = await call(collector, 'PUT', '/v1/program/stripe', {
      secret: SECRET,
      previousSecret: 'whsec_before_9876',
      livemode: false,
    })
    expect(set.body).toMatchObject({
      endpoint: 'http://go.acme.test/v1/stripe/acme',
      secretEndsWith: '0001',
      previousSecretEndsWith: '9876',
      account: null,
      livemode: false,
      waitingRefunds: 0,
    })
    expect(set.body.events).toContain('invoice_payment.paid')
    const again = await call(collector, 'PUT', '/v1/program/stripe', { secret: SECRET })
    expect(again.body).toMatchObject({ previousSecretEndsWith: null, livemode: null })
    expect((await call(collector, 'GET', '/v1/program/stripe')).body).toEqual(again.body)
    expect(JSON.stringify([set.body, again.body])).not.toContain('whsec_')
  })

  test.each([
    ['no secret', {}],
    ['an API key in its place', { secret: 'sk_live_0123456789' }],
    ['white space in it', { secret: `${SECRET} ` }],
    ['a field that is not there', { secret: SECRET, currency: 'EUR' }],
    ['an account that is none', { secret: SECRET, account: 'cus_1' }],
  ])('settings with %s are refused', async (_, input) => {
    const { status, body } = await call(collector, 'PUT', '/v1/program/stripe', input)
    expect([status, body.code]).toEqual([422, 'invalid_request'])
    expect(JSON.stringify(body)).not.toContain(SECRET)
  })

  test('a publishable key neither reads nor sets them', async () => {
    const { publishableKey } = collector.program
    for (const method of ['GET', 'PUT']) {
      const body = method === 'PUT' ? { secret: SECRET } : undefined
      const answer = await call(collector, method, '/v1/program/stripe', body, publishableKey)
      expect([answer.status, answer.body.code]).toEqual([403, 'wrong_key_kind'])
    }
  })

  test('a program without a secret takes nothing, and neither does one that is not there', async () => {
    await addProgram(collector, `bare-${engine}`)
    const event = stripeEvent('invoice.paid', invoice('in_bare'))
    const bare = await deliver(collector, event, { program: `bare-${engine}` })
    expect(await problem(bare)).toEqual([400, 'stripe_not_set_up'])
    const nobody = await deliver(collector, event, { program: 'nobody' })
    expect(await problem(nobody)).toEqual([404, 'not_found'])
  })

  test("another program's secret opens nothing", async () => {
    const other = await addProgram(collector, `other-${engine}`)
    await collector.send(
      'PUT',
      '/v1/program/stripe',
      { secret: 'whsec_of_the_other_1' },
      other.secretKey,
    )
    const event = stripeEvent('invoice.paid', invoice('in_other'))
    const refused = await deliver(collector, event, { secret: 'whsec_of_the_other_1' })
    expect(await problem(refused)).toEqual([400, 'bad_signature'])
    const theirs = await deliver(collector, event, {
      secret: 'whsec_of_the_other_1',
      program: `other-${engine}`,
    })
    expect(theirs.status).toBe(200)
    expect((await collector.send('GET', '/v1/sales/in_other')).status).toBe(404)
  })

  test.each([
    ['298 s old', -298, undefined],
    ['301 s old', -301, 'stale_signature'],
    ['298 s ahead', 298, undefined],
    ['302 s ahead', 302, 'stale_signature'],
    ['days old', -200_000, 'stale_signature'],
  ])('a signature %s, by the clock of the collector', async (name, seconds, code) => {
    const order = `in_${name.replaceAll(' ', '_')}`
    const event = stripeEvent('invoice.paid', invoice(order))
    const before = await counted('refused', 'stale_signature')
    const response = await deliver(collector, event, { timestamp: nowSeconds() + seconds })
    if (code === undefined) expect(response.status).toBe(200)
    else {
      expect(await problem(response)).toEqual([400, code])
      expect(await counted('refused', 'stale_signature')).toBe(before + 1)
    }
    const sale = await collector.send('GET', `/v1/sales/${order}`)
    expect(sale.status).toBe(code === undefined ? 200 : 404)
  })

  test('what is signed wrongly, or changed on the way, is refused and counted', async () => {
    const before = await counted('refused', 'bad_signature')
    const event = stripeEvent('invoice.paid', invoice('in_forged'))
    const body = JSON.stringify(event)
    const right = Stripe.webhooks.generateTestHeaderString({
      payload: body,
      secret: SECRET,
      timestamp: nowSeconds(),
    })
    const send = (text: string, header: string | undefined) =>
      collector.app.request('/v1/stripe/acme', {
        method: 'POST',
        headers: header === undefined ? {} : { 'stripe-signature': header },
        body: text,
      })
    const forged: [string, string | undefined][] = [
      [body, undefined],
      [body, ''],
      [body, 'nonsense'],
      [body, right.replace(/v1=./, 'v1=x')],
      [body, right.replace('v1=', 'v0=')],
      [body, right.replace(/t=\d+/, `t=${nowSeconds() - 1}`)],
      [body, right.replace(/t=\d+/, 't=x')],
      [body.replace('4900', '9900'), right],
      [`${body} `, right],
      ['', right],
    ]
    for (const [text, header] of forged) {
      expect([header, ...(await problem(await send(text, header)))]).toEqual([
        header,
        400,
        'bad_signature',
      ])
    }
    expect(await counted('refused', 'bad_signature')).toBe(before + forged.length)
    expect((await collector.send('GET', '/v1/sales/in_forged')).status).toBe(404)
    expect((await send(body, right)).status).toBe(200)
  })

  test('while a secret is replaced both count, after that the new one alone', async () => {
    const next = 'whsec_the_next_one_2'
    const put = (settings: object) => collector.send('PUT', '/v1/program/stripe', settings)
    const send = async (secret: string) =>
      (await deliver(collector, stripeEvent('customer.deleted', {}), { secret })).status
    await put({ secret: next, previousSecret: SECRET })
    expect([await send(SECRET), await send(next), await send('whsec_neither_3')]).toEqual([
      200, 200, 400,
    ])
    await put({ secret: next })
    expect([await send(SECRET), await send(next)]).toEqual([400, 200])
    await put({ secret: SECRET })
  })

  test('events of another account or mode are refused', async () => {
    const sent = async (more: object) => {
      const event = stripeEvent('customer.deleted', {}, more)
      const response = await deliver(collector, event)
      return response.status === 200 ? 200 : await problem(response)
    }
    expect(await sent({ account: 'acct_2' })).toEqual([400, 'wrong_account'])
    await collector.send('PUT', '/v1/program/stripe', {
      secret: SECRET,
      account: 'acct_1',
      livemode: true,
    })
    expect(await sent({ account: 'acct_2', livemode: true })).toEqual([400, 'wrong_account'])
    expect(await sent({ account: 'acct_1', livemode: false })).toEqual([400, 'wrong_account'])
    expect(await sent({ account: 'acct_1', livemode: true })).toBe(200)
    expect(await sent({ livemode: true })).toBe(200)
    await collector.send('PUT', '/v1/program/stripe', { secret: SECRET })
    expect(await counted('refused', 'wrong_account')).toBe(3)
  })

  test('an event delivered again is a duplicate, whatever the secret', async () => {
    const before = await counted('duplicate')
    const event = stripeEvent('invoice.paid', invoice('in_again'))
    expect(await taken(collector, event)).toBe('stored')
    for (let tries = 0; tries < 3; tries++) expect(await taken(collector, event)).toBe('duplicate')
    expect(await counted('duplicate')).toBe(before + 3)
    const facts = await collector.deps.store.db
      .selectFrom('fact')
      .select(['id', 'trust'])
      .where('order_id', '=', 'in_again')
      .execute()
    expect(facts).toEqual([{ id: `stripe:${event.id}`, trust: 'secret' }])
  })

  test('types that say nothing to us are answered with 200, and counted', async () => {
    const before = await counted('ignored')
    for (const type of ['invoice.created', 'payout.paid', 'a.type.of.tomorrow']) {
      expect(await taken(collector, stripeEvent(type, { id: 'x' }))).toBe('ignored')
    }
    const thin = JSON.stringify({
      id: 'evt_thin',
      object: 'v2.core.event',
      type: 'v1.invoice.paid',
    })
    expect((await deliver(collector, thin)).status).toBe(200)
    expect(await counted('ignored')).toBe(before + 4)
  })

  test('what is signed and cannot be read is refused, so that Stripe shows it', async () => {
    const { amount_paid: _, ...without } = invoice('in_odd')
    const unreadable: [object | string, string][] = [
      ['{"id":', 'malformed_json'],
      ['[]', 'bad_request'],
      [{ id: 'evt_1' }, 'bad_request'],
      [stripeEvent('invoice.paid', without), 'bad_request'],
      [stripeEvent('invoice.paid', { ...invoice('in_odd'), amount_paid: 49.5 }), 'bad_request'],
      [stripeEvent('invoice.paid', {}, { id: 'evt with space' }), 'bad_request'],
    ]
    for (const [event, code] of unreadable) {
      expect(await problem(await deliver(collector, event))).toEqual([400, code])
    }
  })

  test('a body past 512 KB is refused before it is read', async () => {
    const event = stripeEvent('invoice.paid', invoice('in_big'), {})
    const big = { ...event, padding: 'x'.repeat(512 * 1024) }
    expect(await problem(await deliver(collector, big))).toEqual([413, 'too_large'])
    const almost = { ...event, padding: 'x'.repeat(500 * 1024) }
    expect(await taken(collector, almost)).toBe('stored')
  })

  test('neither a secret nor a signature is ever logged or kept', async () => {
    const { db } = collector.deps.store
    const kept = JSON.stringify([
      await db.selectFrom('set_aside').selectAll().execute(),
      await db.selectFrom('fact').selectAll().execute(),
      await collector.deps.metrics.registry.metrics(),
    ])
    expect(kept + logged).not.toContain('whsec_')
    expect(kept + logged).not.toContain('v1=')
  })
})
