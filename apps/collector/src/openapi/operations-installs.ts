import {
  claimsAnswer,
  groupAnswer,
  groupChange,
  installAnswer,
  installationAnswer,
  installationCreditAnswer,
  installationsQuery,
  installReport,
  keyQuery,
  lateClaim,
  pageOf,
  supportAnswer,
  supportQuery,
} from '@sentby/contract'
import { z } from 'zod'
import type { Operation } from './operation.ts'

const ok = (description: string, schema: z.ZodType) => ({ 200: { description, schema } })
const reporting = { tag: 'Installations', key: 'any', method: 'POST', query: keyQuery } as const
const reading = { tag: 'Installations', key: 'secret', method: 'GET' } as const
const TYPES = ['application/json', 'application/x-www-form-urlencoded']
const INTAKE = [
  ...(['request_timeout', 'rate_limited', 'budget_spent', 'overloaded'] as const),
  ...(['outcome_unknown', 'draining', 'wrong_key_kind'] as const),
]

/** Installations, and who supports them (CONTRACT §4.2, §4.3, RULES E9). */
export const installOperations: readonly Operation[] = [
  {
    ...reporting,
    path: '/v1/installs',
    summary: 'An installation reports itself; the same report again counts once',
    body: { schema: installReport, types: TYPES },
    answers: ok('Whether a partner is credited, and the next receipt', installAnswer),
    problems: INTAKE,
  },
  {
    ...reporting,
    path: '/v1/installs/{id}/claim',
    summary: 'A code that was entered after the installation',
    body: { schema: lateClaim, types: TYPES },
    answers: ok('Whether it fills a gap', installAnswer),
    problems: INTAKE,
  },
  {
    ...reporting,
    path: '/v1/claims',
    summary: 'Claim lines that were carried out by hand; a bad one spoils no other',
    body: { schema: z.string(), types: ['text/plain'] },
    answers: ok('A result a line', claimsAnswer),
    problems: ['empty_batch', ...INTAKE],
  },
  {
    ...reading,
    path: '/v1/installations',
    summary: 'Installations, by id',
    query: installationsQuery,
    answers: ok('A page', pageOf(installationAnswer)),
  },
  {
    ...reading,
    path: '/v1/installations/{id}',
    summary: 'One installation',
    answers: ok('The installation', installationAnswer),
  },
  {
    ...reading,
    path: '/v1/installations/{id}/credit',
    summary: 'Who is credited with an installation, and why',
    answers: ok('The decision', installationCreditAnswer),
  },
  {
    ...reading,
    path: '/v1/support-route',
    summary: 'Who gives first-line support; exactly one of the parameters',
    query: supportQuery,
    answers: ok('The partner, or why there is none', supportAnswer),
  },
  {
    tag: 'Partners',
    key: 'secret',
    method: 'PATCH',
    path: '/v1/groups/{group}',
    summary: 'Change a group, named by slug or id',
    body: { schema: groupChange },
    answers: ok('The group', groupAnswer),
  },
]
