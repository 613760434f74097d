import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { Sentby, SentbyError, type SentbyOptions } from '../src/index.ts'

const NOW = Date.parse('2026-11-22T10:00:00.000Z')
const DAY = 86_400_000
const base36 = (time: number) => time.toString(36)
const JANE_AT = NOW - 10 * DAY
const BOB_AT = NOW - 2 * DAY
const VISITOR = `v_${(NOW - 20 * DAY).toString(16).padStart(12, '0')}e1c2d3e4f5a6b7c8d901`
const BARE = `1.2.${VISITOR}`
const TWO = `${BARE}.JANE.l${base36(JANE_AT)}.BOB.t${base36(BOB_AT)}`
const JANE = { code: 'JANE', at: new Date(JANE_AT).toISOString(), source: 'link' }
const BOB = { code: 'BOB', at: new Date(BOB_AT).toISOString(), source: 'typed' }

function client(options: Partial<SentbyOptions> = {}): Sentby {
  return new Sentby({
    key: 'sk_test',
    endpoint: 'https://go.acme.test',
    now: () => NOW,
    ...options,
  })
}

/** A cookie whose only touch is so old. */
const touchedAgo = (age: number) => {
  const touch = `JANE.l${base36(NOW - age)}`
  return `_sentby=${BARE}.${touch}.${touch}`
}

describe('fromCookie', () => {
  test.each([
    ['both touches', `_sentby=${TWO}`, { visitor: VISITOR, code: 'BOB', first: JANE, last: BOB }],
    ['a visitor without a touch', `_sentby=${BARE}`, { visitor: VISITOR }],
    [
      'it among others',
      `a=1; _sentby=${TWO};b="x=y"; _sentby_q=1`,
      { visitor: VISITOR, code: 'BOB', first: JANE, last: BOB },
    ],
    [
      'the first of several that reads well',
      `_sentby=2.what; _sentby=${BARE}; _sentby=${TWO}`,
      { visitor: VISITOR },
    ],
    ["another SDK's visitor id", '_sentby=1.0.abc-DEF_9', { visitor: 'abc-DEF_9' }],
  ])('reads %s', (_name, header, expected) => {
    expect(client().fromCookie(header)).toEqual(expected)
  })

  test.each([
    ['no header', undefined],
    ['a null of Fetch', null],
    ['an empty header', ''],
    ['no cookie of ours', 'a=1; xsentby=1.2.v; _sentby'],
    ['a later version', `_sentby=2.2.${VISITOR}`],
    ['one touch instead of two', `_sentby=${BARE}.JANE.l${base36(NOW)}`],
    ['a code in lower case', `_sentby=${BARE}.jane.l1.jane.l1`],
    ['an unknown kind', `_sentby=${BARE}.JANE.x1.JANE.x1`],
    ['a visitor beyond the grammar', '_sentby=1.2.v%20x'],
    ['something appended', `_sentby=${TWO}.more`],
    ['a line break', `_sentby=${BARE}\r\nx`],
  ])('gives undefined for %s', (_name, header) => {
    expect(client().fromCookie(header)).toBeUndefined()
  })

  test('a touch counts to the last millisecond of its days, and not one longer', () => {
    expect(client().fromCookie(touchedAgo(90 * DAY))).toMatchObject({ code: 'JANE' })
    expect(client().fromCookie(touchedAgo(90 * DAY + 1))).toEqual({ visitor: VISITOR })
    expect(client({ cookieDays: 7 }).fromCookie(touchedAgo(8 * DAY))).toEqual({ visitor: VISITOR })
  })

  test('where only the first touch is void, the last stands for both', () => {
    expect(client({ cookieDays: 5 }).fromCookie(`_sentby=${TWO}`)).toEqual({
      visitor: VISITOR,
      code: 'BOB',
      first: BOB,
      last: BOB,
    })
  })

  test('a time that no date can hold is no touch, and no exception', () => {
    const header = `_sentby=${BARE}.JANE.lzzzzzzzzzzz.JANE.lzzzzzzzzzzz`
    expect(client().fromCookie(header)).toEqual({ visitor: VISITOR })
  })
})

const LEFT = 88 * 86_400
const PLAIN = `_sentby=${TWO}; Path=/; SameSite=Lax; Max-Age=${LEFT}`

