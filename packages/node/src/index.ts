export type { Attribution, CookieRequest, RefreshOptions, Touch } from './cookie.ts'
export {
  ApiError,
  ConflictError,
  ConnectionError,
  type FieldError,
  RateLimitError,
  SentbyError,
  TimeoutError,
  ValidationError,
  WebhookVerificationError,
} from './errors.ts'
export type { DropReport, FlushReport, OnError } from './event-queue.ts'
export type * from './events.ts'
export type { SentbyOptions } from './options.ts'
export { type CallOptions, Sentby } from './sentby.ts'
export { type StripeMetadataOptions, type StripeTies, stripeMetadata } from './stripe.ts'
export {
  type VerifyWebhookOptions,
  verifyWebhook,
  type WebhookHeaders,
  type WebhookPayload,
} from './webhook.ts'
