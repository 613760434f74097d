import { type FieldError, ValidationError } from './errors.ts'
import { derivedId, type IdSource, randomId } from './event-id.ts'
import type { EventType } from './events.ts'

/** An event as it goes over the wire; a later change of the caller's object does not reach it. */
export interface PreparedEvent {
  id: string
  type: EventType
  json: string
  /** Length of `json` in UTF-8 bytes. */
  bytes: number
}

const ID = /^[A-Za-z0-9._:-]{1,128}$/

/** The fields without which a type means nothing (CONTRACT §4.1). */
const REQUIRED: Record<EventType, readonly string[]> = {
  visit: ['visitor', 'code'],
  code: ['code'],
  install: ['install', 'product'],
  identify: ['customer'],
  signup: ['customer'],
  sale: ['customer', 'order', 'currency'],
  refund: ['refund', 'order'],
  cancel: ['customer'],
  lead: ['lead'],
  assign: ['customer', 'reason'],
}
const AMOUNTS = ['amount', 'tax', 'fee', 'discount'] as const
const SECRET_ONLY: ReadonlySet<EventType> = new Set(['sale', 'refund', 'cancel', 'lead', 'assign'])
/** Bytes of one event, by the kind of key (CONTRACT §4.1). */
const EVENT_BYTES = { secret: 32 * 1024, publishable: 2 * 1024 } as const
const SUBJECTS = ['visitor', 'install', 'customer'] as const

/** Whether a word is a type of event. */
export function isEventType(word: unknown): word is EventType {
  return typeof word === 'string' && Object.hasOwn(REQUIRED, word)
}

/**
 * Gives an event its id and its final text.
 *
 * Refuses here what is certainly a mistake, above all amounts that are not integers in minor units; the
 * rest is the collector's to judge, so that an older client never refuses what a newer collector takes.
 *
 * @throws ValidationError `invalid_event`, `secret_key_required` or `too_large`.
 */
export function prepareEvent(
  type: EventType,
  fields: object,
  keyKind: 'secret' | 'publishable',
  ids: IdSource,
): PreparedEvent {
  if (typeof fields !== 'object' || fields === null) {
    throw invalid(type, [{ pointer: '', detail: 'must be an object' }])
  }
  const given: Record<string, unknown> = { ...fields }
  if (keyKind === 'publishable' && SECRET_ONLY.has(type)) {
    throw new ValidationError(`${type}: only a secret key (sk_…) may send this`, {
      code: 'secret_key_required',
      errors: [{ pointer: '/type', detail: 'needs a secret key' }],
    })
  }
  const errors = [...fieldErrors(type, given), ...instantErrors(given)]
  if (errors.length > 0) throw invalid(type, errors)

  const id = typeof given.id === 'string' ? given.id : (derivedId(type, given) ?? randomId(ids))
  const json = toJson(type, { ...given, id, type })
  const bytes = new TextEncoder().encode(json).length
  if (bytes > EVENT_BYTES[keyKind]) {
    const detail = `is ${bytes} bytes; a ${keyKind} key may send ${EVENT_BYTES[keyKind]}`
    throw new ValidationError(`${type} ${id} ${detail}`, {
      code: 'too_large',
      errors: [{ pointer: '', detail }],
      id,
    })
  }
  return { id, type, json, bytes }
}

function fieldErrors(type: EventType, given: Record<string, unknown>): FieldError[] {
  const errors: FieldError[] = []
  if (given.id !== undefined && !(typeof given.id === 'string' && ID.test(given.id))) {
    errors.push({ pointer: '/id', detail: 'must be 1–128 of A-Z a-z 0-9 . _ : -' })
  }
  for (const name of REQUIRED[type]) {
    const value = given[name]
    if (typeof value !== 'string' || value === '') {
      errors.push({ pointer: `/${name}`, detail: 'is needed: a text that is not empty' })
    }
  }
  if (type === 'sale' && given.amount === undefined) {
    errors.push({ pointer: '/amount', detail: 'is needed: an integer in minor units (cents)' })
  }
  for (const name of AMOUNTS) {
    const value = given[name]
    if (value === undefined || (Number.isSafeInteger(value) && Number(value) >= 0)) continue
    errors.push({
      pointer: `/${name}`,
      detail: 'must be an integer in minor units, 0 or more: 49.00 EUR is 4900',
    })
  }
  if (type === 'code' && SUBJECTS.filter((name) => given[name] !== undefined).length !== 1) {
    errors.push({ pointer: '', detail: 'must name exactly one of visitor, install, customer' })
  }
  if (type === 'assign' && given.partner !== null && typeof given.partner !== 'string') {
    errors.push({ pointer: '/partner', detail: "is needed: a partner's id, or null for nobody" })
  }
  return errors
}

/** A `Date` that holds no time would go out as `null`. */
function instantErrors(given: Record<string, unknown>): FieldError[] {
  const period = given.period as { start?: unknown; end?: unknown } | null | undefined
  const moments = { '/at': given.at, '/period/start': period?.start, '/period/end': period?.end }
  return Object.entries(moments)
    .filter(([, moment]) => moment instanceof Date && Number.isNaN(moment.getTime()))
    .map(([pointer]) => ({ pointer, detail: 'is an invalid Date' }))
}

function toJson(type: EventType, event: object): string {
  try {
    return JSON.stringify(event)
  } catch (cause) {
    throw invalid(type, [{ pointer: '', detail: `cannot be written as JSON: ${String(cause)}` }])
  }
}

function invalid(type: string, errors: FieldError[]): ValidationError {
  const list = errors.map(({ pointer, detail }) => `${pointer.slice(1) || 'the event'} ${detail}`)
  return new ValidationError(`${type}: ${list.join('; ')}`, { code: 'invalid_event', errors })
}

/** The refusal of an event whose `type` is none of ours. */
export function unknownType(type: unknown): ValidationError {
  const known = Object.keys(REQUIRED).join(' ')
  return invalid(typeof type === 'string' ? type : 'event', [
    { pointer: '/type', detail: `must be one of ${known}` },
  ])
}
