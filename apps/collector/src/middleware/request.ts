/** Reads the parts of a REST request: query, JSON body, path, Idempotency-Key. */
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import type { z } from 'zod'
import type { Retry } from '../services/configuration/change.ts'
import { toFieldErrors } from '../services/ingest/read-events.ts'
import { Refusal } from '../services/refusal.ts'
import { parseJson, readText } from './body.ts'
import { mediaTypeOf } from './node-request.ts'

const BODY_BYTES = 64 * 1024

/**
 * The JSON body, as its schema reads it.
 *
 * @throws Refusal `unsupported_media_type`, `too_large`, `malformed_json`, `invalid_request` with JSON pointers.
 */
export async function readBody<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
  maxBytes = BODY_BYTES,
): Promise<z.output<Schema>> {
  return parse(schema, parseJson(await readJsonText(c, maxBytes)))
}

/** As {@link readBody}; `undefined` where there is no body. */
export async function readOptionalBody<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  const text = await readJsonText(c)
  return text.trim() === '' ? undefined : parse(schema, parseJson(text))
}

async function readJsonText(c: Context, maxBytes = BODY_BYTES): Promise<string> {
  const type = mediaTypeOf(c)
  // fetch() calls a text text/plain; no cookie is read here, so nothing hides behind that.
  if (type !== undefined && type !== 'application/json' && type !== 'text/plain') {
    throw new Refusal('unsupported_media_type', { detail: 'send application/json' })
  }
  return readText(c, maxBytes)
}

/**
 * The query, as its schema reads it.
 *
 * @throws Refusal `repeated_parameter`, `invalid_request` with the parameter's name as the pointer.
 */
export function readQuery<Schema extends z.ZodType>(c: Context, schema: Schema): z.output<Schema> {
  const fields: Record<string, string> = Object.create(null)
  for (const [name, value] of new URL(c.req.url).searchParams) {
    if (name in fields) throw new Refusal('repeated_parameter')
    fields[name] = value
  }
  return parse(schema, { ...fields })
}

/** A part of the path, decoded; a text that cannot be decoded names nothing. */
export function pathPart(c: Context, name: string): string {
  const value = c.req.param(name) ?? ''
  // No id holds a NUL, and PostgreSQL takes none.
  if (value.includes('\0')) throw new Refusal('not_found')
  return value.toWellFormed()
}

/**
 * The `Idempotency-Key` of a request, with a hash of what is asked.
 *
 * @throws Refusal `bad_request` when the key is not 1–255 visible ASCII characters.
 */
export function retryOf(c: Context, body: unknown): Retry | undefined {
  const key = c.req.header('idempotency-key')
  if (key === undefined) return undefined
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new Refusal('bad_request', { detail: 'Idempotency-Key: 1–255 visible ASCII characters' })
  }
  const asked = JSON.stringify([c.req.method, c.req.path, body])
  return { key, requestHash: createHash('sha256').update(asked).digest('hex') }
}

/**
 * A value as its schema reads it.
 *
 * @throws Refusal `invalid_request` with JSON pointers.
 */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new Refusal('invalid_request', { errors: toFieldErrors(parsed.error.issues) })
}
