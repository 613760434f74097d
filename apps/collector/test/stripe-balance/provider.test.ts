import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Payment,
  type PaymentBatch,
  ProviderRefusal,
} from '../../src/adapters/payouts/provider.ts'
import { stripeBalance } from '../../src/adapters/payouts/stripe-balance.ts'
import {
  type CreditFault,
  type FakeStripe,
  type ListFault,
  startFakeStripe,
} from './fake-stripe.ts'

const KEY = 'rk_test_51AcmeAcmeAcmeAcmeSecret0001'
const HOUR_MS = 60 * 60 * 1000
const START = Date.parse('2026-11-22T10:00:00.000Z')

let stripe: FakeStripe
let nowMs: number

beforeEach(async () => {
  nowMs = START
  stripe = await startFakeStripe(() => nowMs)
  for (const customer of ['cus_jane', 'cus_lea', 'cus_max']) stripe.customers.set(customer, null)
})
afterEach(() => stripe.close())

function provider(account: string | null = null, apiKey = KEY, timeoutMs = 10_000) {
  return stripeBalance({ apiKey, account }, { url: stripe.url, timeoutMs, now: () => nowMs })
}

/** For what is never answered. */
const impatient = () => provider(null, KEY, 300)

function payment(id: string, more: Partial<Payment> & { customer?: string } = {}): Payment {
  const { customer = 'cus_jane', ...rest } = more
  return { id, amount: 5000, currency: 'EUR', destination: { customer }, ...rest }
}

function batch(...payments: Payment[]): PaymentBatch {
  const firstSentAt = new Date(START).toISOString()
  return { key: 'pob_1', providerId: null, firstSentAt, note: 'Acme: partner payout', payments }
}

const paid = (id: string, more: object = {}) => ({
  id,
  status: 'paid',
  amount: 5000,
  currency: 'EUR',
  reference: expect.stringMatching(/^cbtxn_/),
  reason: null,
  ...more,
})

describe('what is sent', () => {
  test('credits each customer once, and names the payout at Stripe', async () => {
    const asked = batch(payment('pay_1'), payment('pay_2', { customer: 'cus_lea', amount: 1 }))
    const report = await provider().send(asked)
    expect(report.providerId).toBeNull()
    expect(report.payments).toEqual(
      expect.arrayContaining([paid('pay_1'), paid('pay_2', { amount: 1 })]),
    )
    const [first] = stripe.transactions
    expect(first).toMatchObject({
      amount: -5000,
      currency: 'eur',
      customer: 'cus_jane',
      description: 'Acme: partner payout',
      metadata: { sentby_payout: 'pay_1' },
    })
    const [request] = stripe.requests
    expect(request?.headers).toMatchObject({ 'idempotency-key': 'sentby:pay_1' })
    expect(request?.headers['stripe-account']).toBeUndefined()
    expect(request?.headers['x-stripe-client-telemetry'] ?? '').toBe('')
  })

  test('goes to the connected account, where there is one', async () => {
    await provider('acct_1Max').send(batch(payment('pay_1')))
    await provider('acct_1Max').look(batch(payment('pay_1')))
    expect(stripe.requests.map(({ headers }) => headers['stripe-account'])).toEqual([
      'acct_1Max',
      'acct_1Max',
    ])
  })

  test.each([
    ['EUR', 5001, -5001],
    ['JPY', 5001, -5001],
    ['KWD', 5010, -5010],
    ['ISK', 51, -5100],
    ['UGX', 51, -5100],
    ['MGA', 5100, -51],
  ])(
    'is written as Stripe writes %s: %i is %i, and read back',
    async (currency, amount, written) => {
      const asked = batch(payment('pay_1', { currency, amount }))
      const report = await provider().send(asked)
      expect(stripe.transactions.map((one) => one.amount)).toEqual([written])
      expect(report.payments).toEqual([paid('pay_1', { currency, amount })])
      expect(await provider().look(asked)).toEqual(report)
    },
  )

  test('the same payment again is the first one', async () => {
    const asked = batch(payment('pay_1'))
    const first = await provider().send(asked)
    expect(await provider().send(asked)).toEqual(first)
    expect(stripe.transactions).toHaveLength(1)
  })

  test('a thousand payments are made by few requests at a time', async () => {
    const all = Array.from({ length: 1000 }, (_, n) => payment(`pay_${n}`, { amount: n + 1 }))
    const { payments } = await provider().send(batch(...all))
    expect(payments.filter(({ status }) => status === 'paid')).toHaveLength(1000)
    expect([...stripe.credited().values()].sort((a, b) => a - b)).toEqual(
      all.map(({ amount }) => amount),
    )
  })
})

