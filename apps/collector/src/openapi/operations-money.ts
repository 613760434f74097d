import {
  balanceAnswer,
  balancesAnswer,
  balancesQuery,
  customerRewardsAnswer,
  pageOf,
  proposalAnswer,
  proposalDecision,
  proposalsQuery,
  reviewAnswer,
  reviewInput,
  rewardAnswer,
  rewardDetail,
  rewardsQuery,
  termsAnswer,
  termsInput,
  termsVersion,
  unreviewedAnswer,
} from '@sentby/contract'
import type { z } from 'zod'
import type { Operation } from './operation.ts'

const ok = (description: string, schema: z.ZodType) => ({ 200: { description, schema } })
const read = { tag: 'Rewards', key: 'secret', method: 'GET' } as const
const write = { tag: 'Rewards', key: 'secret', method: 'POST' } as const

/** Terms, rewards and their review (CONTRACT §4.3, §4.4). */
export const moneyOperations: readonly Operation[] = [
  {
    ...read,
    path: '/v1/groups/{group}/terms',
    summary: "All versions of a group's terms, the latest first",
    answers: ok('The terms', termsAnswer),
  },
  {
    ...write,
    method: 'PUT',
    path: '/v1/groups/{group}/terms',
    summary: "Make a new version of a group's terms; unreviewed rewards follow it",
    body: { schema: termsInput },
    answers: ok('The version', termsVersion),
  },
  {
    ...read,
    path: '/v1/rewards',
    summary: 'Rewards, and what refunds and corrections added, by id',
    query: rewardsQuery,
    answers: ok('A page', pageOf(rewardAnswer)),
  },
  {
    ...write,
    path: '/v1/rewards/review',
    summary: 'Decide about rewards, 1,000 at most; a result each',
    body: { schema: reviewInput },
    answers: ok('The results, in the order asked', reviewAnswer),
  },
  {
    ...read,
    path: '/v1/rewards/unreviewed',
    summary: 'What nobody has reviewed, by month',
    answers: ok('Counts and sums', unreviewedAnswer),
  },
  {
    ...read,
    path: '/v1/rewards/{id}',
    summary: 'One reward with its reviews, reversals and ledger entries',
    answers: ok('The reward', rewardDetail),
  },
  {
    ...read,
    path: '/v1/proposals',
    summary: 'What is due and not posted of reviewed rewards',
    query: proposalsQuery,
    answers: ok('A page', pageOf(proposalAnswer)),
  },
  {
    ...write,
    path: '/v1/proposals/{id}',
    summary: 'Accept or refuse a proposal',
    body: { schema: proposalDecision },
    answers: ok('The proposal', proposalAnswer),
    problems: ['stale'],
  },
  {
    ...read,
    path: '/v1/customers/{id}/rewards',
    summary: 'What a customer earns: earned, expected, or why nothing',
    answers: ok('Its rewards', customerRewardsAnswer),
  },
  {
    ...read,
    path: '/v1/partners/{id}/balance',
    summary: 'What a partner has, by currency and kind',
    answers: ok('The balances', balanceAnswer),
  },
  {
    ...read,
    path: '/v1/balances',
    summary: 'What every partner has, and all of them together',
    query: balancesQuery,
    answers: ok('A page, and the totals', balancesAnswer),
  },
]
