import type {
  BatchAnswer,
  ClosedAnswer,
  PayoutAnswer,
  PayoutDetail,
  ResultAnswer,
} from '@sentby/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES } from '../test-collector.ts'
import { openWorld, type World } from './world.ts'

const ECB = { rate: '0.9215', source: 'ECB 2026-11-20' }
const TO_EUR = { to: 'EUR', rates: { USD: ECB } }

describe.each(ENGINES)('a payout in another currency on %s', (engine) => {
  let world: World

  beforeAll(async () => {
    world = await openWorld(engine)
    const terms = { trigger: 'every_sale', rate: { basisPoints: 3000 } }
    const minimumPayout = { amount: 20_000, currency: 'USD' }
    await world.call('PUT', '/v1/groups/default/terms', { ...terms, minimumPayout })
    await world.call('PATCH', '/v1/program', { publishDay: 13 })
  })
  afterEach(async () => {
    expect(await world.faults()).toEqual([])
  })
  afterAll(() => world.close())

  let n = 0
  const pay = (input: object, key?: string) =>
    world.call<ClosedAnswer>('POST', '/v1/payouts', input, key)
  /** A partner whom PayPal pays; `payout` adds to that. */
  const partner = (payout: object = {}) => {
    const name = `Partner${++n}`
    return world.partner(name, {
      payout: { method: 'paypal', email: `${name}@pay.test`, minimum: 0, ...payout },
    })
  }
  const earn = async (amount: number, currency = 'USD', payout: object = {}) => {
    const id = await partner({ minimumCurrency: currency, ...payout })
    await world.reward(id, amount, { currency })
    return id
  }

  test('the ledger keeps what was earned; the file, the report and the answers tell what is paid', async () => {
    const [max, lea] = [await earn(10_000), await earn(33_333)]
    const converted = { currency: 'EUR', ...ECB }
    const dry = await pay({ partners: [max, lea], convert: TO_EUR, dryRun: true })
    const { body } = await pay({ partners: [max, lea], convert: TO_EUR })
    for (const { batches, payouts } of [dry.body, body]) {
      expect(batches).toMatchObject([
        { currency: 'USD', amount: 43_333, converted: { ...converted, amount: 9215 + 30_716 } },
      ])
      expect(payouts).toMatchObject([
        {
          partner: max,
          currency: 'USD',
          amount: 10_000,
          converted: { ...converted, amount: 9215 },
        },
        { partner: lea, amount: 33_333, converted: { ...converted, amount: 30_716 } },
      ])
    }
    expect(await world.balance(max)).toMatchObject([{ currency: 'USD', reserved: 10_000 }])
    const [id, other] = body.payouts.map((row) => row.id)
    const batch = `/v1/payouts/batches/${body.batches[0]?.id}`
    const file = await world.collector.app.request(`${batch}/file`, {
      headers: { authorization: `Bearer ${world.collector.program.secretKey}` },
    })
    const lines = (await file.text()).trim().split('\r\n')
    expect(lines.map((line) => line.split(',').slice(1, 4))).toEqual([
      ['92.15', 'EUR', id],
      ['307.16', 'EUR', other],
    ])
    for (const [row, outcome] of [
      [`${id},100.00,USD,Completed`, 'currency_differs'],
      [`${id},100.00,EUR,Completed`, 'amount_differs'],
      [`${id},92.14,EUR,Completed`, 'amount_differs'],
      [`${id},92.15,EUR,Completed`, 'done'],
    ]) {
      const report = `payout,amount,currency,status\n${row}\n`
      const told = await world.call<ResultAnswer>('POST', `${batch}/result`, report)
      expect(told.body.rows).toMatchObject([{ outcome }])
    }
    expect(await world.balance(max)).toMatchObject([{ currency: 'USD', settled: 10_000 }])
    expect((await world.call<PayoutDetail>('GET', `/v1/payouts/${id}`)).body).toMatchObject({
      ...{ status: 'paid', currency: 'USD', amount: 10_000, converted: { amount: 9215 } },
      rewards: [{ amount: 10_000 }],
    })
    expect((await world.call<BatchAnswer>('GET', batch)).body).toMatchObject({
      ...{ currency: 'USD', amount: 43_333, count: 2 },
      converted: { ...converted, amount: 39_931 },
    })
  })

  test('webhooks hear what is paid beside what was earned', async () => {
    const events = ['payout.closed', 'payout.settled']
    await world.call('POST', '/v1/webhooks', { url: 'https://acme.example/hooks', events })
    const max = await earn(10_000)
    const [payout] = (await pay({ partners: [max], convert: TO_EUR })).body.payouts
    await world.call('POST', `/v1/payouts/${payout?.id}/mark`, { status: 'paid' })
    const rows = await world.collector.deps.store.db
      .selectFrom('webhook_message')
      .select('body')
      .where('type', 'in', events)
      .orderBy('type')
      .execute()
    const told = { amount: 10_000, currency: 'USD', converted: { ...ECB, currency: 'EUR' } }
    expect(rows.map(({ body }) => JSON.parse(body).data)).toMatchObject([
      { batch: told },
      { payout: told },
    ])
  })

  test('what failed is approved again as it was earned, and the next batch converts it or does not', async () => {
    const max = await earn(10_000)
    const [first] = (await pay({ partners: [max], convert: TO_EUR })).body.payouts
    const mark = { status: 'failed', reason: 'closed account' }
    await world.call<PayoutAnswer>('POST', `/v1/payouts/${first?.id}/mark`, mark)
    expect(await world.balance(max)).toMatchObject([{ currency: 'USD', approved: 10_000 }])
    const [second] = (await pay({ partners: [max] })).body.payouts
    expect(second).toMatchObject({ currency: 'USD', amount: 10_000 })
    expect(second).not.toHaveProperty('converted')
  })

  test('partners who want another currency than that are paid as they earned', async () => {
    const all = [
      await earn(100, 'USD', { currency: 'USD' }),
      await earn(100, 'USD', { currency: 'eur' }),
      await earn(100, 'USD', { currency: 'GBP' }),
      await earn(100, 'USD'),
      await earn(100, 'EUR', { currency: 'USD' }),
    ]
    const { body } = await pay({ partners: all, convert: TO_EUR })
    const paid = new Map(body.payouts.map((row) => [row.partner, row.converted?.amount ?? null]))
    expect(all.map((id) => paid.get(id))).toEqual([null, 92, null, 92, null])
    expect(body.batches).toHaveLength(3)
    expect(body.batches.map((row) => row.converted?.amount)).toEqual(
      expect.arrayContaining([184, undefined]),
    )
  })

  test('balances of several currencies stay several payouts', async () => {
    const max = await partner({ currency: 'EUR' })
    for (const currency of ['EUR', 'GBP', 'JPY', 'USD']) {
      await world.reward(max, 50_000, { currency })
    }
    const rates = { USD: ECB, JPY: { rate: '0.0061', source: 'the bank' } }
    const { body } = await pay({ partners: [max], convert: { to: 'EUR', rates } })
    const paid = body.payouts.map((row) => [row.currency, row.converted?.amount ?? null])
    expect(new Map(paid as [string, number | null][])).toEqual(
      new Map([
        ['EUR', null],
        ['GBP', null],
        ['JPY', 30_500],
        ['USD', 46_075],
      ]),
    )
    expect(body.batches).toHaveLength(4)
  })

  test.each([
    ['under the minimum as it was earned, whatever it is worth', 19_999, '150', false],
    ['at the minimum, however little it is worth', 20_000, '0.0001', true],
  ])('%s', async (_, amount, rate, isPaid) => {
    const max = await world.partner(`Partner${++n}`)
    await world.reward(max, amount, { currency: 'USD' })
    const convert = { to: 'EUR', rates: { USD: { rate, source: 'a bank' } } }
    const { body } = await pay({ partners: [max], convert })
    expect(body.payouts).toHaveLength(isPaid ? 1 : 0)
    expect(body.waiting.map((row) => row.reason)).toEqual(isPaid ? [] : ['under_minimum'])
  })

  test.each([
    ['worth less than half a cent it waits', '0.49', 0],
    ['worth half a cent it is paid with one', '0.5', 1],
  ])('%s', async (_, rate, paid) => {
    const convert = { to: 'EUR', rates: { USD: { rate, source: 'a bank' } } }
    const { body } = await pay({ partners: [await earn(1)], convert })
    expect(body.payouts.map((row) => row.converted?.amount)).toEqual(paid === 0 ? [] : [paid])
    expect(body.waiting.map((row) => row.reason)).toEqual(paid === 0 ? ['under_minimum'] : [])
  })

  test('only what is published is converted, and rounded once', async () => {
    const max = await earn(3)
    await world.reward(max, 3, { currency: 'USD' })
    await world.reward(max, 100, { currency: 'USD', published_at: null, published_status: 'new' })
    const convert = { to: 'EUR', rates: { USD: { rate: '0.25', source: 'a bank' } } }
    expect((await pay({ partners: [max], convert })).body.payouts).toMatchObject([
      { amount: 6, unpublished: 100, converted: { amount: 2 } },
    ])
  })

  test('a rate that makes more than a number holds pays nobody', async () => {
    const max = await earn(10_000_000_000)
    const convert = { to: 'EUR', rates: { USD: { rate: '999999999999', source: 'a bank' } } }
    for (const dryRun of [true, false]) {
      const { status, body } = await pay({ partners: [max], convert, dryRun })
      expect(status).toBe(422)
      expect(body).toMatchObject({ errors: [{ pointer: '/convert/rates/USD' }] })
    }
    expect(await world.balance(max)).toMatchObject([{ approved: 10_000_000_000, reserved: 0 }])
  })

  test('another rate under the same Idempotency-Key is another request', async () => {
    const max = await earn(100)
    const asked = (rate: string) => ({
      partners: [max],
      convert: { to: 'EUR', rates: { USD: { ...ECB, rate } } },
    })
    const first = await pay(asked('0.92'), 'december')
    expect(await pay(asked('0.92'), 'december')).toEqual(first)
    expect((await pay(asked('0.93'), 'december')).body).toMatchObject({
      code: 'idempotency_key_reused',
    })
  })

  test('of 32 requests at different rates one pays, at its own', async () => {
    const max = await earn(1000)
    const answers = await Promise.all(
      Array.from({ length: 32 }, (_, i) =>
        pay({
          partners: [max],
          convert: { to: 'EUR', rates: { USD: { ...ECB, rate: `1.${100 + i}` } } },
        }),
      ),
    )
    const paying = answers.flatMap(({ body }) => body.payouts)
    expect(paying).toHaveLength(1)
    const rate = paying[0]?.converted?.rate
    expect(paying[0]?.converted?.amount).toBe(Number(rate?.replace('.', '')))
    expect(await world.balance(max)).toMatchObject([{ approved: 0, reserved: 1000 }])
  })
})

