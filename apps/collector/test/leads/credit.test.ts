import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES, openTestCollector } from '../test-collector.ts'
import { LeadWorld } from './world.ts'

const DAY_MS = 86_400_000

describe.each(ENGINES)('what leads earn on %s', (engine) => {
  let world: LeadWorld
  beforeAll(async () => {
    world = await new LeadWorld(await openTestCollector(engine)).open()
  })
  afterAll(() => world.collector.closeAll())

  const creditOf = async (customer: string) => {
    const { credited, candidates, reason } = await world.ok(
      'GET',
      `/v1/customers/${customer}/credit`,
    )
    const verdicts = candidates.map(
      ({ evidence, kind, verdict }: { evidence: string; kind: string; verdict: string }) =>
        `${evidence} ${kind} ${verdict}`,
    )
    return { code: credited?.code ?? null, evidence: credited?.evidence ?? null, reason, verdicts }
  }
  const signup = (customer: string, more: object = {}) =>
    world.tell({ type: 'signup', customer, ...more })
  const sell = (customer: string, more: object = {}) =>
    world.sale({ customer, order: `o_${customer}`, ...more })
  interface Earned {
    partner: string
    amount: number
    status: string
    reason?: string
  }
  const said = ({ partner, amount, status, reason }: Earned) =>
    [partner === world.ann ? 'ann' : 'ben', amount, status, reason].join(' ').trim()
  const rewardsOf = async (customer: string) =>
    (await world.rewardsOf(customer)).earned.map(said) as string[]
  const earned = async (customer: string) => {
    const { reward, noReward } = await world.saleOf(`o_${customer}`)
    if (noReward) return noReward.reason
    return said(reward)
  }

  test('submitted, accepted with a customer, sold: the partner has the credit and 30 % of it', async () => {
    await world.submit({ lead: 'story', email: 'a@story.test' })
    await world.decide('story', 'accept', { customer: 'c_story' })
    await signup('c_story')
    await sell('c_story')
    expect(await creditOf('c_story')).toMatchObject({
      code: 'ANN',
      evidence: 'lead:story:new',
      verdicts: ['lead:story:new lead won'],
    })
    expect(await earned('c_story')).toBe('ann 1470 new')
  })

  test.each([
    ['before the customer is won', ['accept', 'win']],
    ['after it', ['win', 'accept']],
  ])('accepted without a customer %s, it is whoever has its e-mail', async (when, steps) => {
    const name = when === 'after it' ? 'late' : 'soon'
    const customer = `c_mail_${name}`
    await world.submit({ lead: `mail-${name}`, email: `Lea.${name}+x@mail.test` })
    for (const step of steps) {
      if (step === 'accept') await world.decide(`mail-${name}`, 'accept')
      else await signup(customer, { email: `lea.${name}@MAIL.test` })
    }
    await signup(`${customer}_other`, { email: 'another@mail.test' })
    await sell(customer)
    expect(await earned(customer)).toBe('ann 1470 new')
    expect((await creditOf(`${customer}_other`)).reason).toBe('no_evidence')
    expect((await world.lead(`mail-${name}`)).knownCustomers).toEqual([customer])
  })

  test.each([
    ['nobody decided', 'none'],
    ['it was declined', 'decline'],
  ])('while %s a lead earns nothing', async (_, verb) => {
    const lead = `nothing-${verb}`
    await world.submit({ lead, email: `a@${lead}.test` })
    if (verb === 'decline') await world.decide(lead, 'decline', { reason: 'known already' })
    await signup(`c_${lead}`, { email: `a@${lead}.test` })
    await sell(`c_${lead}`)
    expect((await creditOf(`c_${lead}`)).reason).toBe('no_evidence')
    expect(await earned(`c_${lead}`)).toBe('no_credit')
  })

  test('accepted after the sale, the reward is there; declined after all, an unreviewed one is taken back', async () => {
    await world.submit({ lead: 'turn', email: 'a@turn.test' })
    await signup('c_turn')
    await sell('c_turn')
    expect(await earned('c_turn')).toBe('no_credit')
    await world.decide('turn', 'accept', { customer: 'c_turn' })
    expect(await earned('c_turn')).toBe('ann 1470 new')
    await world.decide('turn', 'decline', { reason: 'mistaken', seen: 'accepted' })
    expect((await creditOf('c_turn')).reason).toBe('no_evidence')
    expect(await rewardsOf('c_turn')).toEqual(['ann 1470 declined no_credit'])
  })

  test('a reviewed reward stays when its lead is declined, and a proposal asks what becomes of it', async () => {
    await world.submit({ lead: 'kept', email: 'a@kept.test' })
    await world.decide('kept', 'accept', { customer: 'c_kept' })
    await sell('c_kept')
    await world.reviewSale('o_c_kept', 'approved')
    const before = (await world.proposals(world.ann)).length
    await world.decide('kept', 'decline', { reason: 'mistaken', seen: 'accepted' })
    expect((await world.saleOf('o_c_kept')).reward).toMatchObject({ status: 'approved' })
    expect((await world.proposals(world.ann)).length).toBe(before + 1)
  })

  test.each([
    ['first', ['ANN', 'BEN']],
    ['last', ['BEN', 'ANN']],
  ])(
    'of two partners who filed one company the first filing wins, accepted %s',
    async (when, order) => {
      const customer = `c_two_${when}`
      await world.submit({ lead: `ANN-${when}`, email: `a@two-${when}.test` })
      await world.submit({ lead: `BEN-${when}`, code: 'BEN', email: `b@two-${when}.test` })
      for (const code of order) await world.decide(`${code}-${when}`, 'accept', { customer })
      await signup(customer)
      await sell(customer)
      expect(await creditOf(customer)).toMatchObject({
        code: 'ANN',
        verdicts: [`lead:BEN-${when}:new lead outranked`, `lead:ANN-${when}:new lead won`],
      })
      expect(await earned(customer)).toBe('ann 1470 new')
    },
  )

  test('of two partners who filed one company the one that is accepted wins', async () => {
    await world.submit({ lead: 'ANN-no', email: 'a@one.test' })
    await world.submit({ lead: 'BEN-yes', code: 'BEN', email: 'b@one.test' })
    await world.decide('ANN-no', 'decline', { reason: 'BEN did the work' })
    await world.decide('BEN-yes', 'accept', { customer: 'c_one' })
    await sell('c_one')
    expect(await earned('c_one')).toBe('ben 1470 new')
  })

  test('a late fact that says the lead was filed earlier moves credit and reward', async () => {
    await world.submit({ lead: 'early-ann', email: 'a@early.test' })
    await world.submit({ lead: 'early-ben', code: 'BEN', email: 'b@early.test' })
    for (const lead of ['early-ann', 'early-ben']) {
      await world.decide(lead, 'accept', { customer: 'c_early' })
    }
    await sell('c_early')
    expect(await earned('c_early')).toBe('ann 1470 new')
    const at = new Date(world.collector.deps.clock.now() - DAY_MS).toISOString()
    await world.tell({ type: 'lead', lead: 'early-ben', code: 'BEN', at })
    expect(await world.lead('early-ben')).toMatchObject({ submittedAt: at, status: 'accepted' })
    expect((await creditOf('c_early')).code).toBe('BEN')
    const rewards = await rewardsOf('c_early')
    expect(rewards.sort()).toEqual(['ann 1470 declined no_credit', 'ben 1470 new'])
  })

  test('a lead filed after the customer was won earns nothing', async () => {
    await signup('c_won', { email: 'a@won.test' })
    world.setClock(new Date(world.collector.deps.clock.now() + 1).toISOString())
    await world.submit({ lead: 'won', email: 'a@won.test' })
    await world.decide('won', 'accept', { customer: 'c_won' })
    await sell('c_won')
    expect((await creditOf('c_won')).verdicts).toEqual(['lead:won:new lead after_anchor'])
    expect(await earned('c_won')).toBe('no_credit')
  })

  test.each([
    ['180 days', 180 * DAY_MS, 'won'],
    ['a millisecond more', 180 * DAY_MS + 1, 'outside_window'],
  ])('filed %s before the customer was won', async (_, ms, verdict) => {
    const lead = `window-${verdict}`
    world.setClock('2027-01-01T00:00:00.000Z')
    const { body } = await world.submit({ lead, email: 'a@window.test' })
    await world.decide(lead, 'accept', { customer: `c_${lead}` })
    world.setClock('2027-12-01T00:00:00.000Z')
    const at = new Date(Date.parse(body.submittedAt) + ms).toISOString()
    await signup(`c_${lead}`, { at })
    expect((await creditOf(`c_${lead}`)).verdicts).toEqual([`lead:${lead}:new lead ${verdict}`])
  })

  test('a link that somebody clicked does not take a customer from an accepted lead', async () => {
    await world.submit({ lead: 'link', email: 'a@link.test' })
    await world.decide('link', 'accept', { customer: 'c_link' })
    await world.tell({ type: 'visit', visitor: 'v_link', code: 'BEN' })
    await signup('c_link', { visitor: 'v_link' })
    expect((await creditOf('c_link')).code).toBe('ANN')
  })
})
