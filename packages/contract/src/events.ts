/**
 * The events of CONTRACT §4.1: one zod schema gives the type, the parser and the OpenAPI document.
 */
import { z } from 'zod'
import { canonicalCode } from './code.ts'
import { LIMITS } from './limits.ts'
import { offer } from './offer.ts'
import { amountMinor, currency, email, freeText, instant, vendorId, wireId } from './text.ts'

/** A partner's code as sent: canonical after parsing. */
const code = z
  .string()
  .min(2)
  .max(64)
  .refine((text) => canonicalCode(text) !== null, 'must be a partner code')
  .overwrite((text) => canonicalCode(text) ?? text)
  .meta({ example: 'JANE', description: 'Case, spaces and - _ . are ignored.' })

const address = freeText(2048)
const label = freeText(255)

const base = {
  id: wireId.meta({ description: "The sender's id; unique for ever per program and trust." }),
  at: instant.optional().meta({ description: "When it happened, by the sender's clock." }),
}

const tie = {
  visitor: wireId.optional(),
  install: wireId.optional(),
  email: email.optional(),
  name: label.optional(),
  signature: z
    .string()
    .regex(/^\d{1,12}\.[0-9a-f]{64}$/, 'must be <unix>.<hex HMAC-SHA256>')
    .optional()
    .meta({ description: 'RULES S8: makes the tie verified.' }),
}

const utm = z
  .record(z.string().regex(/^[a-z_]{1,32}$/), label)
  .refine((fields) => Object.keys(fields).length <= 10, 'must have 10 fields at most')

export const visitEvent = z.strictObject({
  type: z.literal('visit'),
  ...base,
  visitor: wireId,
  code,
  url: address.optional(),
  referrer: address.optional(),
  campaign: label.optional(),
  utm: utm.optional(),
  frame: z.boolean().optional(),
})

export const codeEvent = z
  .strictObject({
    type: z.literal('code'),
    ...base,
    code,
    visitor: wireId.optional(),
    install: wireId.optional(),
    customer: vendorId.optional(),
    source: z.enum(['typed', 'coupon']).optional(),
    signature: tie.signature,
  })
  .refine(
    (event) =>
      [event.visitor, event.install, event.customer].filter((id) => id !== undefined).length === 1,
    'must name exactly one of visitor, install, customer',
  )

export const CLAIM_SOURCES = [
  'flag',
  'env',
  'config',
  'prompt',
  'stamp',
  'url',
  'filename',
] as const

export const installEvent = z.strictObject({
  type: z.literal('install'),
  ...base,
  install: wireId,
  product: vendorId,
  version: label.optional(),
  claims: z
    .array(z.strictObject({ source: z.enum(CLAIM_SOURCES), value: freeText(512) }))
    .max(LIMITS.installClaims)
    .optional(),
  visitor: wireId.optional(),
  ephemeral: z.boolean().optional(),
  parent: wireId.optional().meta({ description: 'The installation that this one is a copy of.' }),
})

export const identifyEvent = z.strictObject({
  type: z.literal('identify'),
  ...base,
  customer: vendorId,
  ...tie,
})

export const signupEvent = z.strictObject({
  type: z.literal('signup'),
  ...base,
  customer: vendorId,
  ...tie,
  code: code.optional(),
  coupon: code.optional(),
})

export const saleEvent = z.strictObject({
  type: z.literal('sale'),
  ...base,
  customer: vendorId,
  order: vendorId,
  amount: amountMinor,
  currency,
  tax: amountMinor.optional(),
  fee: amountMinor.optional(),
  discount: amountMinor.optional(),
  product: vendorId.optional(),
  plan: vendorId.optional(),
  subscription: vendorId.optional(),
  period: z.strictObject({ start: instant, end: instant }).optional(),
  visitor: wireId.optional(),
  install: wireId.optional(),
  email: email.optional(),
  code: code.optional(),
  coupon: code.optional(),
})

