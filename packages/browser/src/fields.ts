import { canonicalCode } from '@sentby/contract/code'
import { codeOf } from './mark.ts'
import { on, safe } from './safe.ts'
import { get, last, listeners } from './state.ts'
import type { Verdict } from './types.ts'

const FIELD = '[data-sentby-code]'
const seen = new WeakSet<Element>()

/** Puts the code into empty fields, once each: what a person emptied stays empty. */
const fill = (): void => {
  if (!last) return
  for (const field of document.querySelectorAll<HTMLInputElement>(FIELD)) {
    if (!seen.has(field) && !field.value) {
      // The prototype's setter and an `input` event: frameworks that track the value take it over.
      Reflect.set(HTMLInputElement.prototype, 'value', codeOf(last), field)
      field.dispatchEvent(new CustomEvent('input', { bubbles: true }))
    }
    seen.add(field)
  }
}

/** Serves `[data-sentby-code]` fields and `form[data-sentby-form]`, also those that appear later. */
export const watchFields = (claim: (code: string) => Promise<Verdict>): void => {
  const soon = () => safe(fill)

  on<{ target: HTMLInputElement }>('change', ({ target: field }) => {
    if (field.matches(FIELD) && field.value) {
      void claim(field.value).then((detail) =>
        field.dispatchEvent(new CustomEvent('sentby:verdict', { bubbles: true, detail })),
      )
    }
  })

  // Fires at submit, and for `new FormData(form)` too.
  on<FormDataEvent & { target: HTMLFormElement }>('formdata', ({ formData, target }) => {
    const name = target.dataset['sentbyForm'] || ''
    const typed = formData.get(name) as string
    const code = typed ? canonicalCode(typed) : get().code
    if (name && code) formData.set(name, code)
  })

  listeners.add(soon)
  new MutationObserver(soon).observe(document, { childList: true, subtree: true })
  soon()
}
