import type { ClosedAnswer } from '@sentby/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { reconcileBatch } from '../../src/services/payouts/reconcile.ts'
import { sendBatch } from '../../src/services/payouts/send-batch.ts'
import { call } from '../resources/programs.ts'
import { ENGINES } from '../test-collector.ts'
import { API_KEY, type BalanceWorld, MINUTE_MS, openBalanceWorld } from './balance-world.ts'
import type { CreditFault } from './fake-stripe.ts'

describe.each(ENGINES)('account credit at Stripe on %s', (engine) => {
  let own: BalanceWorld
  let jane: string
  let batch: string

  beforeEach(async () => {
    own = await openBalanceWorld(engine)
    jane = await own.partner(10_000)
    await own.partner(15_000)
    batch = await own.close()
  })
  afterEach(async () => {
    const paid = (await own.payouts(batch)).map(({ id, amount }) => [id, amount])
    for (const [id, credited] of own.stripe.credited()) expect(paid).toContainEqual([id, credited])
    expect(await own.world.faults()).toEqual([])
    await own.end()
  })

  const statuses = async () => (await own.payouts(batch)).map(({ status }) => status)
  const balance = async () => (await own.world.balance(jane))[0]

  test('is credited when the batch is sent, and settled at once', async () => {
    const { status, body } = await own.send(batch)
    expect(status).toBe(200)
    expect(body).toMatchObject({ status: 'paid', method: 'account_credit' })
    const payouts = await own.payouts(batch)
    for (const { id, reference, amount, destination } of payouts) {
      const transaction = own.stripe.transactions.find((one) => one.id === reference)
      expect(transaction).toMatchObject({
        amount: -amount,
        customer: destination['customer'],
        description: 'Acme: partner payout',
        metadata: { sentby_payout: id },
      })
    }
    expect(await balance()).toMatchObject({ approved: 0, reserved: 0, settled: 10_000 })
  })

  test('that is asked for again is credited once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => own.send(batch)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    await own.send(batch)
    expect(own.stripe.transactions).toHaveLength(2)
  })

  const AFTER: CreditFault[] = [
    'cut after crediting',
    '500 after crediting',
    'page after crediting',
  ]
  test.each(AFTER)('that met %s is found, and credited once', async (fault) => {
    own.stripe.failCredits(fault, fault)
    await own.send(batch)
    await own.later(2 * MINUTE_MS)
    expect(await statuses()).toEqual(['paid', 'paid'])
    expect(own.stripe.transactions).toHaveLength(2)
  })

  const BEFORE: CreditFault[] = ['429', '401', 'key in use', 'cut before crediting']
  test.each(BEFORE)('that met %s before it was taken is sent again', async (fault) => {
    own.stripe.failCredits(fault, fault, fault)
    await own.send(batch)
    await own.later(2 * MINUTE_MS)
    await own.later(6 * MINUTE_MS)
    expect(await statuses()).toEqual(['paid', 'paid'])
  })

  test('what Stripe answers with an error for as long as its key lives waits for a person', async () => {
    own.stripe.failCredits('500', '500')
    await own.send(batch)
    for (let hours = 0; hours < 30; hours += 6) await own.later(6 * 60 * MINUTE_MS)
    expect(await statuses()).toEqual(['unknown', 'unknown'])
    expect(own.stripe.transactions).toEqual([])
    const requests = own.stripe.requests.length
    const [first] = await own.payouts(batch)
    expect(first?.reason).toMatch(/look there, then mark it/)
    await own.later(24 * 60 * MINUTE_MS)
    expect(own.stripe.requests.slice(requests).map(({ method }) => method)).not.toContain('POST')
  })

  test('that Stripe refuses of one partner is approved again, and told in Stripe’s words', async () => {
    const [customer = ''] = [...own.stripe.customers.keys()]
    own.stripe.customers.set(customer, 'usd')
    await own.send(batch)
    const payouts = await own.payouts(batch)
    const refused = payouts.find(({ destination }) => destination['customer'] === customer)
    expect(refused).toMatchObject({ status: 'failed', reason: expect.stringContaining('has usd') })
    expect(payouts.filter(({ status }) => status === 'paid')).toHaveLength(1)
    expect(await balance()).toMatchObject({ approved: 10_000, settled: 0 })
  })

  test('another amount than ours is told to a person, and not taken', async () => {
    own.stripe.failCredits('other amount')
    await own.send(batch)
    const odd = (await own.payouts(batch)).find(({ status }) => status !== 'paid')
    expect(odd).toMatchObject({ reason: 'the provider tells another amount' })
    own.stripe.transactions.splice(0)
  })

  test('another account is never asked for what one was asked for', async () => {
    own.stripe.failCredits('500 after crediting', '500 after crediting')
    await own.send(batch)
    const asked = own.stripe.requests.length
    await own.setUp({ apiKey: API_KEY.replace('Acme', 'Else') })
    await own.later(2 * MINUTE_MS)
    expect(await statuses()).toEqual(['unknown', 'unknown'])
    expect(own.stripe.requests).toHaveLength(asked)
    // The account's next key goes on.
    await own.setUp({ apiKey: API_KEY.replace('Secret0001', 'Secret0002') })
    await own.later(6 * MINUTE_MS)
    expect(await statuses()).toEqual(['paid', 'paid'])
  })

  test('without a key nobody is asked, and the batch stays for a file or a webhook', async () => {
    await own.setUp({ apiKey: undefined })
    expect(await own.send(batch)).toMatchObject({
      status: 400,
      body: { code: 'provider_not_set_up' },
    })
    expect(await statuses()).toEqual(['ready', 'ready'])
    expect(own.stripe.requests).toEqual([])
  })

  test('is sent by the job where the vendor wants that, from then on', async () => {
    await own.later(MINUTE_MS)
    await own.setUp({ sends: 'at_close' })
    await own.later(MINUTE_MS)
    expect(await statuses()).toEqual(['ready', 'ready'])
    await own.world.reward(jane, 700, { kind: 'account_credit' })
    const next = await own.close([jane])
    await own.setUp({ sends: 'at_close', apiKey: undefined })
    await own.later(MINUTE_MS)
    expect((await own.payouts(next)).map(({ status }) => status)).toEqual(['ready'])
    await own.setUp({ sends: 'at_close' })
    await own.world.reward(jane, 800, { kind: 'account_credit' })
    batch = await own.close([jane])
    await own.later(MINUTE_MS)
    expect(await statuses()).toEqual(['paid'])
    expect([...own.stripe.credited().values()]).toEqual([800])
  })

  test('goes to customers of Stripe’s alone; others wait', async () => {
    const credit = { kind: 'account_credit' as const }
    const id = await own.world.partner('Max', { customer: 'user_42' })
    await own.world.reward(id, 100, credit)
    const close = () =>
      own.world.call<ClosedAnswer>('POST', '/v1/payouts', { dryRun: true, partners: [id] })
    expect((await close()).body).toMatchObject({
      batches: [],
      waiting: [{ reason: 'bad_destination' }],
    })
    await own.world.call('PATCH', `/v1/partners/${id}`, { customer: 'cus_Max' })
    expect((await close()).body.payouts).toMatchObject([{ destination: { customer: 'cus_Max' } }])
    await own.world.call('PATCH', `/v1/partners/${id}`, { customer: 'user_42' })
    await own.setUp({ apiKey: undefined })
    expect((await close()).body.payouts).toMatchObject([{ destination: { customer: 'user_42' } }])
  })
})

