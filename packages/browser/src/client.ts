import { canonicalCode } from '@sentby/contract/code'
import { watchFields } from './fields.ts'
import { type Kind, kindOf } from './mark.ts'
import { watchPage } from './page.ts'
import { type Fields, flush, keep, push, queue, verdicts } from './queue.ts'
import { on, safe } from './safe.ts'
import { begin, forget, get, isOpen, listeners, options, unlock } from './state.ts'
import type { Options, Person, Sentby, Verdict } from './types.ts'

export const VERSION = '0.1.0'

let asked: boolean

/** Keeps and sends what `make` gives; whatever goes wrong is an answer. */
const report = async (make: () => Fields | null, kind?: Kind): Promise<Verdict> => {
  const id = safe(() => {
    const fields = make()
    return fields && push(fields, kind)
  })
  await flush()
  return verdicts[id as string] || { status: 'invalid' }
}

const code = (text: string): Promise<Verdict> =>
  report(() => {
    const found = canonicalCode(`${text}`)
    return found ? { type: 'code', code: found } : null
  }, 't')

const tell =
  (type: string) =>
  (person: Person): Promise<Verdict> =>
    report(() => {
      const fields: Fields = { type }
      // Own names only: old libraries add theirs to every object.
      for (const name of Object.keys(person)) {
        const value = person[name as keyof Person]
        if (value) fields[name] = `${value}`
      }
      return fields
    })

/** Where it may be stored: what this page held in memory meets what was stored before. */
export const open = (): void => {
  // A page rendered ahead is not seen yet, and perhaps never.
  if (isOpen || asked || (document as { prerendering?: boolean }).prerendering) return
  const items = queue()
  keep([])
  unlock()
  for (const [event, mark, , again] of items) push(event, mark && kindOf(mark), again)
  void flush()
}

const consent = (given: boolean): void => {
  asked = !given
  if (given) open()
  else forget()
}

/**
 * Starts capturing in this page; `open()` comes next. CONTRACT §5.
 *
 * @param early the URL before a router could change it, from the stub.
 */
export const start = (given: Options, early?: string): Sentby => {
  begin(given)
  // GPC counts as `required` until the visitor says yes to this site.
  asked =
    options.consent != null ||
    !!(navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl
  watchPage(early)
  watchFields(code)
  on('prerenderingchange online pageshow visibilitychange', () => {
    open()
    if (!document.hidden) void flush()
  })
  // The visitor's no in another tab is a no here.
  on<StorageEvent>('storage', ({ key, newValue }) => {
    if (key === '_sentby' && !newValue) consent(false)
  })
  return {
    version: VERSION,
    get,
    code,
    signup: tell('signup'),
    identify: tell('identify'),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    consent,
    flush,
  }
}
