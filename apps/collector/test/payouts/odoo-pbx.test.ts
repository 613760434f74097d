/** The payouts of an integrators' program, from billing events to paid (rates and dates as its page has them). */
import type { BatchAnswer } from '@sentby/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runPayouts } from '../../src/jobs/payouts.ts'
import { runRewards } from '../../src/jobs/rewards.ts'
import { ENGINES } from '../test-collector.ts'
import { openWorld, type World } from './world.ts'

describe.each(ENGINES)('odoo-pbx on %s', (engine) => {
  let world: World

  beforeEach(async () => {
    world = await openWorld(engine)
    const terms = {
      from: null,
      trigger: 'every_sale',
      base: 'gross',
      kind: 'cash',
      holdDays: 0,
      review: 'auto',
    }
    for (const [group, basisPoints, amount, duration] of [
      ['partner', 3000, 20000, 'life'],
      ['referral', 1000, 10000, { months: 12 }],
    ] as const) {
      await world.call('POST', '/v1/groups', { slug: group, name: group })
      const minimumPayout = { amount, currency: 'EUR' }
      const { status } = await world.call('PUT', `/v1/groups/${group}/terms`, {
        ...{ ...terms, rate: { basisPoints }, duration, minimumPayout },
      })
      expect(status).toBe(200)
    }
    const payouts = { paypal: 'threshold', manual: 'quarterly' }
    expect((await world.call('PATCH', '/v1/program', { payouts })).status).toBe(200)
  })

  afterEach(async () => {
    expect(await world.faults()).toEqual([])
    await world.close()
  })

  const send = async (event: object) => {
    const response = await world.collector.events([event])
    const { results } = (await response.json()) as { results: { outcome: string }[] }
    expect(results).toEqual([expect.objectContaining({ outcome: 'stored' })])
  }
  const credit = (customer: string, partner: string) =>
    send({ id: `assign:${customer}`, type: 'assign', customer, partner, reason: 'stamp' })
  const sell = (customer: string, at: string, amount: number) => {
    const order = `${customer} ${at}`
    const id = `sale:${customer}:${at.slice(0, 10)}`
    return send({ id, type: 'sale', customer, order, amount, currency: 'EUR', at })
  }
  /** What the jobs do in a moment; gives the sums of the batches, the newest first. */
  const run = async () => {
    await runRewards(world.collector.deps)
    await runPayouts(world.collector.deps)
    const { body } = await world.call<{ data: BatchAnswer[] }>('GET', '/v1/payouts/batches')
    return body.data.map((batch) => batch.amount)
  }
  const month = (n: number) => new Date(Date.UTC(2025, 1 + n, 10, 12)).toISOString()
  const paypal = (name: string) => ({ payout: { method: 'paypal', email: `${name}@pay.test` } })

  test('MAX is paid with the fourteenth payment, 205.80; a refund after that is a debt', async () => {
    const max = await world.partner('Max', { group: 'partner', ...paypal('max') })
    await credit('cus_1', max)
    for (let n = 0; n < 13; n++) await sell('cus_1', month(n), 4900)
    expect(await run()).toEqual([])
    expect(await world.balance(max)).toEqual([expect.objectContaining({ approved: 19110 })])
    await sell('cus_1', month(13), 4900)
    expect(await run()).toEqual([20580])
    const { body } = await world.call<{ data: { id: string }[] }>('GET', '/v1/payouts')
    const path = `/v1/payouts/${body.data[0]?.id}/mark`
    await world.call('POST', path, { status: 'paid', reference: 'PP-1' })
    await send({ id: 'refund:1', type: 'refund', refund: 're_1', order: `cus_1 ${month(0)}` })
    expect(await run()).toEqual([20580])
    expect(await world.balance(max)).toEqual([
      expect.objectContaining({ approved: -1470, debt: 1470, reserved: 0, settled: 20580 }),
    ])
  })

  test('a refund while a payout is under way comes off the next one, whether it fails or not', async () => {
    const max = await world.partner('Max', { group: 'partner', ...paypal('max') })
    await credit('cus_1', max)
    await sell('cus_1', month(0), 100_000)
    expect(await run()).toEqual([30000])
    await send({
      id: 'r:1',
      type: 'refund',
      refund: 're_1',
      order: `cus_1 ${month(0)}`,
      amount: 10_000,
    })
    expect(await run()).toEqual([30000])
    expect(await world.balance(max)).toEqual([
      expect.objectContaining({ approved: -3000, reserved: 30000 }),
    ])
    const { body } = await world.call<{ data: { id: string }[] }>('GET', '/v1/payouts')
    const path = `/v1/payouts/${body.data[0]?.id}/mark`
    await world.call('POST', path, { status: 'failed', reason: 'closed account' })
    expect(await run()).toEqual([27000, 30000])
    expect(await world.balance(max)).toEqual([
      expect.objectContaining({ approved: 0, reserved: 27000, settled: 0 }),
    ])
  })

  test('LEA waits with 99.20 and is paid with 104.10', async () => {
    const lea = await world.partner('Lea', { group: 'referral', ...paypal('lea') })
    await credit('cus_2', lea)
    await credit('cus_3', lea)
    for (let n = 0; n < 8; n++) {
      await sell('cus_2', month(n), 4900)
      if (n === 0) await sell('cus_3', '2025-03-01T12:00:00.000Z', 60_000)
    }
    expect(await run()).toEqual([])
    expect(await world.balance(lea)).toEqual([expect.objectContaining({ approved: 9920 })])
    await sell('cus_2', month(8), 4900)
    expect(await run()).toEqual([10410])
  })

  test('without PayPal she waits for the quarter', async () => {
    const lea = await world.partner('Lea', { group: 'referral', payout: 'by cheque, to Lea' })
    await credit('cus_2', lea)
    await sell('cus_2', month(0), 200_000)
    expect(await run()).toEqual([])
    world.collector.deps.testClock?.set(Date.parse('2027-01-01T08:00:00.000Z'))
    expect(await run()).toEqual([20000])
    const { body } = await world.call<{ data: object[] }>('GET', '/v1/payouts')
    expect(body.data).toEqual([
      expect.objectContaining({ method: 'manual', destination: { details: 'by cheque, to Lea' } }),
    ])
  })
})