describe('what Stripe refuses', () => {
  test.each<[string, Payment, string]>([
    [
      'a customer of another currency',
      payment('pay_1', { customer: 'cus_usd' }),
      'Stripe: You cannot combine currencies on a single customer. This customer has usd.',
    ],
    [
      'a customer who is not there',
      payment('pay_1', { customer: 'cus_nobody' }),
      "Stripe: No such customer: 'cus_nobody'",
    ],
    [
      'a customer of another system',
      payment('pay_1', { customer: 'user_42' }),
      'the partner has no customer of Stripe’s (cus_…)',
    ],
    [
      'an address made of a customer',
      payment('pay_1', { customer: 'cus_jane/../../charges' }),
      'the partner has no customer of Stripe’s (cus_…)',
    ],
    [
      'an amount that has no name there',
      payment('pay_1', { currency: 'MGA', amount: 5050 }),
      'Stripe cannot express this amount',
    ],
  ])('%s fails alone, with the reason', async (_, one, reason) => {
    stripe.customers.set('cus_usd', 'usd')
    const { payments } = await provider().send(batch(one, payment('pay_2')))
    const { id, amount, currency } = one
    const failed = { id, amount, currency, status: 'failed', reference: null, reason }
    expect(payments).toEqual(expect.arrayContaining([failed, paid('pay_2')]))
    expect(stripe.credited()).toEqual(new Map([['pay_2', 5000]]))
  })

  test('is not believed of a payment that was made before', async () => {
    stripe.failCredits('silent after crediting')
    const asked = batch(payment('pay_1'))
    expect((await impatient().send(asked)).payments).toMatchObject([{ status: 'unknown' }])
    // A day later the key is forgotten, and somebody gave the customer another currency.
    nowMs += 25 * HOUR_MS
    const late = { ...asked, firstSentAt: new Date(nowMs).toISOString() }
    stripe.customers.set('cus_jane', 'usd')
    expect((await provider().send(late)).payments).toEqual([paid('pay_1')])
  })

  test('proves nothing where it cannot be asked whether the payment was made', async () => {
    stripe.customers.set('cus_jane', 'usd')
    stripe.failLists('500')
    const { payments } = await provider().send(batch(payment('pay_1')))
    expect(payments).toMatchObject([{ id: 'pay_1', status: 'unknown' }])
    expect(payments[0]?.reason).toContain('cannot be asked')
  })

  test.each<[CreditFault]>([['401'], ['429']])(
    'by %s it takes nothing now, and tells no secret',
    async (fault) => {
      stripe.failCredits(fault)
      const sent = provider().send(batch(payment('pay_1')))
      await expect(sent).rejects.toThrow(ProviderRefusal)
      await expect(sent).rejects.toMatchObject({ later: true })
      await expect(sent).rejects.not.toThrow(KEY)
      expect(stripe.transactions).toEqual([])
    },
  )

  test('after some were made, the others stay as they are', async () => {
    const many = Array.from({ length: 40 }, (_, n) => payment(`pay_${n}`))
    stripe.failCredits('cut before crediting')
    // The library asks once more where a connection was cut: under the same key.
    expect((await provider().send(batch(...many.slice(0, 1)))).payments).toMatchObject([
      { status: 'paid' },
    ])
    stripe.failCredits('key in use', '429')
    const { payments } = await provider().send(batch(...many))
    const statuses = payments.map(({ status }) => status)
    expect(statuses.filter((status) => status === 'unknown')).toHaveLength(1)
    expect(statuses.filter((status) => status === 'failed')).toEqual([])
    expect(payments.length).toBeLessThan(10)
  })
})

