import { beforeEach, expect, test } from 'vitest'
import { codeOf, settled, useRig } from './rig.ts'

const rig = useRig()
const TAG =
  '<script async src="http://go.acme.test/s-domains.js" data-sentby-key="pk_1" data-sentby-domains="acme.test acme-pay.test"></script>'
const known = () => rig.page.evaluate(() => window.sentby.get())

beforeEach(() => {
  const link = (href: string) => `${TAG}<a href="${href}"><b>go</b></a>`
  rig.pages['/'] = link('http://acme-pay.test/buy?plan=pro')
  rig.pages['/buy'] = TAG
  rig.pages['/away'] = link('http://evil.test/buy')
  rig.pages['/near'] = link('http://app.acme.test/buy')
  rig.pages['/quiet'] = `${TAG}<a rel="noreferrer" href="http://acme-pay.test/buy">go</a>`
})

const follow = async (path: string) => {
  await rig.visit(`http://www.acme.test${path}`)
  await rig.page.click('a')
  await settled(rig.page)
}

test('a followed link to another own domain carries visitor and touches, and is no new visit', async () => {
  await rig.visit('http://www.acme.test/?via=JANE')
  const here = await known()
  await rig.page.click('a b')
  await settled(rig.page)
  expect(rig.page.url()).toMatch(/^http:\/\/acme-pay\.test\/buy\?plan=pro&_sentby=/)
  expect(await known()).toEqual(here)
  await rig.visit('http://acme-pay.test/buy')
  expect(await known()).toEqual(here)
  expect(rig.collector.summary()).toEqual(['visit:JANE'])
})

test('who knows nothing, and a link elsewhere, carry nothing', async () => {
  await follow('/')
  expect(rig.page.url()).toBe('http://acme-pay.test/buy?plan=pro')
  await follow('/away?via=JANE')
  expect(rig.page.url()).toBe('http://evil.test/buy')
})

test('a visitor that is stored already stays', async () => {
  await rig.visit('http://acme-pay.test/buy?via=BOB')
  const there = await known()
  await follow('/?via=JANE')
  expect(await known()).toEqual(there)
})

const value = (age: number) =>
  `1.0.v_${'0'.repeat(32)}.JANE.l${Date.now().toString(36)}.JANE.l${Date.now().toString(36)}.${(Date.now() - age).toString(36)}`
const REFUSED: [title: string, from: string, age: number, taken: boolean][] = [
  ['from an own domain, fresh', 'http://www.acme.test', 0, true],
  ['from an own domain, 119 s old', 'http://www.acme.test', 119_000, true],
  ['from an own domain, 121 s old', 'http://www.acme.test', 121_000, false],
  ['from an own domain, 121 s ahead', 'http://www.acme.test', -121_000, false],
  ['from a foreign domain', 'http://evil.test', 0, false],
]
test.each(REFUSED)(
  'a visitor in the URL %s (%s, %i ms) is taken: %s',
  async (_title, from, age, taken) => {
    rig.pages['/start'] = `<a href="http://acme-pay.test/buy?_sentby=${value(age)}">go</a>`
    await rig.page.goto(`${from}/start`)
    await rig.page.click('a')
    await settled(rig.page)
    expect(await codeOf(rig.page)).toBe(taken ? 'JANE' : undefined)
  },
)

test('without a referrer, and again on reload, nothing is taken', async () => {
  await rig.visit(`http://acme-pay.test/buy?_sentby=${value(0)}`)
  expect(await codeOf(rig.page)).toBe(undefined)
  await follow('/?via=JANE')
  await rig.page.evaluate(() => window.sentby.consent(false))
  await rig.page.reload()
  await settled(rig.page)
  expect(await codeOf(rig.page)).toBe(undefined)
})
