import type { ErrorCode } from '@sentby/contract'
import type { z } from 'zod'

/** One route as the OpenAPI document tells it. */
export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With `{name}` for parts of the path. */
  path: string
  tag: string
  summary: string
  /** Whose key it needs; `none` for what anybody may ask. */
  key: 'secret' | 'any' | 'none'
  query?: z.ZodObject
  body?: { schema: z.ZodType; types?: readonly string[]; optional?: boolean }
  /** It makes something under an id of ours, and takes `Idempotency-Key`. */
  makes?: boolean
  /** Answers by status. */
  answers: Readonly<Record<number, { description: string; schema?: z.ZodType; type?: string }>>
  /** Problems beside those that follow from key, query, body and path. */
  problems?: readonly ErrorCode[]
}

/** Problems that an operation can answer, each once. */
export function problemsOf(operation: Operation): ErrorCode[] {
  const { key, query, body, makes, path, problems = [] } = operation
  const isPublic = key === 'none'
  return [
    ...new Set<ErrorCode>([
      ...(isPublic ? [] : (['key_required', 'unknown_key'] as const)),
      ...(key === 'secret' ? (['wrong_key_kind'] as const) : []),
      ...(path.includes('{') ? (['not_found'] as const) : []),
      ...(query ? (['repeated_parameter', 'invalid_request'] as const) : []),
      ...(body
        ? (['malformed_json', 'invalid_request', 'too_large', 'unsupported_media_type'] as const)
        : []),
      ...(makes ? (['bad_request', 'idempotency_key_reused'] as const) : []),
      ...problems,
      ...(isPublic ? [] : (['internal', 'storage_unavailable'] as const)),
    ]),
  ]
}
