import type { BatchAnswer, PaypalAnswer } from '@sentby/contract'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runPayouts } from '../../src/jobs/payouts.ts'
import { ENGINES } from '../test-collector.ts'
import { DAY_MS, MINUTE_MS, openPaypalWorld, type PaypalWorld } from './paypal-world.ts'

describe.each(ENGINES)('what PayPal tells of payments on %s', (engine) => {
  let own: PaypalWorld

  beforeAll(async () => {
    own = await openPaypalWorld(engine)
  })
  beforeEach(async () => {
    own.paypal.heal()
    await own.setUp()
  })
  afterEach(async () => {
    expect(own.paypal.paidTwice()).toEqual([])
    expect(await own.world.faults()).toEqual([])
  })
  afterAll(() => own.end())

  const sent = async (amount = 1000, currency = 'EUR') => {
    const partner = await own.partner(amount, currency)
    const batch = await own.close([partner])
    await own.send(batch)
    return { partner, batch, item: own.paypal.batchOfKey(batch)?.items[0] }
  }
  const first = async (batch: string) => (await own.payouts(batch))[0]

  test.each([
    ['SUCCESS', 'paid'],
    ['PENDING', 'submitted'],
    ['UNCLAIMED', 'submitted'],
    ['ONHOLD', 'submitted'],
    ['BLOCKED', 'unknown'],
    ['FAILED', 'failed'],
    ['RETURNED', 'returned'],
    ['REFUNDED', 'returned'],
    ['REVERSED', 'returned'],
    ['CANCELED', 'returned'],
    ['A_WORD_OF_TOMORROW', 'submitted'],
  ])('%s is %s', async (word, status) => {
    own.paypal.itemStatus = word
    const { batch } = await sent()
    await own.later(2 * MINUTE_MS)
    expect(await first(batch)).toMatchObject({ status })
  })

  test('an answer without an end is given up, and asked for another time', async () => {
    own.paypal.looks = 'endless'
    const { batch } = await sent()
    own.paypal.requests.length = 0
    await own.later(2 * MINUTE_MS)
    expect(own.paypal.requests.length).toBeLessThan(5)
    expect(await own.batch(batch)).toMatchObject({
      status: 'submitted',
      sent: { problem: 'the provider cannot be asked' },
    })
    own.paypal.looks = 'well'
    await own.later(10 * MINUTE_MS)
    expect(await first(batch)).toMatchObject({ status: 'paid' })
  })

  test('what failed tells why', async () => {
    own.paypal.itemStatus = 'FAILED'
    const { batch } = await sent()
    await own.later(2 * MINUTE_MS)
    expect((await first(batch))?.reason).toBe('PayPal says FAILED: RECEIVER_UNREGISTERED')
  })

  test('what was unclaimed for a month comes back, and can be paid again', async () => {
    own.paypal.itemStatus = 'UNCLAIMED'
    const { batch, partner, item } = await sent()
    for (let n = 0; n < 5; n++) await own.later(7 * DAY_MS)
    expect(await first(batch)).toMatchObject({ status: 'submitted' })
    if (item) item.status = 'RETURNED'
    await own.later(DAY_MS)
    expect(await first(batch)).toMatchObject({ status: 'returned' })
    expect(await own.world.balance(partner)).toEqual([
      expect.objectContaining({ approved: 1000, reserved: 0, settled: 0 }),
    ])
  })

  test('what was paid and comes back later is found without a word of PayPal', async () => {
    const { batch, item } = await sent()
    await own.later(2 * MINUTE_MS)
    expect(await first(batch)).toMatchObject({ status: 'paid' })
    if (item) item.status = 'RETURNED'
    await own.later(DAY_MS)
    expect(await first(batch)).toMatchObject({ status: 'returned' })
  })

  test.each([
    ['another amount', { value: '9.99' }],
    ['no amount', { value: 'ten' }],
    ['another currency', { currency: 'USD' }],
  ])('%s changes nothing, and is told', async (_, wrong) => {
    const { batch, item } = await sent()
    if (item) Object.assign(item, wrong)
    for (let n = 0; n < 3; n++) await own.later(DAY_MS)
    const what = 'currency' in wrong ? 'currency' : 'amount'
    const said = `the provider tells another ${what}`
    expect(await first(batch)).toMatchObject({ status: 'submitted', reason: said })
    expect((await own.batch(batch)).sent?.problem).toContain(said)
  })

  test('what a person gave back and PayPal paid is told, and moves nothing', async () => {
    own.paypal.itemStatus = 'PENDING'
    const { batch, item } = await sent()
    const payout = await first(batch)
    const mark = { status: 'failed', reason: 'we think so' }
    await own.world.call('POST', `/v1/payouts/${payout?.id}/mark`, mark)
    if (item) item.status = 'SUCCESS'
    const { id } = own.paypal.batchOfKey(batch) ?? { id: '' }
    await own.world.call('POST', '/v1/paypal/acme', { resource: { payout_batch_id: id } })
    await own.later(MINUTE_MS)
    expect(await first(batch)).toMatchObject({
      status: 'failed',
      reason: 'the provider says that it paid, and here it is failed',
    })
  })

  test('a denied batch, whose payments are not listed, gives all of it back', async () => {
    own.paypal.batchStatus = 'PENDING'
    own.paypal.itemStatus = 'PENDING'
    const { batch } = await sent()
    await own.later(2 * MINUTE_MS)
    const denied = own.paypal.batchOfKey(batch)
    if (denied) denied.status = 'DENIED'
    await own.later(DAY_MS)
    expect(await first(batch)).toMatchObject({
      status: 'failed',
      reason: 'PayPal denied the batch',
    })
  })

  test('a batch that is denied at once is given back at once', async () => {
    own.paypal.batchStatus = 'DENIED'
    const { batch } = await sent()
    expect(await first(batch)).toMatchObject({ status: 'failed' })
  })

  test('many pages are one report', async () => {
    const partners: string[] = []
    for (let n = 0; n < 7; n++) partners.push(await own.partner(100 + n))
    own.paypal.pageSize = 3
    const batch = await own.close(partners)
    await own.send(batch)
    await own.later(2 * MINUTE_MS)
    expect((await own.batch(batch)).states).toMatchObject([{ status: 'paid', count: 7 }])
  })

  test.each(['500', 'garbage', '404', '401'] as const)(
    'an answer %s to a look says nothing of payments',
    async (looks) => {
      own.paypal.looks = looks
      const { batch } = await sent()
      await own.later(2 * MINUTE_MS)
      expect((await first(batch))?.status).toMatch(/submitted|unknown/)
      own.paypal.looks = 'well'
      for (let n = 0; n < 3; n++) await own.later(DAY_MS)
      expect(await first(batch)).toMatchObject({ status: 'paid' })
    },
  )

  test.each([
    ['JPY', 1200, '1200'],
    ['HUF', 120_000, '1200'],
    ['TWD', 500, '5'],
    ['USD', 1, '0.01'],
  ])('%s %i goes as %s, and is read back so', async (currency, amount, value) => {
    const { batch, item } = await sent(amount, currency)
    expect(item).toMatchObject({ value, currency })
    await own.later(2 * MINUTE_MS)
    expect(await first(batch)).toMatchObject({ status: 'paid' })
  })

  test.each([
    ['a currency that PayPal does not pay', 'KWD', 1000, 'PayPal does not pay in KWD'],
    ['a part of a forint', 'HUF', 120_050, 'PayPal pays HUF without decimals'],
  ])('%s is refused before anybody is asked', async (_, currency, amount, said) => {
    const batch = await own.close([await own.partner(amount, currency)])
    const answer = await own.world.call('POST', `/v1/payouts/batches/${batch}/send`)
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
    expect(JSON.stringify(answer.body)).toContain(said)
    expect(own.paypal.requests).toEqual([])
    expect((await own.batch(batch)).status).toBe('ready')
  })

  test('a batch of another method cannot be sent', async () => {
    const partner = await own.world.partner('Manual')
    await own.world.reward(partner, 1000)
    const batch = await own.close([partner])
    expect(await own.send(batch)).toMatchObject({
      status: 400,
      body: { code: 'provider_not_set_up' },
    })
    expect((await own.send('bat_unknown')).status).toBe(404)
  })

  describe('by itself', () => {
    const closeAndRun = async (partner: string) => {
      const batch = await own.close([partner])
      await own.later(1000)
      return batch
    }
    const settings = async () =>
      (await own.world.call<PaypalAnswer>('GET', '/v1/program/paypal')).body

    test('what is closed from now on is sent, what was closed before is not', async () => {
      const before = await own.close([await own.partner(1000)])
      await own.later(1000)
      await own.setUp({ sends: 'at_close' })
      const batch = await closeAndRun(await own.partner(1000))
      expect(await own.batch(batch)).toMatchObject({ status: 'submitted', sent: { by: 'sentby' } })
      expect((await own.batch(before)).status).toBe('ready')
    })

    test('a batch that closed by its calendar is sent', async () => {
      await own.setUp({ sends: 'at_close' })
      await own.world.call('PATCH', '/v1/program', { payouts: { paypal: 'threshold' } })
      const partner = await own.partner(7700)
      await runPayouts(own.deps)
      await own.later(1000)
      await own.later(2 * MINUTE_MS)
      await own.world.call('PATCH', '/v1/program', { payouts: {} })
      expect(await own.world.balance(partner)).toEqual([
        expect.objectContaining({ approved: 0, reserved: 0, settled: 7700 }),
      ])
    })

    test('after a refusal nothing more is sent until the settings are made anew', async () => {
      await own.setUp({ sends: 'at_close' })
      own.paypal.faults.push('refused')
      await closeAndRun(await own.partner(1000))
      expect((await settings()).paused).toMatchObject({
        reason: expect.stringContaining('VALIDATION_ERROR'),
      })
      const waiting = await closeAndRun(await own.partner(1000))
      expect((await own.batch(waiting)).status).toBe('ready')
      await own.setUp({ sends: 'at_close' })
      expect((await settings()).paused).toBeNull()
      const next = await closeAndRun(await own.partner(1000))
      expect((await own.batch(next)).status).toBe('submitted')
    })

    test('whose payout failed is not paid by itself again and again', async () => {
      await own.setUp({ sends: 'at_close' })
      own.paypal.itemStatus = 'FAILED'
      const partner = await own.partner(1000)
      await closeAndRun(partner)
      await own.later(2 * MINUTE_MS)
      const next = await closeAndRun(partner)
      expect((await own.batch(next)).status).toBe('ready')
      own.paypal.itemStatus = 'SUCCESS'
      expect((await own.send(next)).body.status).toBe('submitted')
    })

    test('what PayPal cannot pay stays ready', async () => {
      await own.setUp({ sends: 'at_close' })
      const batch = await closeAndRun(await own.partner(1000, 'KWD'))
      const answer: BatchAnswer = await own.batch(batch)
      expect(answer.status).toBe('ready')
    })
  })
})