describe('refreshCookie', () => {
  const fetchRequest = (url: string, headers: Record<string, string>) =>
    // Node's own Request drops the Cookie header; servers on Fetch deliver it.
    ({ url, headers: new Headers(headers) })
  const cookie = `_sentby=${TWO}`

  test.each<[string, () => string | undefined, string | undefined]>([
    [
      'keeps value and remaining life, with the Domain that the script chose',
      () => client().refreshCookie(fetchRequest('https://www.acme.test/a', { cookie })),
      `${PLAIN}; Secure; Domain=acme.test`,
    ],
    [
      'is not Secure over http',
      () => client().refreshCookie(fetchRequest('http://www.acme.test:8080/a', { cookie })),
      `${PLAIN}; Domain=acme.test`,
    ],
    [
      'believes the proxy about https and the host',
      () =>
        client().refreshCookie({
          headers: {
            cookie,
            host: '10.0.0.7:3000',
            'x-forwarded-proto': 'https, http',
            'x-forwarded-host': 'shop.acme.test, inner',
          },
          socket: {},
        }),
      `${PLAIN}; Secure; Domain=acme.test`,
    ],
    [
      'sees TLS on the socket',
      () =>
        client().refreshCookie({
          headers: { cookie, host: 'acme.test' },
          socket: { encrypted: true },
        }),
      `${PLAIN}; Secure; Domain=acme.test`,
    ],
    [
      'finds the host of HTTP/2',
      () =>
        client().refreshCookie({
          headers: { cookie, ':authority': 'acme.test:8443' },
          socket: { encrypted: true },
        }),
      `${PLAIN}; Secure; Domain=acme.test`,
    ],
    [
      'takes a bare header with its host, and is Secure then',
      () => client().refreshCookie(cookie, { host: 'WWW.Acme.test.:443' }),
      `${PLAIN}; Secure; Domain=acme.test`,
    ],
    [
      'does as it is told about https',
      () => client().refreshCookie(cookie, { host: 'acme.test', secure: false }),
      `${PLAIN}; Domain=acme.test`,
    ],
    [
      'does as it is told about the Domain',
      () =>
        client({ cookieDomain: 'shop.acme.test' }).refreshCookie(cookie, {
          host: 'x.shop.acme.test',
        }),
      `${PLAIN}; Secure; Domain=shop.acme.test`,
    ],
    [
      'leaves a host-only cookie host-only',
      () => client().refreshCookie(cookie.replace('=1.2.', '=1.0.'), { host: '127.0.0.1:8788' }),
      `${PLAIN.replace('=1.2.', '=1.0.')}; Secure`,
    ],
    [
      'is host-only on a host of one label, whatever the script counted',
      () => client().refreshCookie(cookie, { host: 'localhost:8788' }),
      `${PLAIN}; Secure`,
    ],
    [
      'sets nothing for a host that cannot have set the cookie',
      () => client().refreshCookie(cookie.replace('=1.2.', '=1.3.'), { host: 'acme.test' }),
      undefined,
    ],
    [
      'sets nothing for a host that is no host name',
      () => client().refreshCookie(cookie, { host: 'acme.test; Secure, x.y' }),
      undefined,
    ],
    ['sets nothing without a cookie', () => client().refreshCookie({ headers: {} }), undefined],
    [
      'sets nothing for a null header',
      () => client().refreshCookie(null, { host: 'a.test' }),
      undefined,
    ],
    [
      'sets nothing for a value that does not read well',
      () => client().refreshCookie('_sentby=1.2.v; HttpOnly=', { host: '%' }),
      undefined,
    ],
  ])('%s', (_name, call, expected) => {
    expect(call()).toBe(expected)
  })

  const maxAge = (header: string, options: Partial<SentbyOptions> = {}) =>
    /Max-Age=(\d+)/.exec(client(options).refreshCookie(header, { host: 'acme.test' }) ?? '')?.[1]

  test.each<[string, string, Partial<SentbyOptions>, number | undefined]>([
    ['the last touch + 90 days', touchedAgo(89 * DAY), {}, 86_400],
    ['the last second', touchedAgo(90 * DAY - 1000), {}, 1],
    ['nothing below a second', touchedAgo(90 * DAY - 999), {}, undefined],
    ['nothing after it', touchedAgo(91 * DAY), {}, undefined],
    ['the script’s other days', touchedAgo(DAY), { cookieDays: 7 }, 6 * 86_400],
    ['no more than the days, when the visitor’s clock is ahead', touchedAgo(-DAY), {}, 90 * 86_400],
    ['the visitor’s own time + 90 days, without a touch', `_sentby=${BARE}`, {}, 70 * 86_400],
    ['nothing, where a visitor id tells no time', '_sentby=1.2.custom', {}, undefined],
  ])('gives a cookie the life that is left of it: %s', (_name, header, options, expected) => {
    expect(maxAge(header, options)).toBe(expected === undefined ? undefined : String(expected))
  })

  test('never makes the cookie HttpOnly: the script reads it', () => {
    expect(client().refreshCookie(cookie, { host: 'acme.test' })).not.toMatch(/httponly/i)
  })

  test('refuses a bare header without its host, whatever it holds', () => {
    const call = (header: string) => client().refreshCookie(header, {} as { host: string })
    expect(() => call('')).toThrow(SentbyError)
  })

  test('takes the request of node:http as it is', async () => {
    const server = createServer((request: IncomingMessage, response) => {
      const refreshed = client().refreshCookie(request)
      if (refreshed !== undefined) response.setHeader('set-cookie', refreshed)
      response.end()
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.address() as AddressInfo
    try {
      const hostOnly = cookie.replace('=1.2.', '=1.0.')
      const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { cookie: hostOnly } })
      expect(answer.headers.getSetCookie()).toEqual([PLAIN.replace('=1.2.', '=1.0.')])
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})
