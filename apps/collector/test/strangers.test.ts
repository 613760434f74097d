/**
 * What a stranger can do who has the publishable key and guesses customer ids: nothing to the credit of a verified
 * customer, nothing to a stored secret fact (RULES A, F3, S).
 */
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decideStale } from '../src/jobs/decide-stale.ts'
import { ENGINES, openTestCollector, type TestCollector } from './test-collector.ts'

const TARGETS = 500
const START = Date.parse('2026-11-01T10:00:00.000Z')
const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS
const iso = (ms: number) => new Date(ms).toISOString()

describe.each(ENGINES)('a stranger on %s', (engine) => {
  let collector: TestCollector
  let before: Map<string, string>
  let secretFacts: string

  const at = async (ms: number) => {
    const response = await collector.send('PUT', '/v1/test-clock', { now: iso(ms) })
    expect(response.status).toBe(200)
  }
  const send = async (events: object[], key: string) => {
    for (let from = 0; from < events.length; from += 500) {
      const response = await collector.events(events.slice(from, from + 500), key)
      expect(response.status).toBe(200)
    }
  }
  const open = (events: object[]) => send(events, collector.program.publishableKey)
  const credits = async () => {
    // Large batches leave some customers to the job.
    await decideStale(collector.deps)
    const rows = await collector.deps.store.db
      .selectFrom('customer')
      .select(['id', 'partner_id', 'evidence', 'provisional', 'anchor'])
      .where('id', 'like', 'cus_%')
      .orderBy('id')
      .execute()
    return new Map(rows.map(({ id, ...rest }) => [id, JSON.stringify(rest)]))
  }
  const storedSecrets = async () => {
    const rows = await collector.deps.store.db
      .selectFrom('fact')
      .selectAll()
      .where('trust', '=', 'secret')
      .orderBy('id')
      .execute()
    return JSON.stringify(rows)
  }
  const targets = Array.from({ length: TARGETS }, (_, n) => n)

  beforeAll(async () => {
    collector = await openTestCollector(engine)
    for (const [email, code] of [
      ['jane@example.com', 'JANE'],
      ['thief@example.com', 'THIEF'],
    ]) {
      const made = await collector.send('POST', '/v1/partners', { email, name: code, code })
      expect(made.status).toBe(201)
    }
    // Half of the customers came by Jane's link, half by nobody's.
    await at(START)
    await open(
      targets
        .filter((n) => n % 2 === 0)
        .map((n) => ({ id: `visit-${n}`, type: 'visit', visitor: `v_${n}`, code: 'JANE' })),
    )
    await at(START + HOUR_MS)
    await send(
      targets.flatMap((n) => [
        {
          id: `signup:cus_${n}`,
          type: 'signup',
          customer: `cus_${n}`,
          visitor: `v_${n}`,
          email: `c${n}@shop.test`,
        },
        {
          id: `sale:in_${n}`,
          type: 'sale',
          customer: `cus_${n}`,
          order: `in_${n}`,
          amount: 4900,
          currency: 'EUR',
        },
      ]),
      collector.program.secretKey,
    )
    before = await credits()
    secretFacts = await storedSecrets()
    expect(before.size).toBe(TARGETS)
    expect([...before.values()].filter((row) => row.includes('ptr_'))).toHaveLength(TARGETS / 2)
  })
  afterAll(() => collector.closeAll())

  const attacks: [string, (n: number) => object[]][] = [
    [
      'back-dates signups of its own visitor',
      (n) => [
        {
          id: `a1-v-${n}`,
          type: 'visit',
          visitor: `x_${n}`,
          code: 'THIEF',
          at: iso(START - 5 * DAY_MS),
        },
        {
          id: `a1-s-${n}`,
          type: 'signup',
          customer: `cus_${n}`,
          visitor: `x_${n}`,
          at: iso(START - 4 * DAY_MS),
        },
      ],
    ],
    [
      'takes the ids that the backend would use',
      (n) => [
        { id: `sale:in_${n}`, type: 'visit', visitor: `x_${n}`, code: 'THIEF' },
        {
          id: `signup:cus_${n}`,
          type: 'signup',
          customer: `cus_${n}`,
          visitor: `x_${n}`,
          code: 'THIEF',
        },
        { id: `refund:re_${n}`, type: 'code', visitor: `x_${n}`, code: 'THIEF' },
      ],
    ],
    [
      'ties its own visitor to the customer',
      (n) => [
        { id: `a3-v-${n}`, type: 'visit', visitor: `y_${n}`, code: 'THIEF', at: iso(START) },
        {
          id: `a3-i-${n}`,
          type: 'identify',
          customer: `cus_${n}`,
          visitor: `y_${n}`,
          at: iso(START),
        },
      ],
    ],
    [
      'types a code after the purchase, as the customer by name',
      (n) => [
        { id: `a4-s-${n}`, type: 'signup', customer: `cus_${n}`, code: 'THIEF' },
        { id: `a4-c-${n}`, type: 'code', visitor: `z_${n}`, code: 'THIEF' },
        { id: `a4-i-${n}`, type: 'identify', customer: `cus_${n}`, visitor: `z_${n}` },
      ],
    ],
    [
      "gives the customer the partner's e-mail, so that the partner looks self-referred",
      (n) => [
        {
          id: `a5-${n}`,
          type: 'identify',
          customer: `cus_${n}`,
          visitor: `w_${n}`,
          email: 'jane@example.com',
          at: iso(START - DAY_MS),
        },
      ],
    ],
    [
      'installs a product of its own for the customer',
      (n) => [
        {
          id: `a6-${n}`,
          type: 'install',
          install: `i_${n}`,
          product: 'pbx',
          claims: [{ source: 'flag', value: 'THIEF' }],
          at: iso(START - DAY_MS),
        },
        { id: `a6-i-${n}`, type: 'identify', customer: `cus_${n}`, install: `i_${n}` },
      ],
    ],
    [
      'signs with a secret of its own',
      (n) => [
        {
          id: `a7-${n}`,
          type: 'identify',
          customer: `cus_${n}`,
          visitor: `x_${n}`,
          signature: `${Math.floor(START / 1000)}.${createHmac('sha256', 'guess').update(`x:acme:cus_${n}`).digest('hex')}`,
        },
      ],
    ],
  ]

  test.each(attacks)('that %s changes no credit and no secret fact', async (_name, attack) => {
    await at(START + 1.5 * HOUR_MS)
    await open(targets.flatMap(attack))
    expect(await credits()).toEqual(before)
    expect(await storedSecrets()).toBe(secretFacts)
  })

  test('that does all of it again weeks later changes nothing either', async () => {
    await at(START + 21 * DAY_MS)
    await open(
      targets.flatMap((n) =>
        attacks
          .flatMap(([, attack]) => attack(n))
          .map((event) => ({ ...event, id: `${'id' in event ? event.id : ''}-again` })),
      ),
    )
    expect(await credits()).toEqual(before)
    expect(await storedSecrets()).toBe(secretFacts)
  })

  test('who was there before the backend: what it tied is void once the backend speaks', async () => {
    await at(START + 30 * DAY_MS)
    await open([
      { id: 'pre-v', type: 'visit', visitor: 'pre_x', code: 'THIEF' },
      {
        id: 'pre-i',
        type: 'identify',
        customer: 'new_1',
        visitor: 'pre_x',
        email: 'jane@example.com',
      },
      { id: 'pre-s', type: 'signup', customer: 'new_1', visitor: 'pre_x', code: 'THIEF' },
      { id: 'real-v', type: 'visit', visitor: 'v_real', code: 'JANE' },
    ])
    await send(
      [
        {
          id: 'signup:new_1',
          type: 'signup',
          customer: 'new_1',
          visitor: 'v_real',
          email: 'new@shop.test',
        },
      ],
      collector.program.secretKey,
    )
    const response = await collector.send('GET', '/v1/customers/new_1/credit')
    expect(await response.json()).toMatchObject({
      credited: { code: 'JANE' },
      verified: true,
      provisional: null,
      candidates: expect.arrayContaining([
        expect.objectContaining({ code: 'THIEF', verdict: 'unverified' }),
      ]),
    })
  })

  test('open ties alone give provisional credit, contested when two visitors name two partners', async () => {
    await at(START + 31 * DAY_MS)
    await open([
      { id: 'o-v', type: 'visit', visitor: 'o_1', code: 'JANE' },
      { id: 'o-s', type: 'signup', customer: 'open_1', visitor: 'o_1' },
    ])
    const alone = await collector.send('GET', '/v1/customers/open_1/credit')
    expect(await alone.json()).toMatchObject({
      credited: { code: 'JANE' },
      provisional: 'unverified',
    })
    await open([
      { id: 'o-v2', type: 'visit', visitor: 'o_2', code: 'THIEF' },
      { id: 'o-i2', type: 'signup', customer: 'open_1', visitor: 'o_2' },
    ])
    const two = await collector.send('GET', '/v1/customers/open_1/credit')
    expect(await two.json()).toMatchObject({ provisional: 'contested' })
  })
})
