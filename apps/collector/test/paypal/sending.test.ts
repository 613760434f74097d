import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { reconcileBatch } from '../../src/services/payouts/reconcile.ts'
import { beginSending, sendBatch } from '../../src/services/payouts/send-batch.ts'
import { ENGINES } from '../test-collector.ts'
import type { Fault } from './fake-paypal.ts'
import { DAY_MS, MINUTE_MS, openPaypalWorld, type PaypalWorld } from './paypal-world.ts'

describe.each(ENGINES)('a batch over PayPal’s API on %s', (engine) => {
  let own: PaypalWorld
  let max: string
  let lea: string
  let batch: string

  beforeAll(async () => {
    own = await openPaypalWorld(engine, { paymentTimeoutMs: 2000 })
  })
  beforeEach(async () => {
    own.paypal.heal()
    await own.later(1000)
    await own.setUp()
    max = await own.partner(1250)
    lea = await own.partner(900)
    batch = await own.close([max, lea])
  })
  afterEach(async () => {
    expect(own.paypal.paidTwice()).toEqual([])
    expect(await own.world.faults()).toEqual([])
  })
  afterAll(() => own.end())

  const statuses = async () => (await own.payouts(batch)).map(({ status }) => status)
  const balance = async () => (await own.world.balance(max))[0]

  test('is sent under its own key, with the payouts’ ids, and is paid when PayPal says so', async () => {
    const { status, body } = await own.send(batch)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      status: 'submitted',
      sent: { by: expect.stringMatching(/^key_/) },
    })
    const sent = own.paypal.batchOfKey(batch)
    expect(sent?.items.map(({ value, currency }) => `${value} ${currency}`).sort()).toEqual([
      '12.50 EUR',
      '9.00 EUR',
    ])
    await own.over(batch)
    const payouts = await own.payouts(batch)
    expect(payouts.map(({ status: stands }) => stands)).toEqual(['paid', 'paid'])
    expect(payouts.map(({ id, reference }) => reference === `TX${id}`)).toEqual([true, true])
    expect(await balance()).toMatchObject({ approved: 0, reserved: 0, settled: 1250 })
  })

  test('that is asked for again is sent once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => own.send(batch)))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect((await own.send(batch)).body.status).toBe('submitted')
    expect(own.paypal.requests.filter((one) => one === 'POST /v1/payments/payouts')).toHaveLength(1)
  })

  const AFTER: Fault[] = [
    'silent after paying',
    'cut after paying',
    '500 after paying',
    'garbage after paying',
    'html after paying',
    'redirect after paying',
  ]

  test.each(AFTER)(
    'is unknown when PayPal is %s, and paid once when it is asked',
    async (fault) => {
      own.paypal.faults.push(fault)
      const { body } = await own.send(batch)
      expect(body).toMatchObject({
        status: 'unknown',
        sent: { problem: 'no answer of the provider says whether it paid' },
      })
      expect(await balance()).toMatchObject({ approved: 0, reserved: 1250 })
      await own.over(batch)
      expect(await statuses()).toEqual(['paid', 'paid'])
    },
  )

  test.each<Fault>(['500 before paying', 'cut before paying'])(
    'that PayPal did not take (%s) is sent again under the same key',
    async (fault) => {
      own.paypal.faults.push(fault, fault)
      expect((await own.send(batch)).body.status).toBe('unknown')
      await own.over(batch)
      expect(await statuses()).toEqual(['paid', 'paid'])
    },
  )

  test.each<Fault>(['429', '403'])('waits when PayPal says %s, and goes later', async (fault) => {
    own.paypal.faults.push(fault)
    const { body } = await own.send(batch)
    expect(body).toMatchObject({
      status: 'submitted',
      sent: { problem: expect.stringContaining(fault) },
    })
    await own.over(batch)
    expect(await statuses()).toEqual(['paid', 'paid'])
  })

  test('goes on with a new token when the old one has ended', async () => {
    own.paypal.faults.push('401 once')
    await own.send(batch)
    await own.over(batch)
    expect(await statuses()).toEqual(['paid', 'paid'])
  })

  test.each(['401', 'html'] as const)('waits without a token (%s)', async (tokens) => {
    own.paypal.tokens = tokens
    expect((await own.send(batch)).body).toMatchObject({
      status: 'submitted',
      sent: { problem: expect.stringMatching(/^PayPal gave no token/) },
    })
    own.paypal.tokens = 'well'
    await own.over(batch)
    expect(await statuses()).toEqual(['paid', 'paid'])
  })

  test('that PayPal refuses gives the money back, and tells why', async () => {
    own.paypal.faults.push('refused')
    const { body } = await own.send(batch)
    expect(body).toMatchObject({ status: 'failed', sent: { problem: expect.any(String) } })
    const [payout] = await own.payouts(batch)
    expect(payout?.reason).toContain('PayPal: VALIDATION_ERROR; items[0].receiver is invalid')
    expect(await balance()).toMatchObject({ approved: 1250, reserved: 0 })
    const next = await own.close([max, lea])
    expect(next).not.toBe(batch)
    await own.send(next)
    await own.over(next)
    expect(await balance()).toMatchObject({ settled: 1250 })
  })

  test('that may have been paid is not given back by a refusal of the next call', async () => {
    // The first call took all the money: the second finds too little.
    own.paypal.faults.push('silent after paying', 'insufficient funds', 'refused')
    await own.send(batch)
    await own.later(10 * MINUTE_MS)
    expect(await statuses()).toEqual(['unknown', 'unknown'])
    expect(await balance()).toMatchObject({ approved: 0, reserved: 1250 })
    await own.over(batch)
    expect(await statuses()).toEqual(['paid', 'paid'])
  })

  test('is looked up where a refusal of its key says, and by nothing else', async () => {
    own.paypal.linksDuplicates = false
    own.paypal.faults.push('silent after paying')
    await own.send(batch)
    for (let n = 0; n < 3; n++) await own.later(DAY_MS)
    expect(await statuses()).toEqual(['unknown', 'unknown'])
    // PayPal's webhook tells the id; what PayPal says of that id counts.
    const { id } = own.paypal.batchOfKey(batch) ?? { id: '' }
    const header = { payout_batch_id: id, sender_batch_header: { sender_batch_id: batch } }
    const body = { event_type: 'PAYMENT.PAYOUTSBATCH.SUCCESS', resource: { batch_header: header } }
    expect(await own.world.call('POST', '/v1/paypal/acme', body)).toMatchObject({
      body: { woken: 1 },
    })
    await own.over(batch)
    expect(await statuses()).toEqual(['paid', 'paid'])
  })

  test('whose key may have ended is never sent again: a person looks', async () => {
    own.paypal.faults.push('500 before paying')
    await own.send(batch)
    await own.later(29 * DAY_MS)
    await own.later(2 * DAY_MS)
    expect(own.paypal.batchOfKey(batch)).toBeUndefined()
    expect(await statuses()).toEqual(['unknown', 'unknown'])
    expect((await own.batch(batch)).sent).not.toHaveProperty('lookAt')
    const [first] = await own.payouts(batch)
    const mark = { status: 'failed', reason: 'PayPal has no such payment' }
    const answer = await own.world.call('POST', `/v1/payouts/${first?.id}/mark`, mark)
    expect(answer.status).toBe(200)
  })

  test('is never asked of another account', async () => {
    own.paypal.faults.push('500 before paying')
    await own.send(batch)
    await own.setUp({ environment: 'live' })
    for (let n = 0; n < 3; n++) await own.later(DAY_MS)
    expect(own.paypal.batchOfKey(batch)).toBeUndefined()
    expect((await own.batch(batch)).sent?.problem).toContain('another account')
    await own.setUp()
    await own.over(batch)
    expect(await statuses()).toEqual(['paid', 'paid'])
  })

  test('is in no file any more, and one whose file went is not sent', async () => {
    await own.send(batch)
    for (const query of ['', '?again=true', '?format=csv&again=true']) {
      const path = `/v1/payouts/batches/${batch}/file${query}`
      expect(await own.world.call('GET', path)).toMatchObject({ status: 409 })
    }
    const byFile = await own.close([await own.partner(500)])
    await own.world.call('POST', `/v1/payouts/batches/${byFile}/submit`)
    expect(await own.send(byFile)).toMatchObject({ status: 409, body: { code: 'stale' } })
    expect(own.paypal.batchOfKey(byFile)).toBeUndefined()
  })

  test('is not sent where some of it is under way by hand', async () => {
    const [first] = await own.payouts(batch)
    await own.world.call('POST', `/v1/payouts/${first?.id}/mark`, { status: 'submitted' })
    expect(await own.send(batch)).toMatchObject({ status: 409, body: { code: 'stale' } })
  })

  test('sends again only what has no end: what a person gave back stays back', async () => {
    own.paypal.faults.push('500 before paying')
    await own.send(batch)
    const payouts = await own.payouts(batch)
    const mine = payouts.find(({ partner }) => partner === max)
    const mark = { status: 'failed', reason: 'paid by bank' }
    await own.world.call('POST', `/v1/payouts/${mine?.id}/mark`, mark)
    await own.over(batch)
    const paid = payouts.filter(({ id }) => own.paypal.paid.has(id))
    expect(paid.map(({ partner }) => partner)).toEqual([lea])
    expect(await balance()).toMatchObject({ approved: 1250, reserved: 0, settled: 0 })
  })

  test('that people ended tells of no problem with PayPal, which knows nothing of it', async () => {
    own.paypal.faults.push('500 before paying')
    await own.send(batch)
    for (const { id } of await own.payouts(batch)) {
      await own.world.call('POST', `/v1/payouts/${id}/mark`, { status: 'paid' })
    }
    await own.later(2 * DAY_MS)
    expect(await statuses()).toEqual(['paid', 'paid'])
    expect((await own.batch(batch)).sent).not.toHaveProperty('problem')
  })

  test('takes no word of people while PayPal is being asked', async () => {
    const provider = await own.deps.providers.of(own.world.programId, 'paypal')
    await beginSending(own.deps, own.world.programId, batch, provider, 'test')
    const [first] = await own.payouts(batch)
    const path = `/v1/payouts/${first?.id}/mark`
    const mark = { status: 'failed', reason: 'a person says so' }
    expect(await own.world.call('POST', path, mark)).toMatchObject({
      status: 409,
      body: { code: 'in_progress', retryable: true },
    })
    // The collector died: its call is over after a while.
    await own.later(4 * MINUTE_MS)
    expect(await statuses()).toEqual(['submitted', 'submitted'])
    await own.over(batch)
    expect(await statuses()).toEqual(['paid', 'paid'])
  })

  test('is paid once where two collectors ask at the same time', async () => {
    own.paypal.faults.push('500 before paying')
    await own.send(batch)
    own.deps.testClock?.set(own.deps.clock.now() + DAY_MS)
    const asking = [own.deps, own.another(), own.another()].map(async (deps) => ({
      looked: await reconcileBatch(deps, own.world.programId, batch),
    }))
    const looked = (await Promise.all(asking)).filter((one) => one.looked)
    expect(looked).toHaveLength(1)
    await own.over(batch)
    expect(await statuses()).toEqual(['paid', 'paid'])
  })

  test('is paid once where a call outlives its time and another one begins', async () => {
    const { programId } = own.world
    const provider = await own.deps.providers.of(programId, 'paypal')
    const asked = await beginSending(own.deps, programId, batch, provider, 'test')
    own.deps.testClock?.set(own.deps.clock.now() + 10 * MINUTE_MS)
    const others = Promise.all([
      reconcileBatch(own.deps, programId, batch),
      asked && provider?.send(asked),
    ])
    await others
    expect(await sendBatch(own.deps, programId, batch, 'again')).toMatchObject({ id: batch })
    await own.over(batch)
    expect(await statuses()).toEqual(['paid', 'paid'])
  })
})
