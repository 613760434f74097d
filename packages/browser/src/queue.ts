import { codeOf, type Kind, type Mark, makeMark, timeOf } from './mark.ts'
import { safe } from './safe.ts'
import { box, first, isOpen, last, load, makeId, options, save, store, visitor } from './state.ts'
import type { Verdict } from './types.ts'

export interface Fields {
  id?: string
  at?: string | Date
  type: string
  code?: string
  [field: string]: unknown
}

/** A waiting event, the touch it made, the last touch before that, and whether its page was only revisited. */
export type Item = [
  event: Fields & { id: string },
  mark: Mark,
  former: Mark,
  again?: boolean | undefined,
]

interface Result {
  id: string
  outcome?: string
  verdict?: Verdict
  reason?: string
}

const QUEUE = '_sentby_q'
/** A link followed twice within half an hour is one touch. */
const SAME_TOUCH_MS = 18e5

/** Verdicts of the events that this page made. */
export const verdicts: Record<string, Verdict> = {}

let tries = 0
let timer: ReturnType<typeof setTimeout> | undefined
let run: Promise<void> = Promise.resolve()

/** Anything but a list of our items, nothing too, throws inside and counts as empty. */
export const queue = (): Item[] =>
  safe(() => JSON.parse(box[QUEUE] as string).filter((item: Item) => item[0].id)) || []

export const keep = (items: Item[]): void => store(QUEUE, JSON.stringify(items.slice(-50)))

/**
 * Keeps an event until it is answered, and the touch it makes; a link that tells nothing new makes neither.
 *
 * @param again the page was only revisited: its link counts where nothing is known.
 * @returns the id under which `verdicts` has the answer.
 */
export const push = (fields: Fields, kind?: Kind | '', again?: boolean): string => {
  load()
  const event = { id: makeId(), at: new Date(), ...fields, visitor }
  const { id, at, code = '' } = event
  const mark = kind ? makeMark(code, kind, +new Date(at)) : ''
  const isOld =
    kind === 'l' &&
    last &&
    (again || (codeOf(last) === code && Date.now() - timeOf(last) < SAME_TOUCH_MS))
  if (!isOld) {
    verdicts[id] = { status: 'queued' }
    keep([...queue(), [event, mark, last, again]])
    save(first || mark, mark || last)
  }
  return id
}

/**
 * Takes the answered events out; a code the collector does not know gives way to the one before it.
 *
 * @returns whether any was answered.
 */
const settle = (results: Result[]): boolean => {
  const gone: Record<Mark, Mark> = {}
  const items = queue()
  const left = items.filter((item) => {
    const [{ id }, mark, former] = item
    const result = results.find((one) => one.id === id)
    item[2] = gone[former] ?? former
    if (result) {
      verdicts[id] = result.verdict || {
        status: /stored|duplicate/.test(result.outcome as string) ? 'accepted' : 'invalid',
        reason: result.reason,
      }
      if (verdicts[id].status === 'unknown_code') gone[mark] = item[2]
    }
    return !result
  })
  keep(left)
  load()
  const kept = gone[last] ?? last
  if (first in gone) save(kept, kept)
  else if (last in gone) save(first, kept)
  return left.length < items.length
}

/** Sends ten; returns whether that brought the queue forward. */
const attempt = async (): Promise<unknown> => {
  const events = queue()
    .slice(0, 10)
    .map(([event]) => event)
  if (!isOpen || !events[0]) return
  let wait = 0
  try {
    const body = JSON.stringify({ key: options.key, sentAt: new Date(), events })
    // A string body is text/plain: no preflight. The browser's quota for keepalive bodies is 64 KiB.
    const response = await fetch(`${options.endpoint.replace(/\/$/, '')}/v1/events`, {
      credentials: 'omit',
      signal: AbortSignal.timeout?.(1e4),
      body,
      method: 'POST',
      keepalive: body.length < 3e4,
    } as RequestInit)
    const { status } = response
    wait = +(response.headers.get('retry-after') as string) * 1e3
    if (
      status < 500 &&
      ![408, 425, 429].includes(status) &&
      settle(
        // Events stand for their own refusals.
        status < 400 ? (await response.json()).results : events,
      )
    ) {
      tries = 0
      return true
    }
  } catch {
    // No answer, or none of ours: the same as a 503.
  }
  clearTimeout(timer)
  timer = setTimeout(flush, wait || Math.random() * Math.min(3e5, 2e3 * 2 ** tries++))
}

const send = async (): Promise<void> => {
  while (await attempt());
}

/** Sends what waits, one run after the other; never rejects. */
export const flush = (): Promise<void> => {
  run = run.then(send)
  return run
}
