import { codeOf, kindOf, type Mark, STATE, timeOf } from './mark.ts'
import { safe } from './safe.ts'
import type { Options, Snapshot, Touch } from './types.ts'

// A page has one cookie and one queue, so it has one client: its state is this module's.

export let options: Options
export let visitor: string
/** '' where there is none. */
export let first: Mark = ''
export let last: Mark = ''
/** Whether storing and sending is allowed: consent is there where it is needed, and the page is seen. */
export let isOpen = false
/** localStorage, or memory: before consent, and where storage is denied. */
export let box: Record<string, string> = {}
/** What a link of another domain carried here, as `adopt` takes it (RULES S7). */
export let carried = ''

let days: number
/** Labels of the host that the cookie's domain has. */
let labels: number
/** More labels than a host has mean the whole host. */
const MOST_LABELS = 9
export const listeners = new Set<(snapshot: Snapshot) => void>()

export const store = (key: string, value: string): void => {
  try {
    box[key] = value
  } catch {
    // Over quota: from here on this page remembers by itself.
    box = { ...box, [key]: value }
  }
}

/** A sortable id: 48 bits of time and 80 random bits in hex (CONTRACT §4.1). */
export const makeId = (): string => {
  let id = `0${Date.now().toString(16)}`
  for (const byte of crypto.getRandomValues(new Uint8Array(20))) id += (byte % 16).toString(16)
  return id
}

/** Writes the cookie for the host's last `count` labels; none: for this host alone. */
const writeCookie = (value: string, count: number, age = 0): void => {
  document.cookie = `_sentby=${value};Path=/;SameSite=Lax;Max-Age=${age}${
    count ? `;Domain=${location.hostname.split('.').slice(-count).join('.')}` : ''
  }${location.protocol === 'https:' ? ';Secure' : ''}`
}

/**
 * Takes over what `text` (a `;` and a cookie header) tells, older touches left out; returns whether it told
 * anything.
 */
export const adopt = (text: string): unknown => {
  const found = STATE.exec(text)
  if (found) {
    const fresh = (mark = '') => (Date.now() - timeOf(mark) < days * 864e5 ? mark : '')
    visitor = found[1] as string
    last = fresh(found[3])
    first = fresh(found[2]) || last
  }
  return found
}

/** Reads what this and other pages stored meanwhile. */
export const load = (): unknown =>
  isOpen && adopt(`;${safe(() => document.cookie)};_sentby=${box['_sentby']}`)

export const format = (count: number): string =>
  `1.${count}.${visitor}${last && `.${first}.${last}`}`

/** What is known now, from storage where it is allowed. */
export const get = (): Snapshot => {
  load()
  const touch = (mark: Mark): Touch | undefined =>
    mark
      ? {
          code: codeOf(mark),
          at: new Date(timeOf(mark)).toISOString(),
          source: kindOf(mark) === 't' ? 'typed' : 'link',
        }
      : undefined
  return { first: touch(first), visitor, last: touch(last), code: codeOf(last) || undefined }
}

/**
 * Keeps the touches. The cookie goes to the fewest labels for which the browser takes it: never to a public
 * suffix, which it refuses.
 */
export const save = (nextFirst: Mark, nextLast: Mark): void => {
  first = nextFirst
  last = nextLast
  if (isOpen) {
    let value = ''
    safe(() => {
      do {
        value = format(labels)
        writeCookie(value, labels, days * 86400)
      } while (!document.cookie.includes(value) && ++labels < MOST_LABELS)
    })
    store('_sentby', value)
  }
  announce()
}

const announce = (): void => {
  for (const listener of listeners) safe(() => listener(get()))
}

export const begin = (given: Options): void => {
  options = given
  days = options.days || 90
  labels = options.cookieDomain?.split(/\b\./).length || 2
  visitor = `v_${makeId()}`
  if (carried) adopt(carried)
}

/** What a link of another domain carried; before `begin`. */
export const carry = (text: string): void => {
  carried = text
}

/** From here on it may be stored; what was stored before is taken over. */
export const unlock = (): void => {
  isOpen = true
  box = safe(() => localStorage) || box
  first = last = ''
  if (!load() && carried && adopt(carried)) save(first, last)
  else announce()
}

/** Forgets the visitor, in every cookie and key, and stores nothing from here on. */
export const forget = (): void => {
  isOpen = false
  box = {}
  safe(() => {
    for (let count = MOST_LABELS; count--; ) writeCookie('', count)
  })
  safe(() => {
    delete localStorage['_sentby']
    delete localStorage['_sentby_q']
  })
  visitor = `v_${makeId()}`
  save('', '')
}
