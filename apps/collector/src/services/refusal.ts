import type { ErrorCode, FieldError } from '@sentby/contract'

/** An expected refusal with a code from the contract's table; a route answers it as problem+json. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: ErrorCode
  /** One sentence about this case; never a value that was sent. */
  readonly detail: string | undefined
  readonly errors: FieldError[] | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ErrorCode,
    options: { detail?: string; errors?: FieldError[]; retryAfterSeconds?: number } = {},
  ) {
    super(options.detail ?? code)
    this.code = code
    this.detail = options.detail
    this.errors = options.errors
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** How more bytes than allowed are refused. */
export function tooLarge(limit: number): Refusal {
  return new Refusal('too_large', { detail: `${limit} bytes at most` })
}
