import {
  ApiError,
  ConflictError,
  type FieldError,
  RateLimitError,
  type SentbyError,
  ValidationError,
} from './errors.ts'
import type { EventResult, Verdict } from './events.ts'
import { isRetryableStatus, retryAfterMs } from './retry.ts'

/** One result of the collector's answer as it stands on the wire (CONTRACT §4.1). */
export interface WireResult {
  id: string | null
  outcome: EventResult['outcome'] | 'conflict' | 'rejected'
  verdict?: Verdict
  reason?: string
  errors?: FieldError[]
}

const OUTCOMES = ['stored', 'duplicate', 'conflict', 'rejected', 'parked']

/**
 * Reads a 200. An answer that is not the collector's (a proxy's page, a result too few) is an error that
 * may be retried: the events' ids make that safe.
 *
 * @returns one result an event, in the order sent.
 */
export function readResults(
  text: string,
  ids: readonly string[],
  requestId: string | undefined,
): WireResult[] | ApiError {
  const results = property(parseJson(text), 'results')
  if (Array.isArray(results) && fits(results, ids)) return results
  return new ApiError('200 without a result for every event: is this the collector?', {
    code: 'bad_answer',
    status: 200,
    retryable: true,
    requestId,
  })
}

function fits(results: unknown[], ids: readonly string[]): results is WireResult[] {
  return (
    results.length === ids.length &&
    results.every((result, i) => {
      const id = property(result, 'id')
      return (
        (id === ids[i] || id === null) && OUTCOMES.includes(String(property(result, 'outcome')))
      )
    })
  )
}

/** What the caller of one event gets: its result, or the error that `rejected` and `conflict` are. */
export function resultOrError(id: string, result: WireResult): EventResult | SentbyError {
  if (result.outcome === 'conflict') {
    return new ConflictError(
      `${id} is taken by an event with other content; the first stands, this one is kept aside`,
      { id },
    )
  }
  if (result.outcome === 'rejected') {
    const errors = result.errors ?? []
    const reason = result.reason ?? 'invalid_event'
    const details = errors.map(({ pointer, detail }) => `${pointer} ${detail}`.trim()).join('; ')
    return new ValidationError(`${id} was rejected: ${details || reason}`, {
      code: reason,
      errors,
      id,
    })
  }
  const { outcome, verdict, reason } = result
  return { id, outcome, ...(verdict && { verdict }), ...(reason !== undefined && { reason }) }
}

/** Reads an answer that is no 200: `application/problem+json` (CONTRACT §4), or whatever a proxy said. */
export function readProblem(
  status: number,
  headers: { get(name: string): string | null },
  text: string,
  nowMs: number,
): SentbyError {
  const requestId = headers.get('x-request-id') ?? undefined
  if (status >= 300 && status < 400) {
    return new ApiError(
      `the endpoint redirects (${status}) to ${headers.get('location')}: give that address instead`,
      { code: 'redirected', status, requestId },
    )
  }
  const problem = parseJson(text)
  const code = stringProperty(problem, 'code') ?? `http_${status}`
  const what = stringProperty(problem, 'detail') ?? stringProperty(problem, 'title')
  const message = `${status} ${code}${what === undefined ? '' : `: ${what}`}`
  const retryable = isRetryableStatus(status) && property(problem, 'retryable') !== false
  const errors = fieldErrors(property(problem, 'errors'))
  if (errors.length > 0 && !retryable) {
    return new ValidationError(message, { code, status, requestId, errors })
  }
  const waitMs = retryAfterMs(headers.get('retry-after'), nowMs)
  const init = { code, status, requestId, retryable, retryAfterMs: waitMs }
  return status === 429 ? new RateLimitError(message, init) : new ApiError(message, init)
}

function fieldErrors(list: unknown): FieldError[] {
  if (!Array.isArray(list)) return []
  return list.map((entry) => ({
    pointer: stringProperty(entry, 'pointer') ?? '',
    detail: stringProperty(entry, 'detail') ?? '',
  }))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined
}

function stringProperty(value: unknown, name: string): string | undefined {
  const found = property(value, name)
  return typeof found === 'string' ? found : undefined
}
