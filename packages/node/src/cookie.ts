import { SentbyError } from './errors.ts'

/** A partner's code reached the visitor. `at` is the visitor's own claim: never send it on as an event's `at`. */
export interface Touch {
  /** The code in canonical form. */
  code: string
  /** ISO-8601, by the visitor's clock. */
  at: string
  /** `link`: came by a partner's link; `typed`: entered in a field. */
  source: 'link' | 'typed'
}

/** What the browser's script knows about a visitor, as its own `get()` gives it. */
export interface Attribution {
  visitor: string
  /** The last code. */
  code?: string
  first?: Touch
  last?: Touch
}

/** A request of `node:http` (Express, Fastify …) or of Fetch (Next.js, workers, bun, deno). */
export type CookieRequest =
  | {
      headers: Record<string, string | string[] | undefined>
      socket?: { encrypted?: boolean } | object
    }
  | { headers: { get(name: string): string | null }; url: string }

export interface RefreshOptions {
  /** The host that the browser sees; default: `X-Forwarded-Host`, `Host` or the request's URL. */
  host?: string | undefined
  /** Whether the browser sees https; default: `X-Forwarded-Proto`, else the connection; of a bare header: true. */
  secure?: boolean | undefined
}

const NAME = '_sentby'
const DAY_MS = 24 * 60 * 60 * 1000
const LATEST_DATE_MS = 8.64e15
const VALUE =
  /^1\.(\d{1,2})\.([\w-]{1,128})(?:\.([A-Z0-9]{2,32})\.([lt])([0-9a-z]{1,11})\.([A-Z0-9]{2,32})\.([lt])([0-9a-z]{1,11}))?$/

interface TimedTouch extends Touch {
  atMs: number
}

interface ParsedCookie {
  value: string
  /** Labels of the host in the cookie's Domain; 0: host-only. */
  labels: number
  visitor: string
  first: TimedTouch | undefined
  last: TimedTouch | undefined
}

/** The first `_sentby` of a `Cookie` header that reads well: a host-only and a domain cookie may both come. */
function parseCookie(header: string | null | undefined): ParsedCookie | undefined {
  for (const pair of (header ?? '').split(';')) {
    const split = pair.indexOf('=')
    if (split < 0 || pair.slice(0, split).trim() !== NAME) continue
    const value = pair.slice(split + 1).trim()
    const [, labels, visitor, code1, kind1, time1, code2, kind2, time2] = VALUE.exec(value) ?? []
    if (labels === undefined || visitor === undefined) continue
    const first = touch(code1, kind1, time1)
    const last = touch(code2, kind2, time2)
    return { value, labels: Number(labels), visitor, first, last }
  }
  return undefined
}

function touch(code?: string, kind?: string, time?: string): TimedTouch | undefined {
  const atMs = Number.parseInt(time ?? '', 36)
  if (code === undefined || !(atMs <= LATEST_DATE_MS)) return undefined
  const source = kind === 't' ? 'typed' : 'link'
  return { code, at: new Date(atMs).toISOString(), source, atMs }
}

/**
 * Reads the script's cookie out of a `Cookie` header. Touches older than `days` are void.
 *
 * @returns `undefined` when there is none, or none that reads well.
 */
export function readCookie(
  header: string | null | undefined,
  days: number,
  nowMs: number,
): Attribution | undefined {
  const cookie = parseCookie(header)
  if (!cookie) return undefined
  const alive = (one: TimedTouch | undefined) =>
    one && nowMs - one.atMs <= days * DAY_MS
      ? { code: one.code, at: one.at, source: one.source }
      : undefined
  const last = alive(cookie.last)
  if (!last) return { visitor: cookie.visitor }
  return { visitor: cookie.visitor, code: last.code, first: alive(cookie.first) ?? last, last }
}