describe.each(ENGINES)('timeouts after crediting on %s', (engine) => {
  // More of them: PROPERTY_RUNS=125 are 1,000.
  const runs = Number(process.env['PROPERTY_RUNS'] ?? (engine === 'sqlite' ? 4 : 2))
  const PARTNERS = 8

  test(`${runs * PARTNERS} of them credit nobody twice, whoever asks after them`, {
    timeout: 60_000 + runs * 15_000,
  }, async () => {
    const own = await openBalanceWorld(engine)
    const partners: string[] = []
    for (let n = 0; n < PARTNERS; n++) partners.push(await own.partner(0))
    let sent = 0
    for (let run = 0; run < runs; run++) {
      for (const partner of partners) {
        await own.world.reward(partner, 1000 + run, { kind: 'account_credit' })
      }
      const batch = await own.close(partners)
      own.stripe.failCredits(...partners.map(() => 'silent after crediting' as const))
      // The collector that sends dies, or two ask at once.
      const programId = own.world.programId
      await sendBatch(own.another(150), programId, batch, 'test')
      sent += (await own.payouts(batch)).filter(({ status }) => status === 'unknown').length
      own.deps.testClock?.set(own.deps.clock.now() + 2 * MINUTE_MS)
      const others = [own.deps, own.another()]
      await Promise.all(others.map((deps) => reconcileBatch(deps, programId, batch)))
      expect(new Set((await own.payouts(batch)).map(({ status }) => status))).toEqual(
        new Set(['paid']),
      )
    }
    expect(sent).toBe(runs * PARTNERS)
    expect(own.stripe.transactions).toHaveLength(runs * PARTNERS)
    expect(own.stripe.credited().size).toBe(runs * PARTNERS)
    expect(await own.world.faults()).toEqual([])
    await own.end()
  })
})

describe('the key of Stripe’s', () => {
  test.each<[string, object, number]>([
    ['a restricted key', { apiKey: API_KEY }, 200],
    ['a restricted key of the mode', { apiKey: API_KEY, livemode: false }, 200],
    ['one of the other mode', { apiKey: API_KEY, livemode: true }, 422],
    ['a key that may do everything', { apiKey: API_KEY.replace('rk', 'sk') }, 422],
    ['a publishable key', { apiKey: API_KEY.replace('rk', 'pk') }, 422],
    ['something else', { apiKey: 'rk_test_1\n2345678' }, 422],
  ])('%s: %j is answered with %i', async (_, more, status) => {
    const own = await openBalanceWorld('sqlite')
    const told = await own.setUp(more)
    expect(told.status).toBe(status)
    expect(JSON.stringify(told.body)).not.toContain('AcmeSecret')
    await own.end()
  })

  test('is told by its end alone, and unset by the next settings without it', async () => {
    const own = await openBalanceWorld('sqlite')
    const { collector } = own.world
    const read = async () => (await call(collector, 'GET', '/v1/program/stripe')).body
    expect(await read()).toMatchObject({ apiKeyEndsWith: '0001', sends: 'by_hand' })
    expect(JSON.stringify(await read())).not.toContain('AcmeSecret')
    await own.setUp({ apiKey: undefined })
    expect(await read()).toMatchObject({ apiKeyEndsWith: null })
    await own.end()
  })
})
