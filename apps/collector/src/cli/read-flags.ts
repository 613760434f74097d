import type { z } from 'zod'
import { toFieldErrors } from '../services/ingest/read-events.ts'
import { WrongUse } from './io.ts'

/**
 * Reads flags by the schema of the API, so that both take and refuse the same.
 *
 * @throws WrongUse with a line for each flag that does not fit.
 */
export function readFlags<Schema extends z.ZodType>(
  schema: Schema,
  fields: object,
): z.output<Schema> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  const parsed = schema.safeParse(Object.fromEntries(given))
  if (parsed.success) return parsed.data
  const lines = toFieldErrors(parsed.error.issues).map(({ pointer, detail }) =>
    pointer === '' ? detail : `--${toFlag(pointer.slice(1))}: ${detail}`,
  )
  throw new WrongUse(lines.join('\n'))
}

function toFlag(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
