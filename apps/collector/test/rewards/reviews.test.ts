import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addProgram, call } from '../resources/programs.ts'
import { ENGINES, openTestCollector } from '../test-collector.ts'
import { provesItself } from './proof.ts'
import { RATE_30, World } from './world.ts'

describe.each(ENGINES)('reviews on %s', (engine) => {
  let world: World
  let ann = ''
  let bob = ''
  let number = 0
  beforeAll(async () => {
    world = new World(await openTestCollector(engine))
    world.setClock('2026-06-01T00:00:00.000Z')
    await world.group('g', RATE_30)
    ann = await world.partner('ANN', 'g')
    bob = await world.partner('BOB', 'g')
  })
  afterAll(async () => {
    await provesItself(world)
    await world.collector.closeAll()
  })
  beforeEach(() => {
    number++
  })

  /** A sale of 49.00 of a customer of its own. */
  async function sold(code = 'ANN', more: object = {}) {
    const customer = `cus_${number}`
    const order = `order_${number}`
    await world.credit(customer, code)
    await world.sale({ customer, order, at: '2026-05-01T00:00:00.000Z', ...more })
    return { customer, order }
  }

  const reassign = (customer: string, partner: string | null) =>
    world.tell({ type: 'assign', customer, partner, reason: 'they said so' })

  test('an approved reward is approved, and the same review again changes nothing', async () => {
    const { order } = await sold()
    const { reward } = await world.saleOf(order)
    const rows = [{ id: reward.id, amount: 1470 }]
    const first = await world.review(rows, 'approved')
    expect(first).toEqual([{ id: reward.id, outcome: 'done', status: 'approved', amount: 1470 }])
    expect(await world.review(rows, 'approved')).toEqual(first)
    const told = await world.ok('GET', `/v1/rewards/${reward.id}`)
    expect(told.reviews).toHaveLength(1)
    expect(told.entries).toHaveLength(4)
  })

  test('each row has a result of its own', async () => {
    const { order } = await sold()
    const { reward } = await world.saleOf(order)
    await world.refund(order, `re_${number}`, 1000)
    const { reversals } = await world.saleOf(order)
    const results = await world.review(
      [
        { id: reward.id, amount: 1469 },
        { id: 'rwd_nobody', amount: 1 },
        { id: reversals[0].id, amount: -300 },
      ],
      'approved',
    )
    expect(results.map((one: { outcome: string }) => one.outcome)).toEqual([
      'stale',
      'not_found',
      'not_reviewable',
    ])
    expect((await world.saleOf(order)).reward.status).toBe('new')
  })

  test('declining and holding need a reason, and the reward shows it', async () => {
    const { order } = await sold()
    const { reward } = await world.saleOf(order)
    const rewards = [{ id: reward.id, amount: 1470 }]
    const bare = await call(world.collector, 'POST', '/v1/rewards/review', {
      rewards,
      status: 'declined',
    })
    expect(bare.status).toBe(422)
    await world.review(rewards, 'on_hold', 'a look at the invoice')
    expect((await world.saleOf(order)).reward).toMatchObject({
      status: 'on_hold',
      reason: 'a look at the invoice',
    })
    await world.review(rewards, 'declined', 'a test order')
    await world.refund(order, `re_${number}`)
    const told = await world.saleOf(order)
    expect(told.reward).toMatchObject({ status: 'declined', reason: 'a test order', amount: 1470 })
    expect(told.reversals).toEqual([])
  })

  test('a thousand rows at once are taken, one more is refused', async () => {
    const rows = Array.from({ length: 1001 }, (_, n) => ({ id: `rwd_${n}`, amount: 1 }))
    expect(await world.review(rows.slice(0, 1000), 'approved')).toHaveLength(1000)
    const { status } = await call(world.collector, 'POST', '/v1/rewards/review', {
      rewards: rows,
      status: 'approved',
    })
    expect(status).toBe(422)
  })

  test('a provisional reward is not approved in bulk, unless the row says so with a reason', async () => {
    const customer = `cus_${number}`
    const order = `order_${number}`
    const { publishableKey } = world.collector.program
    const at = '2026-05-31T00:00:00.000Z'
    await world.collector.events(
      [
        { id: `v${number}`, type: 'visit', visitor: `v_${number}`, code: 'ANN', at },
        { id: `i${number}`, type: 'identify', visitor: `v_${number}`, customer, at },
      ],
      publishableKey,
    )
    await world.sale({ customer, order })
    const { reward } = await world.saleOf(order)
    expect(reward).toMatchObject({ status: 'on_hold', reason: 'unverified' })
    const rows = [{ id: reward.id, amount: 1470 }]
    expect((await world.review(rows, 'approved'))[0]).toMatchObject({
      outcome: 'not_reviewable',
      reason: 'unverified',
    })
    const forced = rows.map((row) => ({ ...row, force: true }))
    const { status } = await call(world.collector, 'POST', '/v1/rewards/review', {
      rewards: forced,
      status: 'approved',
    })
    expect(status).toBe(422)
    expect((await world.review(forced, 'approved', 'we know them'))[0].outcome).toBe('done')
  })

  test('a verified tie to the same visitor releases a provisional reward', async () => {
    const customer = `cus_${number}`
    const order = `order_${number}`
    const at = '2026-05-31T00:00:00.000Z'
    await world.collector.events(
      [
        { id: `v${number}`, type: 'visit', visitor: `v_${number}`, code: 'ANN', at },
        { id: `i${number}`, type: 'identify', visitor: `v_${number}`, customer, at },
      ],
      world.collector.program.publishableKey,
    )
    await world.sale({ customer, order })
    expect((await world.saleOf(order)).reward.status).toBe('on_hold')
    await world.tell({ type: 'identify', customer, visitor: `v_${number}` })
    expect((await world.saleOf(order)).reward.status).toBe('new')
  })

  test('two sales of one order that disagree hold the reward', async () => {
    const { customer, order } = await sold()
    await world.sale({ customer, order, amount: 9900, at: '2026-05-02T00:00:00.000Z' })
    expect((await world.saleOf(order)).reward).toMatchObject({
      status: 'on_hold',
      reason: 'order_conflict',
      amount: 1470,
    })
  })

  test('an unreviewed reward follows moved credit; nobody is paid twice', async () => {
    const before = [await world.total(ann), await world.total(bob)]
    const { customer, order } = await sold()
    await reassign(customer, bob)
    const { reward } = await world.saleOf(order)
    expect(reward).toMatchObject({ partner: bob, status: 'new', amount: 1470 })
    const after = [await world.total(ann), await world.total(bob)]
    expect(after.map((sum, n) => sum - (before[n] ?? 0))).toEqual([0, 1470])
    await reassign(customer, ann)
    expect((await world.saleOf(order)).reward).toMatchObject({ partner: ann, status: 'new' })
  })

  test('a reviewed reward stays where credit moves; the other waits until a proposal is accepted', async () => {
    const { customer, order } = await sold()
    await world.reviewSale(order, 'approved')
    const before = [await world.total(ann), await world.total(bob)]
    await reassign(customer, bob)
    const { earned } = await world.rewardsOf(customer)
    const of = (partner: string) =>
      earned.find((one: { partner: string }) => one.partner === partner)
    expect(of(ann)).toMatchObject({ status: 'approved', amount: 1470 })
    expect(of(bob)).toMatchObject({ status: 'on_hold', reason: 'already_credited' })
    const proposal = (await world.proposals(ann)).find(
      (one: { reward: string }) => one.reward === of(ann).id,
    )
    expect(proposal.changes).toEqual([{ amount: -1470, currency: 'EUR', kind: 'cash' }])
    const path = `/v1/proposals/${proposal.id}`
    const accept = { decision: 'accept', reason: 'Bob it is' }
    expect(await world.ok('POST', path, accept)).toMatchObject({ status: 'accepted' })
    expect(await world.ok('POST', path, accept)).toMatchObject({ status: 'accepted' })
    expect((await world.saleOf(order)).reward).toMatchObject({ partner: bob, amount: 1470 })
    const now = await world.rewardsOf(customer)
    expect(now.earned.find((one: { partner: string }) => one.partner === bob)).toMatchObject({
      status: 'new',
      amount: 1470,
    })
    const after = [await world.total(ann), await world.total(bob)]
    expect(after.map((sum, n) => sum - (before[n] ?? 0))).toEqual([-1470, 1470])
  })

  test('a refused proposal does not come back as long as the same is due', async () => {
    const { customer, order } = await sold()
    await world.reviewSale(order, 'approved')
    await reassign(customer, null)
    const open = async () =>
      (await world.proposals(ann)).filter((one: { reward: string }) => one.reward === reward.id)
    const { reward } = await world.saleOf(order)
    const [proposal] = await open()
    await world.ok('POST', `/v1/proposals/${proposal.id}`, {
      decision: 'refuse',
      reason: 'let it be',
    })
    expect(await open()).toEqual([])
    await world.refund(order, `re_${number}`, 1000)
    expect(await open()).toEqual([])
    const { status } = await call(world.collector, 'POST', `/v1/proposals/${proposal.id}`, {
      decision: 'accept',
      reason: 'no, do',
    })
    expect(status).toBe(409)
  })

  test('a refund of a reviewed reward is posted at once, and undone when the refund is', async () => {
    const { order } = await sold()
    await world.reviewSale(order, 'approved')
    const before = await world.total(ann)
    await world.refund(order, `re_${number}`)
    expect(await world.total(ann)).toBe(before - 1470)
    expect((await world.saleOf(order)).reversals).toMatchObject([
      { amount: -1470, status: 'approved' },
    ])
    world.setClock('2026-06-02T00:00:00.000Z')
    await world.refund(order, `re_${number}`, undefined, { status: 'undone' })
    expect(await world.total(ann)).toBe(before)
  })

  test('a deactivated partner earns nothing from then on', async () => {
    const id = await world.partner(`LEFT${engine}`, 'g')
    const customer = `cus_${number}`
    await world.credit(customer, `LEFT${engine}`)
    await world.sale({ customer, order: `a${number}`, at: '2026-03-01T00:00:00.000Z' })
    await world.sale({ customer, order: `b${number}`, at: '2026-05-01T00:00:00.000Z' })
    expect(await world.total(id)).toBe(2940)
    await world.ok('PATCH', `/v1/partners/${id}`, {
      status: 'inactive',
      from: '2026-04-01T00:00:00.000Z',
    })
    expect(await world.total(id)).toBe(1470)
    expect((await world.saleOf(`b${number}`)).noReward).toEqual({ reason: 'partner_inactive' })
  })

  test('a change of group earns by the other terms from its date on', async () => {
    await world.group(`low${engine}`, { ...RATE_30, rate: { basisPoints: 1000 } })
    const id = await world.partner(`MOVE${engine}`, 'g')
    const customer = `cus_${number}`
    await world.credit(customer, `MOVE${engine}`)
    await world.sale({ customer, order: `a${number}`, at: '2026-03-01T00:00:00.000Z' })
    await world.sale({ customer, order: `b${number}`, at: '2026-05-01T00:00:00.000Z' })
    await world.ok('PATCH', `/v1/partners/${id}`, {
      group: `low${engine}`,
      from: '2026-04-01T00:00:00.000Z',
    })
    expect(await world.total(id)).toBe(1470 + 490)
  })

  test('another vendor sees and decides nothing of it', async () => {
    const { order } = await sold()
    const { reward } = await world.saleOf(order)
    const other = await addProgram(world.collector, `tenant${engine}`)
    const ask = (method: string, path: string, body?: unknown) =>
      call(world.collector, method, path, body, other.secretKey)
    expect((await ask('GET', `/v1/rewards/${reward.id}`)).status).toBe(404)
    expect((await ask('GET', `/v1/partners/${ann}/balance`)).status).toBe(404)
    expect((await ask('GET', '/v1/rewards')).body.data).toEqual([])
    const reviewed = await ask('POST', '/v1/rewards/review', {
      rewards: [{ id: reward.id, amount: 1470 }],
      status: 'approved',
    })
    expect(reviewed.body.results).toEqual([{ id: reward.id, outcome: 'not_found' }])
    expect((await world.saleOf(order)).reward.status).toBe('new')
    const { publishableKey } = world.collector.program
    expect(
      (await call(world.collector, 'GET', '/v1/rewards', undefined, publishableKey)).status,
    ).toBe(403)
  })

  test('lists are filtered, and what nobody reviewed is told by month', async () => {
    const { order, customer } = await sold()
    const { reward } = await world.saleOf(order)
    const list = async (query: string) =>
      (await world.ok('GET', `/v1/rewards?limit=200&${query}`)).data.map(
        (one: { id: string }) => one.id,
      )
    for (const query of [
      `customer=${customer}`,
      `order=${order}`,
      'status=new&month=2026-05',
      `partner=${ann}&unreviewed=true`,
    ]) {
      expect(await list(query)).toContain(reward.id)
    }
    expect(await list(`partner=${bob}`)).not.toContain(reward.id)
    const { data } = await world.ok('GET', '/v1/rewards/unreviewed')
    expect(data).toContainEqual(
      expect.objectContaining({ month: '2026-05', status: 'new', currency: 'EUR' }),
    )
  })
})