/**
 * A `Set-Cookie` value that sets the script's cookie again by HTTP, with the same value and no longer life
 * than the script gave it: Safari ends what a script writes after 7 days, and not what a server sets.
 *
 * @param days life of a cookie from its last touch.
 * @param domain in place of the Domain that the cookie's own value tells.
 * @returns `undefined` when there is nothing to refresh.
 * @throws SentbyError `invalid_option` for a bare header without `host`.
 */
export function cookieToSet(
  request: CookieRequest | string,
  options: RefreshOptions & { days: number; domain: string | undefined; nowMs: number },
): string | undefined {
  if (typeof request === 'string' && options.host === undefined) {
    throw new SentbyError('refreshCookie: a bare Cookie header needs { host }', {
      code: 'invalid_option',
    })
  }
  const { header, host, secure } = seenByBrowser(request, options)
  const cookie = parseCookie(header)
  const bornMs = cookie && (cookie.last?.atMs ?? visitorTime(cookie.visitor))
  if (!cookie || bornMs === undefined) return undefined
  // A visitor's clock that is ahead gives no longer life.
  const leftMs = Math.min(bornMs - options.nowMs, 0) + options.days * DAY_MS
  const seconds = Math.floor(leftMs / 1000)
  const domain = options.domain ?? lastLabels(host, cookie.labels)
  if (seconds <= 0 || domain === undefined) return undefined
  return [
    `${NAME}=${cookie.value}`,
    'Path=/',
    'SameSite=Lax',
    `Max-Age=${seconds}`,
    ...(secure ? ['Secure'] : []),
    ...(domain === '' ? [] : [`Domain=${domain}`]),
  ].join('; ')
}

/** The script's own visitor ids begin with 48 bits of time in hex. */
function visitorTime(visitor: string): number | undefined {
  const hex = /^v_([0-9a-f]{12})[0-9a-f]{20}$/.exec(visitor)?.[1]
  return hex === undefined ? undefined : Number.parseInt(hex, 16)
}

/**
 * The Domain of a cookie with so many labels: '' is host-only, as every cookie of a host of one label is
 * (`localhost`); `undefined` when the host cannot have set it.
 */
function lastLabels(host: string, count: number): string | undefined {
  if (count === 0) return ''
  const labels = host.toLowerCase().replace(/\.$/, '').split('.')
  const plain = labels.every((label) => /^[a-z0-9_-]+$/.test(label))
  if (plain && labels.length === 1) return ''
  return plain && count <= labels.length ? labels.slice(-count).join('.') : undefined
}

function seenByBrowser(request: CookieRequest | string, options: RefreshOptions) {
  if (typeof request === 'string') {
    return {
      header: request,
      host: withoutPort(options.host ?? ''),
      secure: options.secure ?? true,
    }
  }
  const header = (name: string) => headerOf(request.headers, name)
  const url = 'url' in request && URL.canParse(request.url) ? new URL(request.url) : undefined
  const socket = 'socket' in request ? request.socket : undefined
  const encrypted = socket !== undefined && 'encrypted' in socket && socket.encrypted === true
  const forwarded = first(header('x-forwarded-proto'))?.toLowerCase()
  const host =
    options.host ??
    first(header('x-forwarded-host')) ??
    header('host') ??
    authority(request.headers) ??
    url?.host ??
    ''
  return {
    header: header('cookie'),
    host: withoutPort(host),
    secure:
      options.secure ??
      (forwarded === undefined ? encrypted || url?.protocol === 'https:' : forwarded === 'https'),
  }
}

function headerOf(headers: CookieRequest['headers'], name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined
  const value = (headers as Record<string, string | string[] | undefined>)[name]
  return Array.isArray(value) ? value[0] : value
}

/** HTTP/2 has no Host; Fetch's `Headers` would throw at the colon. */
function authority(headers: CookieRequest['headers']): string | undefined {
  return typeof headers.get === 'function' ? undefined : headerOf(headers, ':authority')
}

/** Of a list that proxies grew, the entry of the outermost one. */
function first(list: string | undefined): string | undefined {
  const entry = list?.split(',')[0]?.trim()
  return entry === '' ? undefined : entry
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '')
}
