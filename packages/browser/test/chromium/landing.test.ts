import { describe, expect, test } from 'vitest'
import { codeOf, kept, settled, TAG, tag, useRig } from './rig.ts'

const rig = useRig()

test('a landing sends one visit: plain text, no preflight, no credentials, no query', async () => {
  rig.pages['/from'] =
    '<a href="http://www.acme.test/pricing?via=jane&utm_source=x&secret=1#s">go</a>'
  await rig.page.goto('http://evil.test/from?private=1')
  await rig.page.click('a')
  await settled(rig.page)
  expect(rig.collector.requests).toHaveLength(1)
  const [request] = rig.collector.requests
  expect(request?.method).toBe('POST')
  expect(request?.headers['content-type']).toMatch(/^text\/plain/)
  expect(request?.headers.cookie).toBeUndefined()
  expect(request?.body).toEqual({
    key: 'pk_1',
    sentAt: expect.stringMatching(/^\d{4}-.+Z$/),
    events: [
      {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        type: 'visit',
        at: expect.stringMatching(/^\d{4}-.+Z$/),
        visitor: expect.stringMatching(/^v_[0-9a-f]{32}$/),
        code: 'JANE',
        url: 'http://www.acme.test/pricing',
        referrer: 'http://evil.test/',
        utm: { source: 'x' },
        frame: false,
      },
    ],
  })
})

test('a page without a code stores and sends nothing', async () => {
  await rig.visit('http://www.acme.test/?via=&other=1')
  expect(rig.collector.requests).toEqual([])
  expect(await kept(rig.page)).toEqual([])
})

const LANDINGS: [title: string, url: string, code: string | undefined][] = [
  ['in the query', '/?via=JANE', 'JANE'],
  ['typed with separators', '/?via=ja-ne', 'JANE'],
  ['in the query of a hash route', '/#/pricing?via=JANE', 'JANE'],
  ['in the hash itself', '/#via=JANE', 'JANE'],
  ['percent-encoded', '/?via=%4AANE', 'JANE'],
  ['under another name', '/?ref=JANE', undefined],
  ['of one letter', '/?via=J', undefined],
  ['with a letter beyond ASCII', '/?via=J%C3%84NE', undefined],
  ['with broken encoding', '/?via=%E0%A4%A', undefined],
  ['longer than 32', `/?via=${'A'.repeat(33)}`, undefined],
]

test.each(LANDINGS)('a code %s (%s) is read as %s', async (_title, path, code) => {
  await rig.visit(`http://www.acme.test${path}`)
  expect(await codeOf(rig.page)).toBe(code)
  expect(rig.collector.summary()).toEqual(code ? [`visit:${code}`] : [])
})

test('the vendor names the parameters', async () => {
  rig.pages['/'] = tag('params="partner, ref"')
  await rig.visit('http://www.acme.test/?via=BOB&ref=JANE')
  expect(rig.collector.summary()).toEqual(['visit:JANE'])
})

test('very long addresses and parameters stay within an open event (2 KB)', async () => {
  const long = 'x'.repeat(3000)
  await rig.visit(`http://www.acme.test/${long}?via=JANE&utm_source=${long}&utm_term=${long}`)
  const [event] = rig.collector.events()
  expect(JSON.stringify(event).length).toBeLessThan(2048)
})

test('markup above the tag that looks like it names no other key or endpoint', async () => {
  const lookalike =
    'type="text/plain" src="http://evil.test/s.js" data-sentby-key="pk_evil" data-sentby-params="x"'
  rig.pages['/'] = `<script ${lookalike}></script>${TAG}`
  await rig.visit('http://www.acme.test/?via=JANE')
  expect(rig.collector.requests.map(({ body }) => body.key)).toEqual(['pk_1'])
})

test('a page that added to every object is served as any other', async () => {
  rig.pages['/'] =
    `<script>Object.prototype.oldLibrary=()=>1;Object.prototype.sentbyConsent='required'</script>${TAG}`
  await rig.visit('http://www.acme.test/?via=JANE')
  await rig.page.evaluate(() => window.sentby.signup({ customer: 'c1' }))
  const [, signup] = rig.collector.events()
  expect(Object.keys(signup ?? {}).sort()).toEqual(['at', 'customer', 'id', 'type', 'visitor'])
})

