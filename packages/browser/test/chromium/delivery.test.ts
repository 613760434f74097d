import { describe, expect, test } from 'vitest'
import type { Mode } from './recording-collector.ts'
import { codeOf, settled, useRig } from './rig.ts'

const rig = useRig()
const claim = (code: string) => rig.page.evaluate((text) => window.sentby.code(text), code)
const queued = () =>
  rig.page.evaluate(() => JSON.parse(localStorage['_sentby_q'] || '[]').length as number)

const FAULTS: [title: string, mode: Mode][] = [
  ['503', 503],
  ['500', 500],
  ['408', 408],
  ['425', 425],
  ['429', 429],
  ['a closed connection', 'reset'],
  ['a page of another network', 'garbage'],
]

test.each(FAULTS)(
  '%s at landing: the partner is kept and sent once from the next page',
  async (_title, mode) => {
    rig.collector.fail(mode, 9)
    await rig.visit('http://www.acme.test/?via=JANE')
    expect(await codeOf(rig.page)).toBe('JANE')
    expect(rig.collector.events()).toEqual([])
    const first = rig.collector.requests[0]?.body.events[0]
    rig.collector.fail('ok')
    await rig.visit('http://www.acme.test/next')
    expect(rig.collector.events()).toEqual([first])
    expect(await codeOf(rig.page)).toBe('JANE')
    expect(await queued()).toBe(0)
  },
)

test('503 at landing is tried again by itself', async () => {
  rig.collector.fail(503, 2)
  await rig.visit('http://www.acme.test/?via=JANE')
  await rig.collector.received(3)
  await settled(rig.page)
  expect(rig.collector.summary()).toEqual(['visit:JANE'])
})

test('Retry-After is obeyed on the page, and the next page sends all the same', async () => {
  rig.collector.fail(429, 9, '3600')
  await rig.page.clock.install()
  await rig.visit('http://www.acme.test/?via=JANE')
  const tried = rig.collector.requests.length
  await rig.page.clock.runFor(3_500_000)
  expect(rig.collector.requests).toHaveLength(tried)
  rig.collector.fail('ok')
  await rig.visit('http://www.acme.test/next')
  expect(rig.collector.summary()).toEqual(['visit:JANE'])
})

test('a Retry-After that is a date makes no storm', async () => {
  rig.collector.fail(503, 99, 'Wed, 21 Oct 2099 07:28:00 GMT')
  await rig.page.clock.install()
  await rig.visit('http://www.acme.test/?via=JANE')
  const before = rig.collector.requests.length
  await rig.page.clock.runFor(1)
  await settled(rig.page)
  expect(rig.collector.requests.length - before).toBeLessThan(4)
})

test('a lost reply sends the same event again, under the same id and with the same content', async () => {
  rig.collector.fail('lost', 1)
  await rig.visit('http://www.acme.test/?via=JANE')
  await rig.visit('http://www.acme.test/next')
  const sent = rig.collector.requests.flatMap(({ body }) => body.events)
  expect(sent.length).toBeGreaterThan(1)
  expect(new Set(sent.map((event) => JSON.stringify(event))).size).toBe(1)
  expect(await queued()).toBe(0)
})

test.each([400, 401, 403, 404, 409, 413, 422])(
  '%i is final: the event is dropped, the code stays',
  async (status) => {
    rig.collector.fail(status, 1)
    await rig.visit('http://www.acme.test/?via=JANE')
    await rig.visit('http://www.acme.test/next')
    expect(rig.collector.requests).toHaveLength(1)
    expect(await queued()).toBe(0)
    expect(await codeOf(rig.page)).toBe('JANE')
  },
)

test('a slow answer delays nothing in the page, and later events follow in order', async () => {
  rig.collector.fail('held', 1)
  await rig.page.goto('http://www.acme.test/?via=JANE')
  await rig.collector.received(1)
  const verdict = rig.page.evaluate(() => window.sentby.code('BOB'))
  expect(await codeOf(rig.page)).toBe('BOB')
  rig.collector.release()
  expect(await verdict).toMatchObject({ status: 'accepted', code: 'BOB' })
  expect(rig.collector.summary()).toEqual(['visit:JANE', 'code:BOB'])
})

