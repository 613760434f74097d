import { describe, expect, test } from 'vitest'
import {
  answersOf,
  type DueReward,
  decideProposal,
  dueOf,
  type NothingDue,
  type PostedReward,
  reviewReward,
  settleReward,
  takesTrigger,
} from '../../src/index.ts'
import { customer, RATE_30, type RefundFacts, scene } from './scene.ts'

const KEY = 'sale:c 2026-01-01'
const NOTHING: NothingDue = { reason: 'no_credit' }

/** What is due of one sale, and what was paid for it. */
function facts(basisPoints = 3000, refunds: RefundFacts[] = [], currency = 'EUR') {
  const who = customer('c', [{ at: '2026-01-01', refunds, currency }])
  const terms = { ...RATE_30, rate: { basisPoints } }
  const due = answersOf(dueOf(scene([who], { terms })))(KEY)
  return { due, paid: new Map(who.orders.map((order) => [order.sale.order, order])) }
}

const HALF_BACK = [{ at: '2026-02-01', amountMinor: 2450 }]
const ALL_BACK = [{ at: '2026-02-01' }]

function settled(
  reward: PostedReward | null,
  { paid, due }: ReturnType<typeof facts>,
  instead: DueReward | NothingDue = due,
) {
  const settlement = settleReward(reward, KEY, instead, paid)
  // Whatever it says, it says it once.
  const again = settleReward(settlement.reward, KEY, instead, paid)
  expect(again).toEqual({ ...settlement, postings: [] })
  return settlement
}

function reward(): PostedReward {
  const made = settled(null, facts()).reward
  if (!made) throw new Error('it is due')
  return made
}

function reviewed(status: 'approved' | 'declined' | 'on_hold', of = reward()): PostedReward {
  const done = reviewReward(of, { status, amountMinor: of.worth.amountMinor, reason: 'why' })
  if (done.outcome !== 'done') throw new Error(done.outcome)
  return done.reward
}

const posted = (settlement: { postings: readonly { entry: string; amountMinor: number }[] }) =>
  settlement.postings.map(({ entry, amountMinor }) => [entry, amountMinor])
const proposed = (settlement: ReturnType<typeof settled>) =>
  settlement.proposal?.changes.map(({ amountMinor }) => amountMinor) ?? []

describe('a reward that nobody has reviewed follows what is due', () => {
  test('nothing that never was due is posted', () => {
    expect(settled(null, facts(), NOTHING)).toEqual({ reward: null, postings: [], proposal: null })
  })

  test.each<
    [string, ReturnType<typeof facts>, DueReward | NothingDue | undefined, unknown[], string]
  >([
    ['nothing changed', facts(), undefined, [], 'new'],
    ['terms changed', facts(4000), undefined, [['amount', 490]], 'new'],
    ['half is given back', facts(3000, HALF_BACK), undefined, [['reversal', -735]], 'new'],
    ['all is given back', facts(3000, ALL_BACK), undefined, [['reversal', -1470]], 'new'],
    ['the credit went', facts(), NOTHING, [['amount', -1470]], 'declined'],
    [
      'another currency',
      facts(3000, [], 'USD'),
      undefined,
      [
        ['amount', 1470],
        ['amount', -1470],
      ],
      'new',
    ],
  ])('%s', (_, now, instead, postings, status) => {
    const settlement = settled(reward(), now, instead)
    expect(posted(settlement)).toEqual(postings)
    expect(settlement.reward?.status).toBe(status)
    expect(settlement.proposal).toBeNull()
  })

  test('what was declined by nobody comes back with what is due again', () => {
    const gone = settled(reward(), facts(), NOTHING).reward
    expect(gone).toMatchObject({ status: 'declined', reason: 'no_credit', ledger: [] })
    const back = settled(gone, facts(4000))
    expect(back.reward).toMatchObject({ status: 'new', reason: null, worth: { amountMinor: 1960 } })
    expect(posted(back)).toEqual([['amount', 1960]])
  })

  test("a reviewer's hold stays while the amount moves, until it is lifted", () => {
    const held = settled(reviewed('on_hold'), facts(4000)).reward
    expect(held).toMatchObject({ status: 'on_hold', reason: 'why', worth: { amountMinor: 1960 } })
    const lifted = held && reviewReward(held, { status: 'new', amountMinor: 1960, reason: null })
    if (lifted?.outcome !== 'done') throw new Error('it can be lifted')
    expect(settled(lifted.reward, facts(4000)).reward).toMatchObject({
      status: 'new',
      reason: null,
    })
  })
})

describe('one that a reviewer declined', () => {
  test('is due nothing, and refunds do nothing to it', () => {
    const declined = settled(reviewed('declined'), facts())
    expect(posted(declined)).toEqual([['amount', -1470]])
    expect(posted(settled(declined.reward, facts(3000, ALL_BACK)))).toEqual([])
    expect(declined.reward).toMatchObject({ status: 'declined', reason: 'why', ledger: [] })
  })

  test('follows what is due again once that is taken back', () => {
    const declined = settled(reviewed('declined'), facts()).reward ?? reward()
    const back = reviewReward(declined, { status: 'new', amountMinor: 1470, reason: null })
    if (back.outcome !== 'done') throw new Error(back.outcome)
    expect(posted(settled(back.reward, facts(4000)))).toEqual([['amount', 1960]])
  })
})

