import { canonicalCode } from '@sentby/contract/code'
import { flush, push } from './queue.ts'
import { safe } from './safe.ts'
import { options } from './state.ts'

/** Options come as arrays from code and as text from attributes. */
export const toList = (value: unknown): string[] => `${value}`.split(/[\s,]+/)

/** Query and fragment stay here: they are the vendor's and the visitor's business. */
const clean = (url: string): string | undefined => url.split(/[?#]/)[0]?.slice(0, 500) || undefined

/** Parameters of the query, and of a query inside the fragment (`#/path?via=JANE`). */
const paramsOf = (url: string): URLSearchParams =>
  new URLSearchParams(url.split(/[?#]/).slice(1).join('&'))

const codeIn = (url: string): string | undefined => {
  for (const name of toList(options.params || 'via')) {
    const code = canonicalCode(paramsOf(url).get(name) || '')
    if (code) return code
  }
  return undefined
}

/** Whether this page was reached by reload or Back: then its URL says nothing new. */
export const isRevisit = (): boolean =>
  /load|back/.test(
    (performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming)?.type,
  )

const look = (url: string, again: boolean, before?: string): void => {
  const code = codeIn(url)
  if (!code || code === before) return
  const utm: Record<string, string> = {}
  for (const [name, value] of paramsOf(url)) {
    if (value && /^utm_[a-z]+$/.test(name)) utm[name.slice(4)] = value.slice(0, 64)
  }
  push(
    {
      type: 'visit',
      code,
      url: clean(url),
      referrer: clean(document.referrer),
      campaign: utm['campaign'],
      utm,
      frame: top !== self,
    },
    // A frame needs nobody's click: its code is told, and not kept for this site's forms.
    top === self ? 'l' : '',
    again,
  )
  void flush()
}

/** Finds codes in the URL: now, and whenever the page's own router changes it. */
export const watchPage = (early?: string): void => {
  for (const url of [early || '', location.href]) safe(() => look(url, isRevisit()))

  // Only a code that this very step brought is new: routers carry old queries along and repeat the URL after Back.
  for (const name of ['replaceState', 'pushState'] as const) {
    const original = history[name]
    history[name] = function (...args) {
      const before = codeIn(location.href)
      original.apply(this, args)
      safe(() => look(location.href, false, before))
    }
  }
}