test('the tag twice on one page sends once', async () => {
  rig.pages['/'] = TAG + TAG
  await rig.visit('http://www.acme.test/?via=JANE')
  await rig.page.evaluate(
    (html) => document.body.append(document.createRange().createContextualFragment(html)),
    TAG,
  )
  await rig.page.waitForLoadState('networkidle')
  await settled(rig.page)
  expect(rig.collector.requests).toHaveLength(1)
})

test('a reload, and the same link within half an hour, send nothing more', async () => {
  await rig.visit('http://www.acme.test/?via=JANE')
  await rig.page.reload()
  await settled(rig.page)
  await rig.visit('http://www.acme.test/other?via=JANE')
  expect(rig.collector.summary()).toEqual(['visit:JANE'])
})

test('link A, link B, Back: B keeps the credit', async () => {
  await rig.visit('http://www.acme.test/a?via=JANE')
  await rig.visit('http://www.acme.test/b?via=BOB')
  await rig.page.goBack()
  await settled(rig.page)
  expect(rig.page.url()).toContain('via=JANE')
  expect(await codeOf(rig.page)).toBe('BOB')
  expect(rig.collector.summary()).toEqual(['visit:JANE', 'visit:BOB'])
})

test('a page that comes back from the back-forward cache sends what waits and takes no new touch', async () => {
  rig.collector.fail(503, 9)
  await rig.visit('http://www.acme.test/?via=JANE')
  rig.collector.fail('ok')
  await rig.page.evaluate(() =>
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })),
  )
  await settled(rig.page)
  expect(rig.collector.summary()).toEqual(['visit:JANE'])
})

test('the first touch stays the first, the last is the last', async () => {
  for (const code of ['JANE', 'BOB', 'ANN']) await rig.visit(`http://www.acme.test/?via=${code}`)
  const known = await rig.page.evaluate(() => window.sentby.get())
  expect(known).toMatchObject({
    code: 'ANN',
    first: { code: 'JANE', source: 'link' },
    last: { code: 'ANN', source: 'link' },
  })
  expect(new Set(rig.collector.events().map((event) => event.visitor))).toEqual(
    new Set([known.visitor]),
  )
})

describe('single-page applications', () => {
  test('a code that arrives by pushState or replaceState is taken', async () => {
    await rig.visit('http://www.acme.test/')
    await rig.page.evaluate(() => history.pushState(null, '', '/pricing?via=JANE'))
    await settled(rig.page)
    await rig.page.evaluate(() => history.replaceState(null, '', '/#/buy?via=BOB'))
    await settled(rig.page)
    expect(rig.collector.summary()).toEqual(['visit:JANE', 'visit:BOB'])
    expect(rig.collector.events()[0]?.['url']).toBe('http://www.acme.test/pricing')
  })

  test('Back inside the application, and a router that repeats the URL then, keep the later code', async () => {
    await rig.visit('http://www.acme.test/?via=JANE')
    await rig.page.evaluate(() => history.pushState(null, '', '/b?via=BOB'))
    await settled(rig.page)
    await rig.page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          addEventListener('popstate', () => {
            history.replaceState({ scroll: 1 }, '', location.href)
            resolve()
          })
          history.back()
        }),
    )
    await settled(rig.page)
    expect(await codeOf(rig.page)).toBe('BOB')
    expect(rig.collector.summary()).toEqual(['visit:JANE', 'visit:BOB'])
  })

  test('a router that carries an old code along takes nothing from a code typed since', async () => {
    await rig.visit('http://www.acme.test/?via=JANE')
    await rig.page.evaluate(() => window.sentby.code('BOB'))
    await rig.page.evaluate(() => history.pushState(null, '', '/step-2?via=JANE'))
    await settled(rig.page)
    expect(await codeOf(rig.page)).toBe('BOB')
    expect(rig.collector.summary()).toEqual(['visit:JANE', 'code:BOB'])
  })

  test('pushState keeps its result, its state and its errors for the page', async () => {
    await rig.visit('http://www.acme.test/')
    const [state, error] = await rig.page.evaluate(() => {
      history.pushState({ a: 1 }, '', '/x')
      try {
        history.pushState(null, '', 'http://evil.test/')
        return [history.state, 'none']
      } catch (error) {
        return [history.state, (error as DOMException).name]
      }
    })
    expect(state).toEqual({ a: 1 })
    expect(error).toBe('SecurityError')
  })
})

