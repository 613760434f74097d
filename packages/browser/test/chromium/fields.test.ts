import { expect, test } from 'vitest'
import { settled, TAG, useRig } from './rig.ts'

const rig = useRig()
const FORM = `${TAG}<form data-sentby-form="partner_code"><input name="plan" value="pro"><button>Go</button></form>`
const FIELD = `${TAG}<input id="code" data-sentby-code><input id="other">`
const valueIn = (selector: string) => rig.page.inputValue(selector)
const formCode = () =>
  rig.page.evaluate(() => {
    const form = document.querySelector('form') ?? undefined
    return [...new FormData(form).entries()]
  })

test('an empty field is filled in with the code and tells the page by an input event', async () => {
  rig.pages['/'] =
    `<input id="code" data-sentby-code><script>let heard='';document.querySelector('#code').addEventListener('input',e=>{heard+=e.target.value})</script>${TAG}`
  await rig.visit('http://www.acme.test/?via=JANE')
  expect(await valueIn('#code')).toBe('JANE')
  expect(await rig.page.evaluate('heard')).toBe('JANE')
})

test('a field that comes later is filled in as well', async () => {
  await rig.visit('http://www.acme.test/?via=JANE')
  await rig.page.evaluate(() => {
    document.body.innerHTML = '<form><input id="late" data-sentby-code></form>'
  })
  await rig.page.waitForFunction(
    () => document.querySelector<HTMLInputElement>('#late')?.value === 'JANE',
  )
})

test('a field whose framework tracks its value hears of the change', async () => {
  rig.pages['/'] = `<input id="code" data-sentby-code><script>
    // What React does: an own property on the element remembers what it last knew.
    const field = document.querySelector('#code')
    const proto = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')
    let tracked = ''
    Object.defineProperty(field, 'value', { configurable: true, get() { return proto.get.call(this) },
      set(value) { tracked = value; proto.set.call(this, value) } })
    window.state = ''
    field.addEventListener('input', () => { if (field.value !== tracked) window.state = field.value })
    </script>${TAG}`
  await rig.visit('http://www.acme.test/?via=JANE')
  expect(await rig.page.evaluate('state')).toBe('JANE')
})

test('a field with a value is left alone, and one that was emptied stays empty', async () => {
  rig.pages['/'] =
    `<input id="a" data-sentby-code value="MINE"><input id="b" data-sentby-code>${TAG}`
  await rig.visit('http://www.acme.test/?via=JANE')
  expect(await valueIn('#a')).toBe('MINE')
  await rig.page.fill('#b', '')
  await rig.page.evaluate(() => document.body.append(document.createElement('p')))
  await rig.page.evaluate(() => window.sentby.code('BOB'))
  expect(await valueIn('#b')).toBe('')
  expect(rig.collector.summary()).toEqual(['visit:JANE', 'code:BOB'])
})

const TYPED: [typed: string, status: string, sent: string[]][] = [
  [' jane ', 'accepted', ['code:JANE']],
  ['nobody', 'unknown_code', ['code:NOBODY']],
  ['?', 'invalid', []],
]
test.each(TYPED)(
  '%j typed into a field is claimed on change and answered by a bubbling event: %s',
  async (typed, status, sent) => {
    rig.pages['/'] = FIELD
    await rig.visit('http://www.acme.test/')
    const verdict = rig.page.evaluate(
      () =>
        new Promise((resolve) => {
          document.addEventListener('sentby:verdict', (event) =>
            resolve((event as CustomEvent).detail),
          )
        }),
    )
    await rig.page.fill('#code', typed)
    await rig.page.focus('#other')
    expect(await verdict).toMatchObject({ status })
    expect(rig.collector.summary()).toEqual(sent)
  },
)

test('other fields, and a field that was only filled in, claim nothing', async () => {
  rig.pages['/'] = FIELD
  await rig.visit('http://www.acme.test/?via=JANE')
  await rig.page.focus('#code')
  await rig.page.fill('#other', 'BOB')
  await rig.page.focus('#code')
  await settled(rig.page)
  expect(rig.collector.summary()).toEqual(['visit:JANE'])
})

test('the code joins FormData, at submit too, without a change of the document', async () => {
  rig.pages['/'] = FORM
  await rig.visit('http://www.acme.test/?via=JANE')
  const before = await rig.page.innerHTML('form')
  expect(await formCode()).toEqual([
    ['plan', 'pro'],
    ['partner_code', 'JANE'],
  ])
  expect(await rig.page.innerHTML('form')).toBe(before)
  await rig.page.click('button')
  await rig.page.waitForURL('**/?plan=pro&partner_code=JANE')
})

test('without a code FormData gains nothing; another form never does', async () => {
  rig.pages['/'] = FORM
  rig.pages['/plain'] = `${TAG}<form><input name="plan" value="pro"></form>`
  await rig.visit('http://www.acme.test/')
  expect(await formCode()).toEqual([['plan', 'pro']])
  await rig.visit('http://www.acme.test/plain?via=JANE')
  expect(await formCode()).toEqual([['plan', 'pro']])
})

const OWN: [value: string, sent: string][] = [
  ['bo-b', 'BOB'],
  ['not a code!', 'not a code!'],
  ['', 'JANE'],
]
test.each(OWN)('a visible field of that name with %j sends %j', async (value, sent) => {
  rig.pages['/'] = `${TAG}<form data-sentby-form="c"><input name="c" value="${value}"></form>`
  await rig.visit('http://www.acme.test/?via=JANE')
  expect(await formCode()).toEqual([['c', sent]])
})
