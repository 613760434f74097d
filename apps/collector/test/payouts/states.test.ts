import type { BatchAnswer, ClosedAnswer, PayoutAnswer, PayoutDetail } from '@sentby/contract'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ENGINES } from '../test-collector.ts'
import { openWorld, type World } from './world.ts'

const WHY = { reason: 'the bank says so' }

describe.each(ENGINES)('a payout on %s', (engine) => {
  let world: World
  let max: string
  let id: string
  let batch: string

  beforeEach(async () => {
    world = await openWorld(engine)
    max = await world.partner('Max')
    await world.reward(max, 1000)
    const { body } = await world.call<ClosedAnswer>('POST', '/v1/payouts', {})
    id = body.payouts[0]?.id ?? ''
    batch = body.batches[0]?.id ?? ''
  })

  afterEach(async () => {
    expect(await world.faults()).toEqual([])
    await world.close()
  })

  const mark = (mark: object) => world.call<PayoutAnswer>('POST', `/v1/payouts/${id}/mark`, mark)
  const readBatch = async () =>
    (await world.call<BatchAnswer>('GET', `/v1/payouts/batches/${batch}`)).body

  test.each([
    ['paid', ['paid'], { approved: 0, reserved: 0, settled: 1000 }],
    ['sent and paid', ['submitted', 'paid'], { approved: 0, reserved: 0, settled: 1000 }],
    ['perhaps paid', ['submitted', 'unknown'], { approved: 0, reserved: 1000, settled: 0 }],
    ['perhaps paid, and it was', ['unknown', 'paid'], { approved: 0, reserved: 0, settled: 1000 }],
    [
      'perhaps paid, and it was not',
      ['unknown', 'failed'],
      { approved: 1000, reserved: 0, settled: 0 },
    ],
    ['failed', ['failed'], { approved: 1000, reserved: 0, settled: 0 }],
    ['sent and returned', ['submitted', 'returned'], { approved: 1000, reserved: 0, settled: 0 }],
    ['paid and returned later', ['paid', 'returned'], { approved: 1000, reserved: 0, settled: 0 }],
  ])('%s', async (_, states, balance) => {
    for (const status of states) {
      expect(await mark({ status, ...WHY })).toMatchObject({ status: 200, body: { status } })
      // Said twice it happens once.
      expect((await mark({ status, ...WHY })).status).toBe(200)
    }
    expect(await world.balance(max)).toEqual([expect.objectContaining(balance)])
    expect((await readBatch()).status).toBe(states.at(-1))
  })

  test.each([
    [['paid'], 'failed'],
    [['paid'], 'submitted'],
    [['paid'], 'unknown'],
    [['failed'], 'paid'],
    [['returned'], 'paid'],
    [['unknown'], 'submitted'],
    [['submitted', 'failed'], 'unknown'],
  ])('that went %j never becomes %s', async (states, status) => {
    for (const one of states) await mark({ status: one, ...WHY })
    const before = await world.balance(max)
    expect(await mark({ status, ...WHY })).toMatchObject({ status: 409, body: { code: 'stale' } })
    expect(await world.balance(max)).toEqual(before)
  })

  test.each(['failed', 'returned', 'unknown'])('%s needs a reason', async (status) => {
    expect(await mark({ status })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/reason' }] },
    })
  })

  test.each(['failed', 'returned'])(
    'that %s is taken by the next batch, and its past stays readable',
    async (status) => {
      await mark({ status, ...WHY })
      const { body } = await world.call<ClosedAnswer>('POST', '/v1/payouts', {})
      expect(body.payouts).toEqual([expect.objectContaining({ partner: max, amount: 1000 })])
      const { body: old } = await world.call<PayoutDetail>('GET', `/v1/payouts/${id}`)
      expect(old).toMatchObject({ status, reason: WHY.reason, amount: 1000 })
      expect(old.rewards.map((row) => row.amount)).toEqual([1000])
    },
  )

  test('that may have been paid is in no file and in no other batch', async () => {
    await mark({ status: 'unknown', ...WHY })
    const { body } = await world.call<ClosedAnswer>('POST', '/v1/payouts', {})
    expect(body.payouts).toEqual([])
    for (const again of ['', '?again=true']) {
      expect(await fileOf(again)).not.toContain(id)
    }
  })

  test('that was submitted is in the file on request only', async () => {
    expect(await fileOf()).toContain(id)
    const path = `/v1/payouts/batches/${batch}/submit`
    expect((await world.call<BatchAnswer>('POST', path)).body.status).toBe('submitted')
    expect((await world.call<BatchAnswer>('POST', path)).body.status).toBe('submitted')
    expect(await fileOf()).not.toContain(id)
    expect(await fileOf('?again=true')).toContain(id)
  })

  test('and its reward tell each other, and the ledger every step', async () => {
    await mark({ status: 'paid', reference: 'bank 17', by: 'Noa' })
    const { body: payout } = await world.call<PayoutDetail>('GET', `/v1/payouts/${id}`)
    const path = `/v1/rewards/${payout.rewards[0]?.reward}`
    const { body: reward } = await world.call<{ entries: { kind: string }[] }>('GET', path)
    expect(payout).toMatchObject({ reference: 'bank 17', batch })
    expect(reward).toMatchObject({ status: 'settled', payout: id })
    expect(new Set(reward.entries.map((entry) => entry.kind))).toEqual(
      new Set(['facts', 'payout', 'payout_paid']),
    )
  })

  test('of another program is not there', async () => {
    for (const path of ['pay_none', 'batches/bat_none', 'batches/bat_none/file']) {
      expect((await world.call('GET', `/v1/payouts/${path}`)).status).toBe(404)
    }
    for (const path of ['batches/bat_none/submit', 'pay_none/mark']) {
      const { status } = await world.call('POST', `/v1/payouts/${path}`, { status: 'paid' })
      expect(status).toBe(404)
    }
  })

  test('lists are read page by page, the newest first', async () => {
    const lea = await world.partner('Lea')
    await world.reward(lea, 10)
    world.collector.deps.testClock?.set(Date.parse('2026-11-23T10:00:00.000Z'))
    await world.call('POST', '/v1/payouts', {})
    const list = (query: string) =>
      world.call<{ data: { partner: string }[]; next: string | null }>('GET', `/v1/payouts${query}`)
    const first = (await list('?limit=1')).body
    expect(first.data.map((row) => row.partner)).toEqual([lea])
    const second = (await list(`?limit=1&cursor=${first.next}`)).body
    expect(second).toMatchObject({ data: [{ partner: max }], next: null })
    expect((await list(`?partner=${lea}`)).body.data).toHaveLength(1)
    expect((await list(`?batch=${batch}`)).body.data).toHaveLength(1)
    expect((await list('?status=paid')).body.data).toEqual([])
    const { body } = await world.call<{ data: BatchAnswer[] }>('GET', '/v1/payouts/batches')
    expect(body.data.map((row) => row.amount)).toEqual([10, 1000])
  })

  async function fileOf(query = ''): Promise<string> {
    const response = await world.collector.send('GET', `/v1/payouts/batches/${batch}/file${query}`)
    expect(response.status).toBe(200)
    return response.text()
  }
})