export const refundEvent = z.strictObject({
  type: z.literal('refund'),
  ...base,
  refund: vendorId,
  order: vendorId,
  amount: amountMinor.optional().meta({ description: 'Absent: all of it.' }),
  reason: freeText(1000).optional(),
  status: z.enum(['made', 'undone']).optional(),
})

export const cancelEvent = z.strictObject({
  type: z.literal('cancel'),
  ...base,
  customer: vendorId,
  subscription: vendorId.optional(),
})

export const leadEvent = z.strictObject({
  type: z.literal('lead'),
  ...base,
  lead: vendorId,
  code: code.optional(),
  name: label.optional(),
  email: email.optional(),
  company: label.optional(),
  note: freeText(4000).optional(),
  status: z.enum(['new', 'accepted', 'declined']).optional(),
  customer: vendorId.optional(),
})

export const assignEvent = z.strictObject({
  type: z.literal('assign'),
  ...base,
  customer: vendorId,
  partner: wireId.nullable(),
  reason: freeText(1000),
})

/** Any event of the wire, told apart by `type`. */
export const event = z.discriminatedUnion('type', [
  visitEvent,
  codeEvent,
  installEvent,
  identifyEvent,
  signupEvent,
  saleEvent,
  refundEvent,
  cancelEvent,
  leadEvent,
  assignEvent,
])

/** An event as parsed: codes canonical, currency in upper case, text storable. */
export type SentbyEvent = z.output<typeof event>
/** An event as a sender may write it. */
export type SentbyEventInput = z.input<typeof event>
export type EventType = SentbyEvent['type']

export const EVENT_TYPES = [
  'visit',
  'code',
  'install',
  'identify',
  'signup',
  'sale',
  'refund',
  'cancel',
  'lead',
  'assign',
] as const satisfies readonly EventType[]

/** What a publishable key may send (CONTRACT §4.1); all else needs a secret key. */
const OPEN_TYPES: ReadonlySet<EventType> = new Set([
  'visit',
  'code',
  'install',
  'identify',
  'signup',
])

/**
 * Names the part of an event that only a secret key may send, as a JSON pointer, or `null` when a
 * publishable key may send it all (CONTRACT §4.1, RULES F2, E1).
 */
export function secretOnlyPart(event: SentbyEvent): string | null {
  if (!OPEN_TYPES.has(event.type)) return '/type'
  if (event.type === 'code') {
    if (event.source === 'coupon') return '/source'
    if (event.customer !== undefined && event.signature === undefined) return '/customer'
  }
  if (event.type === 'signup' && event.coupon !== undefined) return '/coupon'
  return null
}

/** The envelope of `POST /v1/events`; its events are parsed one by one, so one bad event spoils no other. */
export const eventsRequest = z.strictObject({
  key: z.string().max(200).optional(),
  sentAt: instant.optional(),
  events: z.array(z.unknown()).min(1).max(LIMITS.batchEvents),
})

export const VERDICT_STATUSES = [
  'accepted',
  'unknown_code',
  'inactive',
  'not_creditable',
  'deferred',
] as const

export const verdict = z.strictObject({
  status: z.enum(VERDICT_STATUSES),
  code: z.string().optional(),
  reason: z.string().optional(),
  partner: z.strictObject({ name: z.string() }).optional(),
  offer: offer.optional().meta({
    description: 'Of `code`: what the code offers. Of `signup`: what this customer is given, once.',
  }),
})

/** What the collector says about the code an event named; not who wins the customer. */
export type Verdict = z.output<typeof verdict>

export const OUTCOMES = ['stored', 'duplicate', 'conflict', 'rejected', 'parked'] as const
export type Outcome = (typeof OUTCOMES)[number]

export const eventResult = z.strictObject({
  id: z.string().nullable().meta({ description: 'null where the event carried no readable id.' }),
  outcome: z.enum(OUTCOMES),
  verdict: verdict.optional(),
  reason: z.string().optional(),
  errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
})
export type EventResult = z.output<typeof eventResult>

export const eventsAnswer = z.strictObject({ results: z.array(eventResult) })
