/** What the resources of the REST API share: lists, names, moments (CONTRACT §4, §4.3). */
import { z } from 'zod'
import { canonicalCode, hasValidCheck } from './code.ts'
import { LIMITS } from './limits.ts'
import { instant, toInstant, wireId } from './text.ts'

/** Rows of a list where nobody says how many. */
export const DEFAULT_PAGE_ROWS = 50

/** An instant, brought to its stored form. */
export const moment = instant.overwrite((text) => toInstant(text) ?? text)

/** An instant as answers give it. */
export const storedInstant = z.string().meta({ format: 'date-time' })

/** A short name in URLs. */
export const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1–63 of a-z 0-9 _ -, not starting with - or _')

/** An id of ours, as sent: what does not look like one is simply not found. */
export const resourceId = wireId

/** A code that is about to be made: canonical after parsing, with the right check where it needs one. */
export const newCode = z
  .string()
  .min(2)
  .max(64)
  .refine((text) => canonicalCode(text) !== null, 'must be 2–32 letters and digits')
  .refine(
    (text) => hasValidCheck(canonicalCode(text) ?? ''),
    'looks like a generated code, and its check character is wrong; choose another length',
  )
  .overwrite((text) => canonicalCode(text) ?? text)
  .meta({ example: 'JANE', description: 'Case, spaces and - _ . are ignored.' })

/** The query of every list. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(LIMITS.pageRows)
    .default(DEFAULT_PAGE_ROWS)
    .meta({ description: `Rows of a page, ${LIMITS.pageRows} at most.` }),
  cursor: z.string().max(1024).optional().meta({ description: '`next` of the page before.' }),
}

/** Yes or no in a query. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

/** A page of a list. */
export function pageOf<Row extends z.ZodType>(row: Row) {
  return z.strictObject({
    data: z.array(row),
    next: z
      .string()
      .nullable()
      .meta({ description: 'The cursor of the next page; null: the end.' }),
  })
}

/** A page as a service gives it. */
export interface Page<Row> {
  data: Row[]
  next: string | null
}

export const problemAnswer = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  retryable: z.boolean(),
  detail: z.string().optional(),
  errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
})