describe('a reviewed reward stays, and the difference is proposed', () => {
  test.each<
    [string, ReturnType<typeof facts>, DueReward | NothingDue | undefined, unknown[], number[]]
  >([
    ['nothing changed', facts(), undefined, [], []],
    ['half is given back', facts(3000, HALF_BACK), undefined, [['reversal', -735]], []],
    ['all is given back', facts(3000, ALL_BACK), undefined, [['reversal', -1470]], []],
    ['terms changed', facts(4000), undefined, [], [490]],
    [
      'terms changed, and half is given back',
      facts(4000, HALF_BACK),
      undefined,
      [['reversal', -735]],
      [245],
    ],
    ['the credit went', facts(), NOTHING, [], [-1470]],
    [
      'the credit went, and half is given back',
      facts(3000, HALF_BACK),
      NOTHING,
      [['reversal', -735]],
      [-735],
    ],
    [
      'the credit went, and all is given back',
      facts(3000, ALL_BACK),
      NOTHING,
      [['reversal', -1470]],
      [],
    ],
    ['another currency', facts(3000, [], 'USD'), undefined, [], [-1470, 1470]],
  ])('%s', (_, now, instead, postings, changes) => {
    const settlement = settled(reviewed('approved'), now, instead)
    expect(posted(settlement)).toEqual(postings)
    expect(proposed(settlement)).toEqual(changes)
    expect(settlement.reward).toMatchObject({ status: 'approved', worth: { amountMinor: 1470 } })
  })

  function decided(
    decision: 'accepted' | 'refused',
    now: ReturnType<typeof facts>,
    due: DueReward | NothingDue = now.due,
  ): PostedReward {
    const { reward: stood, proposal } = settled(reviewed('approved'), now, due)
    const seen = proposal?.changes ?? []
    const done = stood && decideProposal(stood, due, proposal, { decision, seen })
    if (done?.outcome !== 'done') throw new Error('it is open')
    return done.reward
  }

  test('accepted, it is one correction, and later refunds go by what was agreed', () => {
    const corrected = settled(decided('accepted', facts(4000)), facts(4000))
    expect(posted(corrected)).toEqual([['correction', 490]])
    expect(corrected.proposal).toBeNull()
    const halfBack = settled(corrected.reward, facts(4000, HALF_BACK))
    expect(posted(halfBack)).toEqual([['reversal', -980]])
    expect(posted(settled(halfBack.reward, facts(4000, ALL_BACK)))).toEqual([['reversal', -980]])
  })

  test('accepted after a refund, the reversal follows the correction', () => {
    const now = facts(4000, HALF_BACK)
    expect(posted(settled(decided('accepted', now), now))).toEqual([
      ['correction', 490],
      ['reversal', -245],
    ])
  })

  test('accepted when the credit went, nothing is left that refunds could reverse', () => {
    const corrected = settled(decided('accepted', facts(), NOTHING), facts(), NOTHING)
    expect(posted(corrected)).toEqual([['correction', -1470]])
    expect(corrected.reward && takesTrigger(corrected.reward)).toBe(false)
    expect(posted(settled(corrected.reward, facts(3000, ALL_BACK), NOTHING))).toEqual([])
  })

  test('refused, it stays refused through refunds, until something else is due', () => {
    const stood = settled(decided('refused', facts(4000)), facts(4000))
    expect([posted(stood), proposed(stood)]).toEqual([[], []])
    const halfBack = settled(stood.reward, facts(4000, HALF_BACK))
    expect([posted(halfBack), proposed(halfBack)]).toEqual([[['reversal', -735]], []])
    expect(proposed(settled(stood.reward, facts(5000)))).toEqual([980])
  })

  test('a decision about other changes than the open ones is stale', () => {
    const { reward: stood, proposal } = settled(reviewed('approved'), facts(4000))
    const seen = [{ amountMinor: 489, currency: 'EUR', kind: 'cash' as const }]
    if (!stood) throw new Error('it is there')
    const { due } = facts(4000)
    expect(decideProposal(stood, due, proposal, { decision: 'accepted', seen })).toEqual({
      outcome: 'stale',
    })
    expect(decideProposal(stood, due, null, { decision: 'accepted', seen: [] })).toEqual({
      outcome: 'stale',
    })
  })
})

describe('a review (M4)', () => {
  const gone = () => settled(reward(), facts(), NOTHING).reward ?? reward()
  test.each<[string, PostedReward, 'new' | 'on_hold' | 'approved' | 'declined', number, string]>([
    ['of the amount it sees is done', reward(), 'approved', 1470, 'done'],
    ['of another amount is stale', reward(), 'approved', 1469, 'stale'],
    ['may come twice', reviewed('approved'), 'approved', 1470, 'done'],
    ['may follow a hold', reviewed('on_hold'), 'approved', 1470, 'done'],
    ['of a reviewed reward is not open', reviewed('approved'), 'declined', 1470, 'not_open'],
    [
      'of a settled reward is not open',
      { ...reviewed('approved'), status: 'settled' },
      'on_hold',
      1470,
      'not_open',
    ],
    ['of a declined one is not open', reviewed('declined'), 'approved', 1470, 'not_open'],
    ['of a declined one takes that back', reviewed('declined'), 'new', 1470, 'done'],
    ['of one that is not due any more is not open', gone(), 'approved', 1470, 'not_open'],
    ['may decline one that is not due any more', gone(), 'declined', 1470, 'done'],
  ])('%s', (_, of, status, amountMinor, outcome) => {
    expect(reviewReward(of, { status, amountMinor, reason: null }).outcome).toBe(outcome)
  })

  test('a reviewed reward keeps its trigger from others until all of it is reversed (M3)', () => {
    const approved = settled(reviewed('approved'), facts()).reward
    const halfBack = settled(approved, facts(3000, HALF_BACK)).reward
    const allBack = settled(approved, facts(3000, ALL_BACK)).reward
    expect([reward(), approved, halfBack, allBack].map((one) => one && takesTrigger(one))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
})
