import {
  creditAnswer,
  customerAnswer,
  customersQuery,
  event,
  eventResult,
  eventsQuery,
  loggedEvent,
  pageOf,
  saleAnswer,
  salesQuery,
  saleWithReward,
} from '@sentby/contract'
import type { z } from 'zod'
import type { Operation } from './operation.ts'

const ok = (description: string, schema: z.ZodType) => ({ 200: { description, schema } })
const customers = { tag: 'Customers', key: 'secret', method: 'GET' } as const

/** What the vendor reads of its facts with a secret key (CONTRACT §4.3, §4.4). */
export const readingOperations: readonly Operation[] = [
  {
    ...customers,
    path: '/v1/customers',
    summary: 'Customers, by id',
    query: customersQuery,
    answers: ok('A page', pageOf(customerAnswer)),
  },
  {
    ...customers,
    path: '/v1/customers/{id}',
    summary: 'One customer',
    answers: ok('The customer', customerAnswer),
  },
  {
    ...customers,
    path: '/v1/customers/{id}/credit',
    summary: 'Who is credited, and why: every candidate with its verdict',
    answers: ok('The decision', creditAnswer),
  },
  {
    ...customers,
    tag: 'Sales',
    path: '/v1/sales',
    summary: 'Sales, by order; of one customer a page may be shorter than asked',
    query: salesQuery,
    answers: ok('A page', pageOf(saleAnswer)),
  },
  {
    ...customers,
    tag: 'Sales',
    path: '/v1/sales/{order}',
    summary: 'The sale of an order, what was given back, and what it earned',
    answers: ok('The sale', saleWithReward),
  },
  {
    ...customers,
    tag: 'Events',
    path: '/v1/events',
    summary: 'What arrived, and what was refused or kept aside and why; the oldest first',
    query: eventsQuery,
    answers: ok('A page', pageOf(loggedEvent)),
  },
  {
    tag: 'Events',
    key: 'secret',
    method: 'POST',
    path: '/v1/events/{id}/replay',
    summary: 'Send an event again, as it was or corrected; a stored one is a duplicate',
    body: { schema: event, optional: true },
    answers: ok('Its result', eventResult),
    problems: ['rate_limited', 'budget_spent', 'overloaded', 'outcome_unknown'],
  },
]