describe('what is no conversion', () => {
  let world: World
  beforeAll(async () => {
    world = await openWorld('sqlite')
  })
  afterAll(() => world.close())

  const asked = async (convert: unknown) => {
    const { status, body } = await world.call('POST', '/v1/payouts', { convert })
    const { errors } = body as { errors?: { pointer: string }[] }
    return { status, pointer: errors?.[0]?.pointer }
  }

  test.each([
    ['0'],
    ['0.000'],
    ['-0.9'],
    ['+0.9'],
    ['1e3'],
    ['0,9215'],
    ['1,000.5'],
    ['.5'],
    ['5.'],
    [' 1'],
    [''],
    ['1.2.3'],
    ['0x10'],
    ['٣'],
    ['1234567890123'],
    ['0.123456789012'],
    [0.9215],
    [null],
  ])('a rate of %j', async (rate) => {
    const { status, pointer } = await asked({ to: 'EUR', rates: { USD: { ...ECB, rate } } })
    expect(status).toBe(422)
    expect(pointer).toBe('/convert/rates/USD/rate')
  })

  test.each([['1'], ['123456789012'], ['0.12345678901'], ['00.10']])(
    'but %s is a rate',
    async (rate) => {
      expect(await asked({ to: 'EUR', rates: { USD: { ...ECB, rate } } })).toEqual({
        ...{ status: 201, pointer: undefined },
      })
    },
  )

  test.each([
    ['no source', { USD: { rate: '1' } }, '/convert/rates/USD/source'],
    ['an empty source', { USD: { rate: '1', source: '' } }, '/convert/rates/USD/source'],
    ['a blank source', { USD: { rate: '1', source: '  ' } }, '/convert/rates/USD/source'],
    [
      '201 characters',
      { USD: { rate: '1', source: 'x'.repeat(201) } },
      '/convert/rates/USD/source',
    ],
    ['no rates', {}, '/convert/rates'],
    ['a rate of what is paid', { EUR: ECB }, '/convert/rates'],
    ['a currency that is none', { USX: ECB }, '/convert/rates/USX'],
    ['a currency in small letters', { usd: ECB }, '/convert/rates/usd'],
    ['a word as a rate', { USD: '0.9' }, '/convert/rates/USD'],
    ['a further field', { USD: { ...ECB, fee: 1 } }, '/convert/rates/USD'],
  ])('%s', async (_, rates, pointer) => {
    const found = await asked({ to: 'EUR', rates })
    expect(found.status).toBe(422)
    expect(found.pointer).toContain(pointer)
  })

  test.each([[{ rates: { USD: ECB } }], [{ to: 'EUR' }], [{ to: 'EURO', rates: { USD: ECB } }]])(
    '%j',
    async (convert) => {
      expect((await asked(convert)).status).toBe(422)
    },
  )

  test('a source of 200 characters is kept', async () => {
    const source = 'x'.repeat(200)
    const max = await world.partner('Max')
    await world.reward(max, 100, { currency: 'USD' })
    const convert = { to: 'eur', rates: { USD: { rate: '1', source } } }
    const { body } = await world.call<ClosedAnswer>('POST', '/v1/payouts', { convert })
    expect(body.payouts[0]?.converted).toEqual({ amount: 100, currency: 'EUR', rate: '1', source })
  })
})
