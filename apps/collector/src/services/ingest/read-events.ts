/** From the body of a request to arrivals: each event against its schema, its key and its signature. */
import { type FieldError, LIMITS, toInstant } from '@sentby/contract'
import { event as eventSchema, secretOnlyPart } from '@sentby/contract/events'
import type { ProgramConfig } from '../program-config.ts'
import type { Arrival, Refused } from './incoming.ts'
import { checkSignature } from './signature.ts'

/** Who sends, and what the request says about the sender. */
export interface Sender {
  program: ProgramConfig
  keyId: string
  kind: 'publishable' | 'secret'
  /** A browser's request whose User-Agent or Sec-Purpose is a bot's (RULES E6). */
  bot: boolean
  nowMs: number
  /** Bytes of the whole request; no event of it is larger. */
  bytes: number
}

/**
 * Reads the events of one request. Nothing throws: what does not fit is a refusal of its own.
 *
 * @param events what stood in the envelope's `events`.
 * @param sentAt the envelope's `sentAt`.
 */
export function readEvents(
  events: readonly unknown[],
  sentAt: string | undefined,
  sender: Sender,
): Arrival[] {
  const sent = sentAt === undefined ? undefined : (toInstant(sentAt) ?? undefined)
  return events.map((raw) => readEvent(raw, sent, sender))
}

function readEvent(raw: unknown, sentAt: string | undefined, sender: Sender): Arrival {
  const trust = sender.kind === 'secret' ? 'secret' : 'open'
  const limit = trust === 'secret' ? LIMITS.secretEventBytes : LIMITS.openEventBytes
  const size = sender.bytes <= limit ? 0 : measure(raw)
  if (size === null) {
    return refuse(raw, sender, 'invalid_event', [{ pointer: '', detail: 'nested too deeply' }])
  }
  if (size > limit) {
    const detail = `${size} bytes; ${limit} at most with a ${sender.kind} key`
    return refuse(raw, sender, 'too_large', [{ pointer: '', detail }])
  }
  const parsed = eventSchema.safeParse(raw)
  if (!parsed.success)
    return refuse(raw, sender, 'invalid_event', toFieldErrors(parsed.error.issues))
  const event = parsed.data
  const secretOnly = trust === 'secret' ? null : secretOnlyPart(event)
  if (secretOnly !== null) {
    const errors = [{ pointer: secretOnly, detail: 'needs a secret key' }]
    return refuse(raw, sender, 'secret_key_required', errors)
  }
  const signature = checkSignature(sender.program.row, event, sender.nowMs)
  if (signature === 'wrong') {
    const errors = [{ pointer: '/signature', detail: 'does not fit the customer' }]
    return refuse(raw, sender, 'bad_signature', errors)
  }
  const { keyId } = sender
  const bot = sender.bot && trust === 'open' && event.type === 'visit'
  const signed = signature === 'valid'
  return { incoming: { event, trust, keyId, sentAt, signed, bot, keep: true } }
}

/** Bytes of the event as JSON; an upper bound where that is small enough for any key; `null`: nested too deeply. */
function measure(raw: unknown): number | null {
  const bound = boundBytes(raw)
  if (bound <= LIMITS.openEventBytes) return bound
  const text = toText(raw)
  return text === null ? null : Buffer.byteLength(text)
}

/**
 * A value of a request as JSON, or `null` when it is nested deeper than any event: written out, it could end the
 * stack here or for whoever reads it later.
 */
export function toText(raw: unknown): string | null {
  return isDeeper(raw, LIMITS.nesting) ? null : (JSON.stringify(raw) ?? 'null')
}

/** Whether objects and lists stand in each other more than `levels` deep; looks no further. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1))
}

/** A character is six bytes of JSON at most; what is nested is measured exactly. */
function boundBytes(raw: unknown): number {
  if (typeof raw !== 'object' || raw === null) return Number.POSITIVE_INFINITY
  let bytes = 2
  for (const [name, value] of Object.entries(raw)) {
    if (typeof value === 'string') bytes += 6 * value.length
    else if (typeof value === 'object' && value !== null) return Number.POSITIVE_INFINITY
    bytes += 6 * name.length + 32
  }
  return bytes
}

function refuse(
  raw: unknown,
  sender: Sender,
  reason: Refused['reason'],
  errors: FieldError[],
): Arrival {
  const id = field(raw, 'id')
  return {
    refused: {
      eventId: id !== null && /^[A-Za-z0-9._:-]{1,128}$/.test(id) ? id : null,
      type: typeOf(raw),
      trust: sender.kind === 'secret' ? 'secret' : 'open',
      keyId: sender.keyId,
      reason,
      errors,
      // Empty text is no JSON: it can be sent again corrected only.
      body: toText(raw) ?? '',
      keep: true,
    },
  }
}

function typeOf(raw: unknown): string | null {
  const type = field(raw, 'type')
  return type !== null && /^[a-z]{1,20}$/.test(type) ? type : null
}

function field(raw: unknown, name: string): string | null {
  if (typeof raw !== 'object' || raw === null) return null
  const value: unknown = Object.entries(raw).find(([key]) => key === name)?.[1]
  return typeof value === 'string' ? value : null
}

interface Issue {
  path: readonly PropertyKey[]
  message: string
  code?: string | undefined
  /** Of a value that may have several shapes: what each of them misses. */
  errors?: readonly (readonly Issue[])[]
}

/** What is wrong in the shape that is nearest to what was sent; "Invalid input" would name no field. */
function toNearest(issue: Issue): Issue[] {
  const far = (shape: readonly Issue[]) =>
    shape.length + (shape.some(({ path }) => path.length === 0) ? 100 : 0)
  const [nearest] = [...(issue.errors ?? [])].sort((a, b) => far(a) - far(b))
  if (!nearest?.length) return [issue]
  return nearest.flatMap(toNearest).map((one) => ({ ...one, path: [...issue.path, ...one.path] }))
}

/** zod's issues as JSON pointers; never the value that was sent. */
export function toFieldErrors(issues: readonly Issue[]): FieldError[] {
  return issues
    .flatMap(toNearest)
    .slice(0, 20)
    .map((issue) => {
      const path = issue.path.map((part) =>
        String(part).replaceAll('~', '~0').replaceAll('/', '~1'),
      )
      return { pointer: path.map((part) => `/${part}`).join(''), detail: issue.message }
    })
}
