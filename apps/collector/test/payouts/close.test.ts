import type { ClosedAnswer, PayoutDetail } from '@sentby/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ENGINES } from '../test-collector.ts'
import { openWorld, type World } from './world.ts'

const MINIMUM = { amount: 20000, currency: 'EUR' }

describe.each(ENGINES)('closing a batch on %s', (engine) => {
  let world: World

  beforeEach(async () => {
    world = await openWorld(engine)
  })

  afterEach(async () => {
    expect(await world.faults()).toEqual([])
    await world.close()
  })

  const pay = (input: object = {}, key?: string) =>
    world.call<ClosedAnswer>('POST', '/v1/payouts', input, key)

  const setMinimum = async () => {
    const terms = { trigger: 'every_sale', rate: { basisPoints: 3000 }, minimumPayout: MINIMUM }
    const { status } = await world.call('PUT', '/v1/groups/default/terms', terms)
    expect(status).toBe(200)
  }

  test('nothing approved makes no batch', async () => {
    await world.partner('Max')
    const { status, body } = await pay()
    expect(status).toBe(201)
    expect(body).toEqual({ dryRun: false, batches: [], payouts: [], waiting: [], left: 0 })
    const { body: batches } = await world.call<{ data: unknown[] }>('GET', '/v1/payouts/batches')
    expect(batches.data).toEqual([])
  })

  test('a balance beyond what a number holds is not paid, and holds up nobody else', async () => {
    const max = await world.partner('Max')
    await world.reward(max, Number.MAX_SAFE_INTEGER)
    await world.reward(max, 2)
    const lea = await world.partner('Lea')
    await world.reward(lea, 1000)
    const { status, body } = await pay()
    expect(status).toBe(201)
    expect(body.payouts).toEqual([expect.objectContaining({ partner: lea, amount: 1000 })])
    expect(body.waiting).toEqual([])
  })

  test('what a batch adds up to is exact: what goes beyond is left for the next one', async () => {
    for (const name of ['Max', 'Lea']) {
      await world.reward(await world.partner(name), Number.MAX_SAFE_INTEGER - 1)
    }
    await world.reward(await world.partner('Noa'), 1)
    const first = await pay()
    expect(first.body).toMatchObject({ batches: [{ amount: Number.MAX_SAFE_INTEGER }], left: 1 })
    const convert = { to: 'USD', rates: { EUR: { rate: '1', source: 'a test' } } }
    const second = await pay({ convert })
    expect(second.body).toMatchObject({ batches: [{ count: 1 }], left: 0 })
    const { status, body } = await world.call<{ data: unknown[] }>('GET', '/v1/payouts/batches')
    expect(status).toBe(200)
    expect(body.data).toHaveLength(2)
  })

  test('the whole approved balance goes into one payout, refunds taken off', async () => {
    const max = await world.partner('Max')
    const first = await world.reward(max, 1470)
    const second = await world.reward(max, 6000)
    await world.reward(max, -300, { reverses: first })
    const { status, body } = await pay()
    expect(status).toBe(201)
    expect(body.batches).toEqual([
      expect.objectContaining({ method: 'manual', kind: 'cash', currency: 'EUR', amount: 7170 }),
    ])
    const [payout] = body.payouts
    expect(payout).toMatchObject({ partner: max, amount: 7170 })
    expect(await world.balance(max)).toEqual([
      expect.objectContaining({ approved: 0, reserved: 7170, settled: 0 }),
    ])
    const { body: read } = await world.call<PayoutDetail>('GET', `/v1/payouts/${payout?.id}`)
    expect(read).toMatchObject({ status: 'ready', destination: { details: 'IBAN of Max' } })
    expect(read.rewards).toEqual([
      { reward: first, amount: 1170 },
      { reward: second, amount: 6000 },
    ])
    expect((await pay()).body.payouts).toEqual([])
  })

  test.each([
    ['one cent under the minimum waits', 19999, 'under_minimum'],
    ['at the minimum it is paid', 20000, undefined],
    ['above it as well', 20580, undefined],
    ['a balance of 0 is none', 0, undefined],
  ])('%s', async (_, amount, reason) => {
    await setMinimum()
    const max = await world.partner('Max')
    if (amount > 0) await world.reward(max, amount)
    const { body } = await pay()
    expect(body.waiting.map((row) => row.reason)).toEqual(reason ? [reason] : [])
    expect(body.payouts.map((row) => row.amount)).toEqual(reason || amount === 0 ? [] : [amount])
  })

  test.each([
    ['lower than the group’s', { minimum: 100 }, 100, true],
    ['lower, and one under it', { minimum: 100 }, 99, false],
    ['none at all', { minimum: 0 }, 1, true],
    [
      'of another currency it says nothing of this one',
      { minimum: 1, minimumCurrency: 'USD' },
      99,
      false,
    ],
    ['no number counts as none', { minimum: 'little' }, 99, false],
  ])('a partner’s own minimum: %s', async (_, own, amount, isPaid) => {
    await setMinimum()
    const payout = { method: 'manual', details: 'cash', ...own }
    await world.reward(await world.partner('Max', { payout }), amount)
    expect((await pay()).body.payouts).toHaveLength(isPaid ? 1 : 0)
  })

  test('currencies and kinds never mix, and a minimum is one of its currency', async () => {
    await setMinimum()
    const max = await world.partner('Max', { customer: 'cus_max' })
    await world.reward(max, 20000)
    await world.reward(max, 500, { currency: 'USD' })
    await world.reward(max, 700, { currency: 'JPY' })
    await world.reward(max, 900, { currency: 'USD', kind: 'account_credit' })
    const { body } = await pay()
    const found = body.payouts.map(({ method, kind, currency, amount }) => [
      method,
      kind,
      currency,
      amount,
    ])
    expect(new Set(found.map(String))).toEqual(
      new Set([
        'manual,cash,EUR,20000',
        'manual,cash,USD,500',
        'manual,cash,JPY,700',
        'account_credit,account_credit,USD,900',
      ]),
    )
    expect(body.batches).toHaveLength(4)
    const credit = body.payouts.find((row) => row.kind === 'account_credit')
    expect(credit?.destination).toEqual({ customer: 'cus_max' })
  })

  test('a debt is carried forward: never a negative payout, and later rewards pay it off', async () => {
    const max = await world.partner('Max')
    const first = await world.reward(max, 1000)
    const [payout] = (await pay()).body.payouts
    await world.call('POST', `/v1/payouts/${payout?.id}/mark`, { status: 'paid' })
    await world.reward(max, -400, { reverses: first })
    const debt = await pay()
    expect(debt.body.payouts).toEqual([])
    expect(debt.body.waiting).toEqual([
      { partner: max, kind: 'cash', currency: 'EUR', amount: -400, reason: 'in_debt' },
    ])
    expect(await world.balance(max)).toEqual([
      expect.objectContaining({ approved: -400, debt: 400, settled: 1000 }),
    ])
    await world.reward(max, 400)
    expect((await pay()).body).toMatchObject({ payouts: [], waiting: [] })
    await world.reward(max, 250)
    expect((await pay()).body.payouts.map((row) => row.amount)).toEqual([250])
  })

  test.each([
    ['no method', null, 'no_payout_method'],
    ['a method that is none', { method: 'pigeon' }, 'no_payout_method'],
    ['PayPal without an address', 'paypal', 'bad_destination'],
    ['an address that is none', { method: 'paypal', email: 'max' }, 'bad_destination'],
    ['an address that is a formula', { method: 'paypal', email: '=1@x.test' }, 'bad_destination'],
    ['by hand, and no text', { method: 'manual' }, 'bad_destination'],
    ['Wise without an address', { method: 'wise', name: 'Max' }, 'bad_destination'],
  ])('whoever gave %s earns all the same, and the payout waits', async (_, payout, reason) => {
    const max = await world.partner('Max', { payout })
    await world.reward(max, 1000)
    const { body } = await pay()
    expect(body.payouts).toEqual([])
    expect(body.waiting).toEqual([expect.objectContaining({ partner: max, amount: 1000, reason })])
    await world.call('PATCH', `/v1/partners/${max}`, { payout: 'Bank: DE00 1234' })
    expect((await pay()).body.payouts).toEqual([
      expect.objectContaining({ method: 'manual', destination: { details: 'Bank: DE00 1234' } }),
    ])
  })

  test('only what is asked for is paid', async () => {
    const [max, lea] = [await world.partner('Max'), await world.partner('Lea')]
    const noa = await world.partner('Noa', { payout: { method: 'paypal', email: 'n@pay.test' } })
    for (const partner of [max, lea, noa]) await world.reward(partner, 100)
    await world.reward(max, 100, { currency: 'USD' })
    const paid = async (input: object) =>
      (await pay(input)).body.payouts.map((row) => [row.partner, row.currency])
    expect(await paid({ currency: 'USD' })).toEqual([[max, 'USD']])
    expect(await paid({ method: 'paypal' })).toEqual([[noa, 'EUR']])
    expect(await paid({ partners: [lea] })).toEqual([[lea, 'EUR']])
    expect(await paid({ kind: 'coupon' })).toEqual([])
    expect(await paid({})).toEqual([[max, 'EUR']])
    const { status, body } = await pay({ partners: ['ptr_nobody'] })
    expect(status).toBe(422)
    expect(body).toMatchObject({ errors: [{ pointer: '/partners/0' }] })
  })

  test('a dry run tells the same and changes nothing', async () => {
    const max = await world.partner('Max')
    await world.reward(max, 1000)
    const dry = await pay({ dryRun: true })
    expect(dry.status).toBe(200)
    expect(dry.body).toMatchObject({
      dryRun: true,
      batches: [{ id: null }],
      payouts: [{ id: null }],
    })
    expect(await world.balance(max)).toEqual([expect.objectContaining({ approved: 1000 })])
    expect((await pay()).body.payouts).toHaveLength(1)
  })

  test('the same request under one Idempotency-Key is answered again, without effect', async () => {
    const max = await world.partner('Max')
    await world.reward(max, 1000)
    const first = await pay({}, 'november')
    await world.reward(max, 500)
    const again = await pay({}, 'november')
    expect(again).toEqual(first)
    expect(await world.balance(max)).toEqual([
      expect.objectContaining({ approved: 500, reserved: 1000 }),
    ])
    const other = await pay({ currency: 'EUR' }, 'november')
    expect(other.status).toBe(422)
    expect(other.body).toMatchObject({ code: 'idempotency_key_reused' })
  })

  test.each([
    [{ method: 'pigeon' }, '/method'],
    [{ partners: [] }, '/partners'],
    [{ currency: 'EURO' }, '/currency'],
    [{ amount: 5 }, ''],
  ])('%j is refused', async (input, pointer) => {
    const { status, body } = await pay(input)
    expect(status).toBe(422)
    expect((body as unknown as { errors: { pointer: string }[] }).errors[0]?.pointer).toContain(
      pointer,
    )
  })

  test('webhooks hear of a closed batch, of paid payouts and of settled rewards', async () => {
    const events = ['payout.closed', 'payout.settled', 'reward.settled']
    await world.call('POST', '/v1/webhooks', { url: 'https://acme.example/hooks', events })
    const max = await world.partner('Max')
    const reward = await world.reward(max, 1000)
    const [payout] = (await pay({ period: '2026-11' })).body.payouts
    const paid = { status: 'paid', reference: 'bank 17' }
    await world.call('POST', `/v1/payouts/${payout?.id}/mark`, paid)
    const rows = await world.collector.deps.store.db
      .selectFrom('webhook_message')
      .select(['type', 'body'])
      .where('type', 'in', events)
      .execute()
    const told = new Map(rows.map(({ type, body }) => [type, JSON.parse(body).data]))
    expect(told.get('payout.closed').batch).toMatchObject({
      amount: 1000,
      count: 1,
      period: '2026-11',
    })
    expect(told.get('payout.settled').payout).toMatchObject({
      id: payout?.id,
      reference: 'bank 17',
    })
    expect(told.get('reward.settled').reward).toMatchObject({ id: reward, status: 'settled' })
    expect(JSON.stringify(rows)).not.toContain('IBAN')
  })
})
