import {
  codeQuestion,
  codeQuestionAnswer,
  event,
  eventsAnswer,
  eventsRequest,
  instant,
  LIMITS,
} from '@sentby/contract'
import { z } from 'zod'
import type { Operation } from './operation.ts'

/** Each event is read by itself, so one bad event spoils no other. */
const events = eventsRequest.extend({ events: z.array(event).min(1).max(LIMITS.batchEvents) })
const anything = z.unknown()
const html = { description: 'A page', type: 'text/html' }
const javascript = { description: 'The script', type: 'text/javascript' }
const redirect = {
  302: { description: 'To the link’s destination with `via={code}`, or to the program’s site' },
  404: { ...html, description: 'Unknown code, and the program has no site' },
}
const file = { tag: 'Script', key: 'none', method: 'GET' } as const
const service = { tag: 'Service', key: 'none', method: 'GET' } as const

/** What needs no key, or any key (CONTRACT §4.1, §4.2). */
export const publicOperations: readonly Operation[] = [
  {
    method: 'POST',
    path: '/v1/events',
    tag: 'Events',
    summary: 'The one way in: answered after the commit, one result an event in the order sent',
    key: 'any',
    body: { schema: events, types: ['application/json', 'text/plain'] },
    answers: { 200: { description: 'A result an event', schema: eventsAnswer } },
    problems: [
      ...([
        'empty_batch',
        'request_timeout',
        'rate_limited',
        'budget_spent',
        'overloaded',
      ] as const),
      ...(['outcome_unknown', 'draining'] as const),
    ],
  },
  {
    method: 'GET',
    path: '/v1/codes/{code}',
    tag: 'Codes',
    summary: 'Whether a code names an active partner; 200 both ways, with any key',
    key: 'any',
    query: codeQuestion,
    answers: { 200: { description: 'Valid or not', schema: codeQuestionAnswer } },
    problems: ['rate_limited', 'wrong_key_kind'],
  },
  {
    method: 'GET',
    path: '/r/{code}',
    tag: 'Redirect',
    summary: 'Follow a link; of the query only `utm_*` passes',
    key: 'none',
    answers: redirect,
  },
  {
    method: 'GET',
    path: '/p/{program}/r/{code}',
    tag: 'Redirect',
    summary: 'Follow a link of a named program',
    key: 'none',
    answers: redirect,
  },
  {
    ...file,
    path: '/s.js',
    summary: 'The script, always the latest',
    answers: { 200: javascript },
  },
  {
    ...file,
    path: '/s-domains.js',
    summary: 'The script with links between a vendor’s own domains',
    answers: { 200: javascript },
  },
  {
    ...file,
    path: '/s/{file}',
    summary: 'The script under a name that never means other bytes: `{version}.{hash}.js`',
    answers: { 200: javascript },
  },
  {
    ...file,
    path: '/s/integrity.json',
    summary: 'Immutable names and `integrity` for pinned tags',
    answers: { 200: { description: 'Names and digests', schema: anything } },
  },
  {
    ...service,
    path: '/healthz',
    summary: 'The process lives',
    answers: { 200: { description: 'Live', schema: anything } },
  },
  {
    ...service,
    path: '/readyz',
    summary: 'It may take traffic',
    answers: { 200: { description: 'Ready', schema: anything } },
    problems: ['draining', 'storage_unavailable'],
  },
  {
    ...service,
    path: '/metrics',
    summary: 'Figures for Prometheus',
    answers: { 200: { description: 'Figures', type: 'text/plain' } },
  },
  {
    ...service,
    path: '/openapi.json',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1', schema: anything } },
  },
  { ...service, path: '/docs', summary: 'This document to read', answers: { 200: html } },
  {
    ...service,
    path: '/docs/{file}',
    summary: 'What the page of the documentation loads',
    answers: { 200: { description: 'A file', type: 'text/javascript' } },
    problems: ['not_found'],
  },
  {
    ...service,
    method: 'PUT',
    path: '/v1/test-clock',
    summary: 'Set the collector’s time; there with SENTBY_TEST_CLOCK=1 only',
    key: 'secret',
    body: { schema: z.strictObject({ now: instant }) },
    answers: { 200: { description: 'The time now', schema: z.strictObject({ now: instant }) } },
  },
]