test('a collector that never answers is given up after ten seconds, and the code is kept', async () => {
  await rig.visit('http://www.acme.test/')
  rig.collector.fail('held', 1)
  const start = Date.now()
  expect(await claim('BOB')).toEqual({ status: 'queued' })
  expect(Date.now() - start).toBeGreaterThan(9_000)
  expect(await codeOf(rig.page)).toBe('BOB')
  await rig.visit('http://www.acme.test/next')
  expect(rig.collector.summary()).toEqual(['code:BOB'])
})

test('leaving the page during the answer loses nothing and stores nothing twice', async () => {
  rig.collector.fail('held', 1)
  await rig.page.goto('http://www.acme.test/?via=JANE')
  await rig.collector.received(1)
  await rig.visit('http://www.acme.test/next')
  rig.collector.release()
  expect(rig.collector.summary()).toEqual(['visit:JANE'])
  expect(await queued()).toBe(0)
})

test('more than ten waiting events go in batches of ten, oldest first', async () => {
  rig.collector.fail(503, 99)
  await rig.visit('http://www.acme.test/')
  await rig.page.evaluate(async () => {
    await Promise.all(
      Array.from({ length: 23 }, (_, n) => window.sentby.identify({ customer: `c${n}` })),
    )
  })
  rig.collector.reset()
  await rig.visit('http://www.acme.test/next')
  expect(rig.collector.requests.map(({ body }) => body.events.length)).toEqual([10, 10, 3])
  expect(rig.collector.events().map((event) => event['customer'])).toEqual(
    Array.from({ length: 23 }, (_, n) => `c${n}`),
  )
})

test('three tabs with the same waiting event store it once', async () => {
  rig.collector.fail(503, 9)
  await rig.visit('http://www.acme.test/?via=JANE')
  rig.collector.fail('ok')
  const tabs = await Promise.all([1, 2, 3].map(() => rig.context.newPage()))
  await Promise.all(tabs.map((tab) => rig.visit('http://www.acme.test/next', tab)))
  expect(rig.collector.summary()).toEqual(['visit:JANE'])
  expect(await queued()).toBe(0)
})

test('a queue that something else damaged counts as empty', async () => {
  await rig.visit('http://www.acme.test/')
  for (const text of ['{', '{}', 'null', '[1]', '[[{}]]', '"x"']) {
    await rig.page.evaluate((value) => localStorage.setItem('_sentby_q', value), text)
    await rig.visit('http://www.acme.test/next')
    expect(await claim('BOB')).toMatchObject({ status: 'accepted' })
  }
})

test('full storage loses no event', async () => {
  await rig.visit('http://www.acme.test/')
  await rig.page.evaluate(() => {
    for (let size = 1 << 22; size > 0; size >>= 1) {
      try {
        for (let n = 0; ; n++) localStorage.setItem(`fill-${size}-${n}`, 'x'.repeat(size))
      } catch {}
    }
  })
  expect(await claim('BOB')).toMatchObject({ status: 'accepted' })
  expect(await codeOf(rig.page)).toBe('BOB')
})

describe('verdicts', () => {
  const VERDICTS: [code: string, verdict: object, then: string | undefined, sent: string[]][] = [
    [
      'jane',
      { status: 'accepted', code: 'JANE', partner: { name: 'Jane' } },
      'JANE',
      ['code:JANE'],
    ],
    ['GONE', { status: 'inactive' }, 'GONE', ['code:GONE']],
    ['BUSY', { status: 'deferred' }, 'BUSY', ['code:BUSY']],
    ['NOBODY', { status: 'unknown_code' }, undefined, ['code:NOBODY']],
    ['j', { status: 'invalid' }, undefined, []],
    ['', { status: 'invalid' }, undefined, []],
    ['<b>', { status: 'invalid' }, undefined, []],
  ]
  test.each(VERDICTS)('the code %j is answered %j', async (code, verdict, then, sent) => {
    await rig.visit('http://www.acme.test/')
    expect(await claim(code)).toMatchObject(verdict)
    expect(await codeOf(rig.page)).toBe(then)
    expect(rig.collector.summary()).toEqual(sent)
  })

  test('out of reach it is queued, kept, and sent from the next page', async () => {
    await rig.visit('http://www.acme.test/')
    rig.collector.fail(503, 9)
    expect(await claim('BOB')).toMatchObject({ status: 'queued' })
    expect(await codeOf(rig.page)).toBe('BOB')
    rig.collector.fail('ok')
    await rig.visit('http://www.acme.test/next')
    expect(rig.collector.summary()).toEqual(['code:BOB'])
  })

  test('a refused request answers invalid', async () => {
    await rig.visit('http://www.acme.test/')
    rig.collector.fail(401, 1)
    expect(await claim('BOB')).toMatchObject({ status: 'invalid' })
  })

  test('no call rejects or throws, whatever it is given', async () => {
    await rig.visit('http://www.acme.test/')
    const outcome = await rig.page.evaluate(async () => {
      const loose = window.sentby as unknown as Record<string, (value?: unknown) => unknown>
      const seen: unknown[] = []
      for (const value of [undefined, null, 7, {}, [], Symbol('s'), Object.create(null), () => 1]) {
        for (const method of ['code', 'signup', 'identify', 'flush', 'get']) {
          seen.push(await loose[method]?.(value))
        }
      }
      loose['signup']?.({ customer: Symbol('s') })
      window.dispatchEvent(new Event('change'))
      document.dispatchEvent(new Event('formdata'))
      window.sentby.onChange(() => {
        throw new Error('the page’s own')
      })
      await window.sentby.code('BOB')
      return seen.length
    })
    expect(outcome).toBe(40)
  })
})