describe('the stub', () => {
  const STUB =
    '<script>!function(w,n){var f=w[n]=w[n]||function(){(f.q=f.q||[]).push(arguments)};f.u=f.u||location.href}(window,"sentby")</script>'

  test('calls made before the script is there are run in order', async () => {
    rig.pages['/'] =
      `${STUB}<script>sentby('code','BOB');sentby('signup',{customer:'c1'});sentby('nonsense')</script>${TAG}`
    await rig.visit('http://www.acme.test/?via=JANE')
    expect(rig.collector.summary()).toEqual(['visit:JANE', 'code:BOB', 'signup'])
    expect(await codeOf(rig.page)).toBe('BOB')
  })

  test('the landing URL survives a router that eats the query first', async () => {
    rig.pages['/'] = `${STUB}<script>history.replaceState(null,'','/')</script>${TAG}`
    await rig.visit('http://www.acme.test/?via=JANE')
    expect(rig.collector.summary()).toEqual(['visit:JANE'])
  })

  test('a no that came first leaves nothing behind', async () => {
    rig.pages['/'] = `${STUB}<script>sentby('consent',false)</script>${TAG}`
    await rig.visit('http://www.acme.test/?via=JANE')
    expect(rig.collector.requests).toEqual([])
    expect(await kept(rig.page)).toEqual([])
  })
})

test('the library starts by a call, once a page, and works like the tag', async () => {
  rig.pages['/'] = `<script type="module">
    import { createSentby } from 'http://go.acme.test/sentby.mjs'
    const options = { key: 'pk_1', endpoint: 'http://go.acme.test', params: ['via', 'p'] }
    window.sentby = createSentby(options)
    window.same = createSentby(options) === window.sentby
  </script>`
  await rig.visit('http://www.acme.test/?p=JANE')
  expect(rig.collector.summary()).toEqual(['visit:JANE'])
  expect(await rig.page.evaluate(() => (window as unknown as { same: boolean }).same)).toBe(true)
})

test('a strict content security policy without inline code is enough', async () => {
  rig.headers['content-security-policy'] =
    "default-src 'none'; script-src http://go.acme.test; connect-src http://go.acme.test; img-src data:; require-trusted-types-for 'script'"
  rig.pages['/'] = `${TAG}<input data-sentby-code>`
  const violations: string[] = []
  rig.page.on('console', (message) => violations.push(message.text()))
  await rig.visit('http://www.acme.test/?via=JANE')
  expect(rig.collector.summary()).toEqual(['visit:JANE'])
  expect(violations).toEqual([])
})

test('the script runs under its published integrity hash', async () => {
  const { integrity } = rig
  rig.pages['/'] = TAG.replace(
    '></',
    ` integrity="${integrity['s.js']}" crossorigin="anonymous"></`,
  )
  await rig.visit('http://www.acme.test/?via=JANE')
  expect(rig.collector.summary()).toEqual(['visit:JANE'])
})

test('a script that stands inside the page takes the page’s origin, or the endpoint it is given, slash or not', async () => {
  const text = rig.scripts.s.replaceAll('</script', '<\\/script')
  for (const attributes of ['', ' data-sentby-endpoint="http://go.acme.test/"']) {
    rig.pages['/'] = `<script data-sentby-key="pk_1"${attributes}>${text}</script>`
    await rig.visit('http://www.acme.test/?via=JANE')
  }
  expect(rig.collector.summary()).toEqual(['visit:JANE'])
})

test('a prerendered page counts once it is seen', async () => {
  await rig.page.addInitScript(() => {
    let ahead = true
    Object.defineProperty(document, 'prerendering', { get: () => ahead, configurable: true })
    Object.assign(window, {
      activate() {
        ahead = false
        document.dispatchEvent(new Event('prerenderingchange'))
      },
    })
  })
  await rig.visit('http://www.acme.test/?via=JANE')
  expect(rig.collector.requests).toEqual([])
  expect(await kept(rig.page)).toEqual([])
  await rig.page.evaluate(() => (window as unknown as { activate(): void }).activate())
  await settled(rig.page)
  expect(rig.collector.summary()).toEqual(['visit:JANE'])
})