describe('what is not known', () => {
  test.each<[CreditFault]>([
    ['silent after crediting'],
    ['cut after crediting'],
    ['page after crediting'],
    ['500 after crediting'],
    ['500'],
    ['key in use'],
  ])('%s: nobody takes it for unpaid, and nobody is credited twice', async (fault) => {
    const asked = batch(payment('pay_1'))
    stripe.failCredits(fault)
    const { payments } = await (fault.startsWith('silent') ? impatient() : provider()).send(asked)
    // A cut connection is tried once more by Stripe's library, under the same key.
    const isKnown = fault === 'cut after crediting'
    expect(payments).toMatchObject([{ id: 'pay_1', status: isKnown ? 'paid' : 'unknown' }])
    const seen = await provider().look(asked)
    if (fault === '500' || fault === 'key in use') expect(seen).toBeNull()
    else expect(seen?.payments).toEqual([paid('pay_1')])
    await provider().send(asked)
    expect(stripe.transactions.length).toBeLessThanOrEqual(1)
  })

  test('other parameters under the same key say nothing of the payment', async () => {
    await provider().send(batch(payment('pay_1')))
    const renamed = { ...batch(payment('pay_1')), note: 'Acme Inc.: partner payout' }
    expect((await provider().send(renamed)).payments).toMatchObject([{ status: 'unknown' }])
    expect((await provider().look(renamed))?.payments).toEqual([paid('pay_1')])
  })

  test('another amount than was asked for is told as it is', async () => {
    stripe.failCredits('other amount')
    const { payments } = await provider().send(batch(payment('pay_1')))
    expect(payments).toEqual([paid('pay_1', { amount: 4999 })])
  })
})

describe('a look', () => {
  test('knows nothing of what was never sent, nor of customers who are not there', async () => {
    const asked = batch(payment('pay_1'), payment('pay_2', { customer: 'cus_nobody' }))
    expect(await provider().look(asked)).toBeNull()
  })

  test('finds a payment among many others of the customer, page by page', async () => {
    const asked = batch(payment('pay_1'))
    await provider().send(asked)
    const others = Array.from({ length: 250 }, (_, n) => payment(`other_${n}`, { amount: 1 }))
    await provider().send(batch(...others))
    expect((await provider().look(asked))?.payments).toEqual([paid('pay_1')])
  })

  test('reads no further back than the batch can be', async () => {
    const others = Array.from({ length: 350 }, (_, n) => payment(`other_${n}`, { amount: 1 }))
    await provider().send(batch(...others))
    nowMs += 60 * 24 * HOUR_MS
    stripe.requests.length = 0
    const later = { ...batch(payment('pay_1')), firstSentAt: new Date(nowMs).toISOString() }
    expect(await provider().look(later)).toBeNull()
    expect(stripe.requests).toHaveLength(1)
  })

  test.each<[ListFault]>([['500'], ['page'], ['silent']])(
    'that meets %s fails, and tells nothing',
    async (fault) => {
      const asked = batch(payment('pay_1'))
      await provider().send(asked)
      stripe.failLists(fault)
      await expect(impatient().look(asked)).rejects.toThrow()
    },
  )

  test('at a part of a batch has it sent again while keys live, and then waits for a person', async () => {
    const asked = batch(payment('pay_1'), payment('pay_2', { customer: 'cus_lea' }))
    await provider().send({ ...asked, payments: asked.payments.slice(0, 1) })
    nowMs = START + 23 * HOUR_MS - 1
    expect(await provider().look(asked)).toBeNull()
    nowMs = START + 23 * HOUR_MS
    expect((await provider().look(asked))?.payments).toMatchObject([
      paid('pay_1'),
      { id: 'pay_2', status: 'unknown', reason: expect.stringContaining('shows no credit') },
    ])
  })

  test('comes before what is sent after the key’s life', async () => {
    const asked = batch(payment('pay_1'))
    await provider().send(asked)
    nowMs = START + 48 * HOUR_MS
    expect((await provider().send(asked)).payments).toEqual([paid('pay_1')])
    expect(stripe.transactions).toHaveLength(1)
  })
})

describe('whose money it is', () => {
  const name = (key: string, account: string | null = null) => provider(account, key).account

  test('is told without the key, and is the same for the next key of the account', () => {
    expect(name(KEY)).toMatch(/^stripe:test:[0-9a-f]{16}$/)
    expect(name(KEY.replace('Secret0001', 'Secret0002'))).toBe(name(KEY))
  })

  test.each([
    ['another account', 'rk_test_51OtherOtherOtherXSecret0001', null],
    ['the other mode', KEY.replace('test', 'live'), null],
    ['a connected account', KEY, 'acct_1Max'],
  ])('is not that of %s', (_, key, account) => {
    expect(name(key, account)).not.toBe(name(KEY))
  })
})
