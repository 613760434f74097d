import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }

/** README, "Cookie": what other readers rely on. */
const GRAMMAR =
  /^1\.(\d+)\.([\w-]{1,128})(?:\.([A-Z0-9]{2,32})\.([lt])([0-9a-z]{8})\.([A-Z0-9]{2,32})\.([lt])([0-9a-z]{8}))?$/

const sent: { url: string; body: { events: { type: string; id: string }[] } }[] = []

/** A fresh module each time: a page has one client. */
const load = async () => import('../../src/index.ts')

beforeEach(() => {
  vi.resetModules()
  sent.length = 0
  localStorage.clear()
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const body = JSON.parse(`${init.body}`)
    sent.push({ url, body })
    const results = body.events.map(({ id, code }: { id: string; code?: string }) => ({
      id,
      outcome: 'stored',
      ...(code && { verdict: { status: 'accepted', code } }),
    }))
    return new Response(JSON.stringify({ results }))
  })
})
afterEach(() => vi.unstubAllGlobals())

const OPTIONS = { key: 'pk_1', endpoint: 'https://go.acme.test' }

test('importing does nothing', async () => {
  const push = history.pushState
  await load()
  expect(history.pushState).toBe(push)
  expect(localStorage.length).toBe(0)
})

test('its version is the package’s', async () => {
  expect((await load()).createSentby(OPTIONS).version).toBe(manifest.version)
})

test('a claimed code is sent to the collector’s events and known at once', async () => {
  const { createSentby } = await load()
  const sentby = createSentby(OPTIONS)
  const verdict = sentby.code(' ja-ne ')
  expect(sentby.get().code).toBe('JANE')
  expect(await verdict).toEqual({ status: 'accepted', code: 'JANE' })
  expect(sent.map(({ url }) => url)).toEqual(['https://go.acme.test/v1/events'])
  expect(sent[0]?.body).toMatchObject({ key: 'pk_1', events: [{ type: 'code', code: 'JANE' }] })
})

test('what a page added to every object is told to nobody', async () => {
  const { createSentby } = await load()
  const sentby = createSentby(OPTIONS)
  const everything = Object.prototype as { oldLibrary?: unknown }
  try {
    everything.oldLibrary = () => 1
    await sentby.signup({ customer: 'c1', email: 'ann@x.test' })
  } finally {
    delete everything.oldLibrary
  }
  const [event] = sent[0]?.body.events ?? []
  expect(Object.keys(event ?? {}).sort()).toEqual([
    'at',
    'customer',
    'email',
    'id',
    'type',
    'visitor',
  ])
})

test('what is stored follows the documented grammar', async () => {
  const { createSentby } = await load()
  const sentby = createSentby(OPTIONS)
  await sentby.identify({ customer: 'c1' })
  expect(localStorage.getItem('_sentby')).toMatch(GRAMMAR)
  await sentby.code('JANE')
  const { visitor, last } = sentby.get()
  const found = GRAMMAR.exec(localStorage.getItem('_sentby') ?? '')
  expect(found?.slice(2, 5)).toEqual([visitor, 'JANE', 't'])
  expect(new Date(Number.parseInt(found?.[8] ?? '', 36)).toISOString()).toBe(last?.at)
})

test('ids sort by time and never repeat', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const { makeId } = await import('../../src/state.ts')
  const ids: string[] = []
  for (const now of [1, 2, 1_000_000_000_000, 1_800_000_000_000].map((ms) => ms + 1.7e12)) {
    vi.setSystemTime(now)
    ids.push(makeId())
  }
  vi.useRealTimers()
  expect(ids).toEqual([...ids].sort())
  expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true)
  expect(new Set(Array.from({ length: 1000 }, makeId)).size).toBe(1000)
})

test('on a server every method is there and does nothing', async () => {
  vi.stubGlobal('document', undefined)
  const { createSentby } = await load()
  const sentby = createSentby(OPTIONS)
  sentby.consent(true)
  sentby.onChange(() => {})()
  await sentby.flush()
  expect(sentby.get()).toEqual({ visitor: '' })
  expect(await sentby.code('JANE')).toEqual({ status: 'queued' })
  expect(await sentby.signup({ customer: 'c1' })).toEqual({ status: 'queued' })
  expect(sent).toEqual([])
})