describe('an unknown code', () => {
  test('by link gives way to the former one, in storage and for every listener', async () => {
    await rig.visit('http://www.acme.test/?via=JANE')
    const before = await rig.page.evaluate(() => window.sentby.get())
    await rig.visit('http://www.acme.test/?via=NOBODY')
    expect(await rig.page.evaluate(() => window.sentby.get())).toEqual(before)
    await rig.visit('http://www.acme.test/next')
    expect(await rig.page.evaluate(() => window.sentby.get())).toEqual(before)
  })

  test('as the very first leaves nothing known', async () => {
    await rig.visit('http://www.acme.test/?via=NOBODY')
    expect(await rig.page.evaluate(() => window.sentby.get())).toEqual({
      visitor: expect.stringMatching(/^v_/),
    })
  })

  test('that is told only after a later good one leaves the good one, as first too', async () => {
    rig.collector.fail(503, 99)
    await rig.visit('http://www.acme.test/?via=NOBODY')
    await rig.visit('http://www.acme.test/?via=BOB')
    rig.collector.fail('ok')
    await rig.visit('http://www.acme.test/next')
    const known = await rig.page.evaluate(() => window.sentby.get())
    expect([known.first?.code, known.last?.code]).toEqual(['BOB', 'BOB'])
  })

  test('twice in a row gives way to the code before both', async () => {
    await rig.visit('http://www.acme.test/?via=JANE')
    rig.collector.fail(503, 99)
    await rig.visit('http://www.acme.test/?via=NOBODY')
    await rig.visit('http://www.acme.test/?via=NOONE')
    rig.collector.fail('ok')
    await rig.visit('http://www.acme.test/next')
    expect(await codeOf(rig.page)).toBe('JANE')
  })

  test('tells listeners of the change and of the way back; who left hears nothing', async () => {
    await rig.visit('http://www.acme.test/?via=JANE')
    const heard = await rig.page.evaluate(async () => {
      const codes: (string | undefined)[] = []
      const stop = window.sentby.onChange(({ code }) => codes.push(code))
      await window.sentby.code('NOBODY')
      stop()
      await window.sentby.code('BOB')
      return codes
    })
    expect(heard).toEqual(['NOBODY', 'JANE'])
  })
})

test('signup and identify name the visitor and what was given, as text, and nothing else', async () => {
  await rig.visit('http://www.acme.test/?via=JANE')
  const verdicts = await rig.page.evaluate(async () => {
    const person = { customer: 42, email: 'ann@x.test', name: null, signature: undefined }
    const { sentby } = window
    return [await sentby.signup(person as never), await sentby.identify({ customer: 'c2' })]
  })
  expect(verdicts).toEqual([{ status: 'accepted' }, { status: 'accepted' }])
  const [visit, signup, identify] = rig.collector.events()
  const own = { id: expect.any(String), at: expect.any(String), visitor: visit?.visitor }
  expect(signup).toEqual({ ...own, type: 'signup', customer: '42', email: 'ann@x.test' })
  expect(identify).toEqual({ ...own, type: 'identify', customer: 'c2' })
})
