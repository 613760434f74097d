/** Reads `application/x-www-form-urlencoded` as strictly as JSON is read. */
import { Refusal } from '../services/refusal.ts'

/** How a form's texts become the values of a schema. */
export interface FormFields {
  /** Fields that may stand several times: always a list. */
  lists: readonly string[]
  /** Fields that are `true` or `false`; `1` and `0` are understood. */
  flags: readonly string[]
  /** Every other field, once at most. */
  texts: readonly string[]
}

const FLAGS: Readonly<Record<string, boolean>> = { true: true, 1: true, false: false, 0: false }

/**
 * The fields of a form. An empty field is one that was not given: shells write what they do not know.
 *
 * @throws Refusal `invalid_request` with the field's name as the pointer: unknown, or there twice.
 */
export function readForm(text: string, fields: FormFields): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const [name, value] of new URLSearchParams(text)) {
    const isList = fields.lists.includes(name)
    const isFlag = fields.flags.includes(name)
    if (!isList && !isFlag && !fields.texts.includes(name)) throw wrong(name, 'is no field of this')
    if (value === '') continue
    if (isList) found[name] = [...listOf(found[name]), value]
    else if (name in found) throw wrong(name, 'stands twice')
    else found[name] = isFlag ? (FLAGS[value] ?? value) : value
  }
  return found
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function wrong(name: string, detail: string): Refusal {
  const pointer = `/${name.slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1').toWellFormed()}`
  return new Refusal('invalid_request', { errors: [{ pointer, detail }] })
}
