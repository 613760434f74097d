import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ENGINES, openTestCollector, type TestCollector } from '../test-collector.ts'
import { addProgram, call, callAsGuest } from './programs.ts'

describe.each(ENGINES)('configuration and credit on %s', (engine) => {
  let collector: TestCollector
  let number = 0
  const partners: Record<string, string> = {}
  beforeAll(async () => {
    collector = await openTestCollector(engine)
    for (const name of ['Ann', 'Bob']) {
      const email = `${name.toLowerCase()}@example.test`
      const { body } = await call(collector, 'POST', '/v1/partners', {
        email,
        name,
        code: `${name}first`,
      })
      partners[name] = body.id
    }
  })
  afterAll(() => collector.closeAll())
  beforeEach(() => {
    number++
  })

  const at = (day: number) => `2026-05-${String(day).padStart(2, '0')}T10:00:00.000Z`

  /** Visits with these codes, a day apart, then a signup and a sale of a customer of the test. */
  async function story(codes: string[]): Promise<string> {
    const visitor = `v_${number}`
    const customer = `cus/${number}`
    const visits = codes.map((code, index) => ({
      id: `visit:${number}:${index}`,
      type: 'visit',
      at: at(index + 1),
      visitor,
      code,
    }))
    const signup = { id: `signup:${number}`, type: 'signup', at: at(20), visitor, customer }
    const response = await collector.events([...visits, signup])
    expect(response.status).toBe(200)
    return customer
  }

  async function credit(customer: string) {
    const { status, body } = await call(
      collector,
      'GET',
      `/v1/customers/${encodeURIComponent(customer)}/credit`,
    )
    expect(status).toBe(200)
    return body
  }

  test('the decision is told as the contract has it', async () => {
    const customer = await story(['ANNFIRST', 'BOBFIRST', 'nobody-has-this'])
    expect(await credit(customer)).toEqual({
      customer,
      credited: {
        partner: { id: partners.Bob, name: 'Bob' },
        code: 'BOBFIRST',
        evidence: `visit:${number}:1`,
      },
      reason: 'last link within 90 days',
      provisional: null,
      verified: true,
      anchor: at(20),
      settlesAt: expect.any(String),
      policy: { version: 1 },
      candidates: [
        {
          evidence: `visit:${number}:1`,
          kind: 'link',
          partner: partners.Bob,
          code: 'BOBFIRST',
          at: at(2),
          carrier: `visitor:v_${number}`,
          verdict: 'won',
        },
        {
          evidence: `visit:${number}:0`,
          kind: 'link',
          partner: partners.Ann,
          code: 'ANNFIRST',
          at: at(1),
          carrier: `visitor:v_${number}`,
          verdict: 'outranked',
        },
      ],
      more: 0,
      unknownCodes: [{ evidence: `visit:${number}:2`, code: 'NOBODYHASTHIS', at: at(3) }],
    })
  })

  test('who may not ask learns nothing of a customer', async () => {
    const customer = await story(['ANNFIRST'])
    const path = `/v1/customers/${encodeURIComponent(customer)}/credit`
    expect((await callAsGuest(collector, 'GET', path)).status).toBe(401)
    expect(
      (await call(collector, 'GET', path, undefined, collector.program.publishableKey)).status,
    ).toBe(403)
    const other = await addProgram(collector, 'stranger')
    const asOther = await call(collector, 'GET', path, undefined, other.secretKey)
    expect(asOther).toMatchObject({ status: 404, body: { code: 'not_found' } })
    expect(JSON.stringify(asOther.body)).not.toContain('Ann')
    for (const unknown of ['nobody', '%', '%00', '%F0%9F', 'a%2Fb', '..%2F..']) {
      expect((await call(collector, 'GET', `/v1/customers/${unknown}/credit`)).status).toBe(404)
    }
  })

  test('a code made after the visits that named it credits them', async () => {
    const code = `LATER${number}`
    const customer = await story([code])
    expect((await credit(customer)).credited).toBeNull()
    const made = await call(collector, 'POST', `/v1/partners/${partners.Ann}/codes`, { code })
    expect(made.status).toBe(201)
    expect((await credit(customer)).credited).toMatchObject({ partner: { id: partners.Ann }, code })
    const left = await collector.deps.store.db
      .selectFrom('unresolved')
      .selectAll()
      .where('code', '=', code)
      .execute()
    expect(left).toEqual([])
  })

  test('a code made later with `from` credits only what came from then on', async () => {
    const code = `DATED${number}`
    const before = await story([code])
    number += 100
    const other = `OTHER${number}`
    const after = await story([other])
    await call(collector, 'POST', `/v1/partners/${partners.Ann}/codes`, { code, from: at(2) })
    await call(collector, 'POST', `/v1/partners/${partners.Ann}/codes`, {
      code: other,
      from: at(1),
    })
    expect((await credit(before)).credited).toBeNull()
    expect((await credit(after)).credited).toMatchObject({ code: other })
  })

  test('a code made later is found behind a stronger claim and beside another code', async () => {
    const weaker = `WEAK${number}`
    const coupon = `COUP${number}`
    const install = `i_${number}`
    const claims = [
      { source: 'env', value: `NOBODY${number}` },
      { source: 'url', value: weaker },
    ]
    const sale = { type: 'sale', amount: 1, currency: 'EUR' }
    await collector.events([
      { id: `in${number}`, type: 'install', install, product: 'p', claims, at: at(1) },
      {
        ...sale,
        id: `a${number}`,
        customer: `a${number}`,
        order: `a${number}`,
        install,
        at: at(2),
      },
      {
        ...sale,
        id: `b${number}`,
        customer: `b${number}`,
        order: `b${number}`,
        code: `NOBODY${number}`,
        coupon,
        at: at(2),
      },
    ])
    await call(collector, 'POST', `/v1/partners/${partners.Ann}/codes`, { code: weaker })
    await call(collector, 'POST', `/v1/partners/${partners.Ann}/codes`, { code: coupon })
    expect((await credit(`a${number}`)).credited).toMatchObject({ code: weaker })
    expect((await credit(`b${number}`)).credited).toMatchObject({ code: coupon })
  })

  test('a new partner and a new link credit the visits that named their codes', async () => {
    const code = `WAIT${number}`
    const linked = `LINK${number}`
    const customer = await story([code])
    const made = await call(collector, 'POST', '/v1/partners', {
      email: `w${number}@example.test`,
      name: 'Wanda',
      code,
    })
    expect((await credit(customer)).credited).toMatchObject({
      partner: { id: made.body.id, name: 'Wanda' },
    })
    number += 100
    const second = await story([linked])
    await call(collector, 'POST', '/v1/links', {
      partner: made.body.id,
      to: 'https://acme.test/x',
      code: linked,
    })
    expect((await credit(second)).credited).toMatchObject({ code: linked })
  })

  test('a code that many customers came with credits every one of them', async () => {
    const code = `BULK${number}`
    const ids = Array.from({ length: 230 }, (_, index) => `bulk${number}:${index}`)
    await collector.events(
      ids.map((id) => ({ id: `visit:${id}`, type: 'visit', visitor: id, code, at: at(1) })),
    )
    await collector.events(
      ids.map((id) => ({ id: `s:${id}`, type: 'signup', visitor: id, customer: id, at: at(2) })),
    )
    const email = `bulk${number}@example.test`
    const { body } = await call(collector, 'POST', '/v1/partners', { email, name: 'Bulk', code })
    const page = await call(collector, 'GET', `/v1/customers?partner=${body.id}&limit=200`)
    const rest = await call(
      collector,
      'GET',
      `/v1/customers?partner=${body.id}&limit=200&cursor=${page.body.next}`,
    )
    expect([page.body.data.length, rest.body.data.length]).toEqual([200, 30])
    expect((await credit(ids.at(-1) ?? '')).credited).toMatchObject({ code })
  })

  test('a code that was named by more facts than one change looks at is credited too', async () => {
    const code = `FLOOD${number}`
    for (let batch = 0; batch < 5; batch++) {
      const visits = Array.from({ length: 450 }, (_, index) => ({
        id: `flood:${number}:${batch}:${index}`,
        type: 'visit',
        visitor: `flood${number}`,
        code,
        at: at(1),
      }))
      await collector.events(visits)
    }
    const customer = `flooded${number}`
    const signup = { type: 'signup', visitor: `flood${number}`, customer, at: at(2) }
    await collector.events([{ id: `s${customer}`, ...signup }])
    await call(collector, 'POST', `/v1/partners/${partners.Ann}/codes`, { code })
    const { credited, more } = await credit(customer)
    expect([credited?.code, more]).toEqual([code, 2249])
  })

  test('a partner deactivated with a past date loses the credit to the next one', async () => {
    const customer = await story(['ANNFIRST', 'BOBFIRST'])
    expect((await credit(customer)).credited.partner.name).toBe('Bob')
    const path = `/v1/partners/${partners.Bob}`
    await call(collector, 'PATCH', path, { status: 'inactive', from: at(2) })
    expect((await credit(customer)).credited.partner.name).toBe('Ann')
    expect((await credit(customer)).candidates[0]).toMatchObject({
      partner: partners.Bob,
      verdict: 'inactive',
    })
    await call(collector, 'PATCH', path, { status: 'active', from: at(2) })
    expect((await credit(customer)).credited.partner.name).toBe('Bob')
    await call(collector, 'PATCH', path, { status: 'inactive', from: at(21) })
    expect((await credit(customer)).credited.partner.name).toBe('Bob')
    await call(collector, 'PATCH', path, { status: 'active', from: at(21) })
  })

  test('an e-mail that a partner had makes the customer its own', async () => {
    const made = await call(collector, 'POST', '/v1/partners', {
      email: `self${number}@example.test`,
      name: 'Self',
      code: `SELF${number}`,
    })
    const customer = `own${number}`
    await collector.events([
      { id: `c${number}`, type: 'code', code: `SELF${number}`, customer, at: at(1) },
      {
        id: `s${number}`,
        type: 'signup',
        customer,
        email: `other${number}@example.test`,
        at: at(2),
      },
    ])
    expect((await credit(customer)).credited).not.toBeNull()
    for (const email of [`other${number}@example.test`, `third${number}@example.test`]) {
      await call(collector, 'PATCH', `/v1/partners/${made.body.id}`, { email })
      expect((await credit(customer)).candidates[0].verdict).toBe('self_referral')
    }
  })
})
