import {
  leadAcceptance,
  leadAnswer,
  leadDetail,
  leadInput,
  leadRefusal,
  leadsQuery,
  listedLeadAnswer,
  pageOf,
} from '@sentby/contract'
import type { z } from 'zod'
import type { Operation } from './operation.ts'

const ok = (description: string, schema: z.ZodType) => ({ 200: { description, schema } })
const read = { tag: 'Leads', key: 'secret', method: 'GET' } as const
const write = { tag: 'Leads', key: 'secret', method: 'POST' } as const

/** Leads (CONTRACT §4.3, docs/leads.md). */
export const leadOperations: readonly Operation[] = [
  {
    ...read,
    path: '/v1/leads',
    summary: 'Leads, the newest first',
    query: leadsQuery,
    answers: ok('A page', pageOf(listedLeadAnswer)),
  },
  {
    ...write,
    path: '/v1/leads',
    summary: 'File a lead: a partner refers somebody by name',
    body: { schema: leadInput },
    makes: true,
    answers: {
      200: { description: 'The lead, which was there already', schema: leadAnswer },
      201: { description: 'The lead', schema: leadAnswer },
    },
    problems: ['already_exists'],
  },
  {
    ...read,
    path: '/v1/leads/{id}',
    summary: 'One lead with its history and its duplicates',
    answers: ok('The lead', leadDetail),
  },
  {
    ...write,
    path: '/v1/leads/{id}/accept',
    summary: 'Accept a lead: it is evidence from now on',
    body: { schema: leadAcceptance, optional: true },
    answers: ok('The lead', listedLeadAnswer),
    problems: ['stale'],
  },
  {
    ...write,
    path: '/v1/leads/{id}/decline',
    summary: 'Decline a lead, with a reason',
    body: { schema: leadRefusal },
    answers: ok('The lead', listedLeadAnswer),
    problems: ['stale'],
  },
]
