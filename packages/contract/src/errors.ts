/**
 * The closed list of errors: code → status → retryable. Everything that answers
 * `application/problem+json` takes its row from here (RFC 9457, CONTRACT §4).
 */
export const ERRORS = {
  malformed_json: { status: 400, retryable: false, title: 'The body is not JSON' },
  empty_batch: { status: 400, retryable: false, title: 'The request holds no event' },
  bad_request: { status: 400, retryable: false, title: 'The request cannot be read' },
  bad_signature: { status: 400, retryable: false, title: 'The signature does not fit the body' },
  stale_signature: {
    status: 400,
    retryable: false,
    title: 'It was signed more than five minutes from now',
  },
  wrong_account: { status: 400, retryable: false, title: 'It is of another account or mode' },
  stripe_not_set_up: { status: 400, retryable: false, title: 'No Stripe secret is set' },
  provider_not_set_up: { status: 400, retryable: false, title: 'No account is set up to pay this' },
  repeated_parameter: { status: 400, retryable: false, title: 'A query parameter stands twice' },
  key_required: { status: 401, retryable: false, title: 'A key is required' },
  unknown_key: { status: 401, retryable: false, title: 'The key is unknown or revoked' },
  wrong_key_kind: { status: 403, retryable: false, title: 'The key is of the wrong kind' },
  not_found: { status: 404, retryable: false, title: 'There is nothing here by that name' },
  method_not_allowed: { status: 405, retryable: false, title: 'The method is not allowed here' },
  request_timeout: { status: 408, retryable: true, title: 'The request took too long to arrive' },
  already_exists: { status: 409, retryable: false, title: 'That name is taken' },
  code_taken: { status: 409, retryable: false, title: 'The code belongs to a partner already' },
  stale: { status: 409, retryable: false, title: 'It is another by now; read it again' },
  in_progress: { status: 409, retryable: true, title: 'The same request is under way' },
  too_large: { status: 413, retryable: false, title: 'The request is too large' },
  uri_too_long: { status: 414, retryable: false, title: 'The URL is too long' },
  unsupported_media_type: { status: 415, retryable: false, title: 'The content type is not JSON' },
  invalid_request: { status: 422, retryable: false, title: 'The request does not fit its schema' },
  idempotency_key_reused: {
    status: 422,
    retryable: false,
    title: 'The Idempotency-Key was used for another request',
  },
  rate_limited: { status: 429, retryable: true, title: 'Too many requests' },
  budget_spent: { status: 429, retryable: true, title: "The day's budget of open events is spent" },
  headers_too_large: { status: 431, retryable: false, title: 'The headers are too large' },
  internal: { status: 500, retryable: true, title: 'Something broke here' },
  overloaded: { status: 503, retryable: true, title: 'The collector is busy' },
  storage_unavailable: { status: 503, retryable: true, title: 'The database does not answer' },
  outcome_unknown: {
    status: 503,
    retryable: true,
    title: 'The commit was not confirmed; the same request may be sent again',
  },
  draining: { status: 503, retryable: true, title: 'The collector is stopping' },
} as const

export type ErrorCode = keyof typeof ERRORS

/** One failing part of a request: a JSON pointer and what is wrong there, never the value. */
export interface FieldError {
  pointer: string
  detail: string
}

/** The body of every refusal. */
export interface Problem {
  type: string
  title: string
  status: number
  code: ErrorCode
  retryable: boolean
  detail?: string
  errors?: FieldError[]
}

/**
 * Builds the body of a refusal.
 *
 * @param detail one sentence about this case; never a value that was sent, never a secret.
 */
export function problem(code: ErrorCode, detail?: string, errors?: FieldError[]): Problem {
  const { status, retryable, title } = ERRORS[code]
  return {
    type: `urn:sentby:error:${code}`,
    title,
    status,
    code,
    retryable,
    ...(detail === undefined ? {} : { detail }),
    ...(errors === undefined ? {} : { errors }),
  }
}
