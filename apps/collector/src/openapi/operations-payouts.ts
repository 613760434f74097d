import {
  batchAnswer,
  batchFileQuery,
  closedAnswer,
  pageOf,
  pageQuery,
  payoutAnswer,
  payoutDetail,
  payoutMark,
  payoutsInput,
  payoutsQuery,
  resultAnswer,
  resultQuery,
} from '@sentby/contract'
import { z } from 'zod'
import type { Operation } from './operation.ts'

const page = z.strictObject(pageQuery)
const ok = (description: string, schema: z.ZodType) => ({ 200: { description, schema } })
const read = { tag: 'Payouts', key: 'secret', method: 'GET' } as const
const write = { tag: 'Payouts', key: 'secret', method: 'POST' } as const

/** Paying partners (CONTRACT §4.3, docs/payouts.md). */
export const payoutOperations: readonly Operation[] = [
  {
    ...read,
    path: '/v1/payouts',
    summary: 'Payouts, the newest first',
    query: payoutsQuery,
    answers: ok('A page', pageOf(payoutAnswer)),
  },
  {
    ...write,
    path: '/v1/payouts',
    summary: 'Close batches: approved balances that reach their minimum are reserved',
    body: { schema: payoutsInput },
    makes: true,
    answers: {
      200: { description: 'What would be paid (`dryRun`)', schema: closedAnswer },
      201: { description: 'What is to be paid', schema: closedAnswer },
    },
  },
  {
    ...read,
    path: '/v1/payouts/{id}',
    summary: 'One payout with the rewards it is made of',
    answers: ok('The payout', payoutDetail),
  },
  {
    ...write,
    path: '/v1/payouts/{id}/mark',
    summary: 'Say how a payout went',
    body: { schema: payoutMark },
    answers: ok('The payout', payoutAnswer),
    problems: ['stale'],
  },
  {
    ...read,
    path: '/v1/payouts/batches',
    summary: 'Batches, the newest first',
    query: page,
    answers: ok('A page', pageOf(batchAnswer)),
  },
  {
    ...read,
    path: '/v1/payouts/batches/{id}',
    summary: 'One batch',
    answers: ok('The batch', batchAnswer),
  },
  {
    ...read,
    path: '/v1/payouts/batches/{id}/file',
    summary: 'A batch as a file to pay by',
    query: batchFileQuery,
    answers: { 200: { description: 'The file', type: 'text/csv' } },
  },
  {
    ...write,
    path: '/v1/payouts/batches/{id}/submit',
    summary: 'Note that the file went to the provider',
    answers: ok('The batch', batchAnswer),
  },
  {
    ...write,
    path: '/v1/payouts/batches/{id}/send',
    summary: "Send it over the provider's API, once",
    answers: ok('The batch', batchAnswer),
    problems: ['provider_not_set_up', 'stale', 'invalid_request'],
  },
  {
    ...write,
    path: '/v1/payouts/batches/{id}/result',
    summary: "Read a provider's result file",
    query: resultQuery,
    body: { schema: z.string(), types: ['text/csv', 'text/plain'] },
    answers: ok('What became of each row', resultAnswer),
  },
]
