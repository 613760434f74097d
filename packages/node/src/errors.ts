/** One failing part of an event or a request: a JSON pointer (`/amount`) and what is wrong there. */
export interface FieldError {
  pointer: string
  detail: string
}

interface SentbyErrorInit {
  /** Stable word for programs; the message is for people and may change. */
  code: string
  /** Whether the very same call may succeed later. */
  retryable?: boolean
  cause?: unknown
}

/**
 * Every error of this package. `code` is stable and part of the API; `retryable` tells whether the very
 * same call may succeed later. Sending an event twice is always safe: its id makes it one event.
 */
export class SentbyError extends Error {
  override name = 'SentbyError'
  readonly code: string
  readonly retryable: boolean

  constructor(message: string, init: SentbyErrorInit) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause })
    this.code = init.code
    this.retryable = init.retryable ?? false
  }
}

interface ApiErrorInit extends SentbyErrorInit {
  status: number
  requestId?: string | undefined
  retryAfterMs?: number | undefined
}

/** The collector answered the whole request with an error (`application/problem+json`, RFC 9457). */
export class ApiError extends SentbyError {
  override name = 'ApiError'
  /** HTTP status. */
  readonly status: number
  /** `X-Request-Id` of the answer, where there was one: quote it when you ask for help. */
  readonly requestId: string | undefined
  /** Milliseconds that the collector asks to wait (`Retry-After`); `undefined` where it named no time. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, init: ApiErrorInit) {
    super(message, init)
    this.status = init.status
    this.requestId = init.requestId
    this.retryAfterMs = init.retryAfterMs
  }
}

/** 429: too many requests, and the retries that fit into the deadline are used up. */
export class RateLimitError extends ApiError {
  override name = 'RateLimitError'
}

interface ValidationErrorInit extends SentbyErrorInit {
  errors: readonly FieldError[]
  id?: string | undefined
  status?: number | undefined
  requestId?: string | undefined
}

/**
 * The event is wrong: refused here before it was sent, or `rejected` by the collector. `code` is the
 * reason (`invalid_event`, `secret_key_required`, `unknown_partner` …), `errors` say what to change.
 */
export class ValidationError extends SentbyError {
  override name = 'ValidationError'
  readonly errors: readonly FieldError[]
  /** The event's id, where it had one. */
  readonly id: string | undefined
  /** HTTP status, where the whole request was refused. */
  readonly status: number | undefined
  readonly requestId: string | undefined

  constructor(message: string, init: ValidationErrorInit) {
    super(message, init)
    this.errors = init.errors
    this.id = init.id
    this.status = init.status
    this.requestId = init.requestId
  }
}

/**
 * The id is taken by an event with other content. The first one stands; this one is kept aside and can be
 * seen in the console. An identical repeat is no conflict: it resolves as `duplicate`.
 */
export class ConflictError extends SentbyError {
  override name = 'ConflictError'
  /** The id that both events carry. */
  readonly id: string

  constructor(message: string, init: { id: string }) {
    super(message, { code: 'conflict' })
    this.id = init.id
  }
}

/** No answer came: refused, reset, no route, no name. Whether the event was stored is not known. */
export class ConnectionError extends SentbyError {
  override name = 'ConnectionError'

  constructor(message: string, init: { cause?: unknown }) {
    super(message, { code: 'connection_failed', retryable: true, cause: init.cause })
  }
}

/** No answer came in time. Whether the event was stored is not known. */
export class TimeoutError extends SentbyError {
  override name = 'TimeoutError'

  constructor(message: string) {
    super(message, { code: 'timeout', retryable: true })
  }
}

/** A webhook that must not be believed; answer it with 400. */
export class WebhookVerificationError extends SentbyError {
  override name = 'WebhookVerificationError'
}
